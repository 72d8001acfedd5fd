/** A content that cannot be read is one call's matter, not the link's. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Dialer } from "../support/dialer.ts";
import { newIdentity } from "../support/identity.ts";
import { ok } from "../support/people.ts";
import { withAlice } from "./scene.ts";

test("of a file whose content is missing the piece is refused, and the link goes on", async () => {
  const { server, alice } = await withAlice();
  const peer = await Dialer.linked(server, newIdentity("rumah"));
  const { file } = await ok(alice.request(`sendfile wati@rumah hilang ${Buffer.from("isi").toString("base64")}`));
  for (const name of readdirSync(server.uploads)) if (name.endsWith("_hilang")) rmSync(join(server.uploads, name));
  const piece = await peer.call("piece", { file: (file as { id: string }).id, offset: 0 });
  expect(piece).toMatchObject({ status: "ERROR", code: "realm-unreachable" });
  expect(await peer.call("ping", {})).toMatchObject({ status: "OK" });
});
