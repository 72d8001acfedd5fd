/** Options that are reread while the server runs: all of what is new counts, or nothing of it. */
import { isDeepStrictEqual } from "node:util";
import type { Reloaded } from "../contract/operator-shapes.ts";
import { Failure } from "../contract/result.ts";
import type { Certificate } from "../server/certificate.ts";
import type { Log } from "../server/log.ts";
import type { Option } from "./options.ts";
import { type ServerSettings, serverOptions } from "./server-options.ts";
import { certificateFilesOf } from "./server-tls.ts";

interface Running {
  /** As they count now; those that are live are set here. */
  readonly options: ServerSettings;
  /** What the server would be started with now. @throws UsageError */
  readonly reread: () => Promise<ServerSettings>;
  readonly certificate: Certificate | undefined;
  readonly log: Log;
}

type Name = keyof ServerSettings;

/** Of a certificate it may be another one; whether there is one is settled at the start. */
const OF_CERTIFICATE: ReadonlySet<Name> = new Set(["tls-cert", "tls-key", "tls-only"]);

/** Never rejects: what cannot be used is answered, and said in the log. */
export async function reload({
  options,
  reread,
  certificate,
  log,
}: Running): Promise<Reloaded | Failure<"bad-config">> {
  try {
    const found = await reread();
    const files = certificateFilesOf(found);
    const use = files && certificate?.renew(files);
    const others = (Object.keys(serverOptions) as Name[]).filter(
      (name) => !isDeepStrictEqual(found[name], options[name]),
    );
    const isLive = (name: Name): boolean =>
      (serverOptions[name] as Option<unknown>).live === true && (use !== undefined || !OF_CERTIFICATE.has(name));
    const changed = others.filter(isLive);
    const restart = others.filter((name) => !isLive(name));
    Object.assign(options, Object.fromEntries(changed.map((name) => [name, found[name]])));
    if (use?.() && !changed.includes("tls-cert")) changed.push("tls-cert");
    const said = (names: readonly Name[]): string | undefined => names.join(",") || undefined;
    log("info", "reloaded", { changed: said(changed), restart: said(restart) });
    return { changed, restart };
  } catch (error) {
    const [reason = ""] = (error as Error).message.split("\n");
    log("error", "reload-refused", { reason });
    return new Failure("bad-config", reason);
  }
}
