/** A realm's key that is the same in each play of a world. */
import { createPrivateKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { Chance } from "./chance.ts";

/** DER of an Ed25519 key before its 32 bytes (RFC 8410, section 7). */
const KEY_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

export function writeKey(path: string, chance: Chance): void {
  const der = Buffer.concat([KEY_HEAD, chance.bytes(32)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  writeFileSync(path, key.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
}
