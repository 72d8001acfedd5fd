/** Options of chat-client → how it knows a server over TLS. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KnownHosts } from "../client/known-hosts.ts";
import { ConfigError, stateFolder } from "../client/state-files.ts";
import type { TlsSettings } from "../connection/tls.ts";
import type { ClientSettings } from "./client-options.ts";
import { UsageError } from "./options.ts";

/**
 * Undefined for a connection that is not encrypted. @param say told in one line of a server that is new
 * @throws UsageError, ConfigError, Error of the file system
 */
export function tlsSettings(
  options: ClientSettings,
  env: NodeJS.ProcessEnv,
  say: (text: string) => void,
): TlsSettings | undefined {
  const { tls, "tls-ca": caPath, "tls-pin": pin } = options;
  if (caPath !== undefined && pin !== undefined) throw new UsageError("--tls-ca and --tls-pin: one of them");
  if (!tls && caPath === undefined && pin === undefined) return undefined;
  const known = new KnownHosts(say, join(stateFolder(env), "known-hosts.json"));
  if (caPath === undefined) return { pin, isKnown: known.isKnown, meet: known.meet };
  const ca = readFileSync(caPath, "utf8");
  if (!ca.includes("-----BEGIN CERTIFICATE-----")) throw new ConfigError(`${caPath}: no certificate in PEM`);
  return { ca, isKnown: known.isKnown, meet: known.meet };
}
