/** Nodes of one PostgreSQL: the real one, started once for a file of tests; each test has a database of its own in it. */
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { machine, type World } from "../../src/world/world.ts";
import { type Engine, type EngineOptions, startEngine } from "./engine.ts";
import { testFolder } from "./folder.ts";
import { type LocalServer, type ServerProcess, startProcess, startServer } from "./server.ts";
import { until } from "./until.ts";

/** To be called once in a file: its engine, which is ended with it. */
export function engineOfFile(options: EngineOptions = {}): () => Promise<Engine> {
  let engine: Promise<Engine> | undefined;
  afterAll(async () => {
    await (await engine)?.stop();
  });
  return () => (engine ??= startEngine(options));
}

/** How a start fails where PostgreSQL has not answered within the seconds that a node waits for it. */
const NOT_IN_TIME = /--store: .*(timeout|in time|[Cc]onnection)/;

/** Starts a node; again where PostgreSQL has not answered in time, as on a machine that is busy. */
export function startedInTime<T>(start: () => Promise<T>): Promise<T> {
  return until("PostgreSQL answers a node that starts in time", () =>
    start().catch((error: Error) => {
      if (!NOT_IN_TIME.test(error.message)) throw error;
      return undefined;
    }),
  );
}

/**
 * Does something with nodes, and all of it again with new ones where one of them has lost PostgreSQL meanwhile, which on a machine
 * that is busy may not answer in time. @param start starts one, which is ended with the test
 */
export async function undisturbed(work: (start: typeof startServer) => Promise<void>): Promise<void> {
  await until("PostgreSQL answers all nodes in time", async () => {
    const nodes: LocalServer[] = [];
    try {
      await work(async (...given) => {
        const node = await startedInTime(() => startServer(...given));
        nodes.push(node);
        onTestFinished(() => node.stop());
        return node;
      });
      return true;
    } catch (error) {
      if (!nodes.some((node) => node.log().includes(" store-lost "))) throw error;
      return false;
    }
  });
}

/** What its nodes are started with: one database, one folder of files. */
export interface Cluster {
  readonly url: string;
  /** Their folder of files. */
  readonly uploads: string;
  /** A node in this process; ended with the test, unless it was before. */
  node(...options: readonly string[]): Promise<LocalServer>;
  /** The same, in another world. */
  nodeIn(world: World, ...options: readonly string[]): Promise<LocalServer>;
  /** A node in a process of its own; likewise. */
  process(...options: readonly string[]): Promise<ServerProcess>;
}

export async function clusterOn(engine: Pick<Engine, "database">): Promise<Cluster> {
  const url = await engine.database();
  const folder = testFolder();
  const uploads = join(folder, "uploads");
  let count = 0;
  const args = (options: readonly string[]): readonly string[] => {
    const own = [
      ...(options.includes("--data") ? [] : ["--data", join(folder, `data-${++count}`)]),
      ...(options.includes("--uploads") ? [] : ["--uploads", uploads]),
    ];
    return ["--store", url, "--realm", "kota", ...own, ...options];
  };
  const nodeIn: Cluster["nodeIn"] = async (world, ...options) => {
    const given = args(options);
    const node = await startedInTime(() => startServer(given, undefined, world));
    onTestFinished(() => node.stop());
    return node;
  };
  return {
    url,
    uploads,
    node: (...options) => nodeIn(machine, ...options),
    nodeIn,
    async process(...options) {
      const given = args(options);
      const node = await startedInTime(() => startProcess(given));
      onTestFinished(() => node.stop());
      return node;
    },
  };
}
