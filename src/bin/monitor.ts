/** What `--metrics` tells, put together from a server's parts. */
import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Services } from "../operations/services/context.ts";
import type { Realms } from "../realms/neighbours.ts";
import type { Health } from "../server/health.ts";
import type { Log } from "../server/log.ts";
import type { Sample } from "../server/metrics/exposition.ts";
import { MetricsServer } from "../server/metrics/http.ts";
import { type DiskUse, type Measured, MetricsPage } from "../server/metrics/page.ts";
import { databaseOf, SEARCH } from "./folders.ts";
import type { ServerSettings } from "./server-options.ts";
import { version } from "./version.ts";

interface Watched extends Pick<Measured, "listener" | "waiting" | "held" | "meter" | "node"> {
  readonly services: Services;
  readonly neighbours: Realms;
  readonly health: Health;
  readonly log: Log;
}

export interface Monitor {
  /** @throws Error in one line: in use, not allowed, no such host */
  listen(at: { readonly host: string; readonly port: number }): Promise<void>;
  /** Answers nobody any more. */
  close(): Promise<void>;
}

/** The HTTP server of `--metrics`: /metrics (OpenMetrics) and /healthz. It listens once it is told to. */
export function monitor(options: ServerSettings, { neighbours, health, log, ...measured }: Watched): Monitor {
  const { services } = measured;
  const page = new MetricsPage({ ...measured, version, linked: () => neighbours.linked, disk: () => diskUse(options) });
  const told = {
    page: () => page.read(),
    health: () => health.look(),
    fault: (error: unknown) => services.fault(error, "metrics"),
  };
  const server = new MetricsServer(told, services.world);
  return {
    async listen({ host, port }) {
      try {
        log("info", "metrics", { place: await server.listen(host, port) });
      } catch (error) {
        throw new Error(`--metrics ${options.metrics}: ${(error as Error).message}`, { cause: error });
      }
    },
    close: () => server.close(),
  };
}

/** Asked for beside the turn: a disk that does not answer holds nobody but the scraper. */
async function diskUse(options: ServerSettings): Promise<DiskUse> {
  const { memory, data = "data", uploads = "uploads" } = options;
  const folders = memory ? { uploads } : { data, uploads };
  const database = databaseOf(options);
  const names = memory ? [] : [database, `${database}-wal`, SEARCH];
  const free = Object.entries(folders).map(
    async ([folder, path]): Promise<Sample> => [
      await statfs(path).then(({ bavail, bsize }) => bavail * bsize, unknown),
      { folder },
    ],
  );
  const files = names.map(
    async (file): Promise<Sample> => [await stat(join(data, file)).then(({ size }) => size, unknown), { file }],
  );
  return { free: await Promise.all(free), files: await Promise.all(files) };
}

/** What is not there, or cannot be asked, has no number. */
function unknown(): undefined {
  return undefined;
}
