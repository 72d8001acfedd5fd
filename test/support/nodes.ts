/** Nodes of one PostgreSQL: the real one, started once for a file of tests; each test has a database of its own in it. */
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { machine, type World } from "../../src/world/world.ts";
import { type Engine, type EngineOptions, startEngine } from "./engine.ts";
import { testFolder } from "./folder.ts";
import { type LocalServer, type ServerProcess, startProcess, startServer } from "./server.ts";

/** To be called once in a file: its engine, which is ended with it. */
export function engineOfFile(options: EngineOptions = {}): () => Promise<Engine> {
  let engine: Promise<Engine> | undefined;
  afterAll(async () => {
    await (await engine)?.stop();
  });
  return () => (engine ??= startEngine(options));
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
    const node = await startServer(args(options), undefined, world);
    onTestFinished(() => node.stop());
    return node;
  };
  return {
    url,
    uploads,
    node: (...options) => nodeIn(machine, ...options),
    nodeIn,
    async process(...options) {
      const node = await startProcess(args(options));
      onTestFinished(() => node.stop());
      return node;
    },
  };
}
