/** The certificate of a server, from its options. */
import { Certificate, type CertificateFiles } from "../server/certificate.ts";
import type { Host } from "../server/host.ts";
import type { Log } from "../server/log.ts";
import type { World } from "../world/world.ts";
import { UsageError } from "./options.ts";
import type { ServerSettings } from "./server-options.ts";

/** @throws UsageError, Error in one line when there is no certificate that can be used */
export function tlsOf(options: ServerSettings, world: World, log: Log): Host["tls"] {
  const files = certificateFilesOf(options);
  if (!files) return undefined;
  return {
    certificate: new Certificate(files, world, log),
    get only() {
      return options["tls-only"];
    },
  };
}

/** @returns undefined where none are wanted. @throws UsageError */
export function certificateFilesOf(options: ServerSettings): CertificateFiles | undefined {
  const { "tls-cert": cert, "tls-key": key, "tls-only": only } = options;
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError("--tls-cert and --tls-key: one needs the other");
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (only) throw new UsageError("--tls-only: needs --tls-cert and --tls-key");
  return undefined;
}
