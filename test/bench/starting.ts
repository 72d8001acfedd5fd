/** How soon a node is ready that starts where there is much: with an empty folder, and again with the replica that it has then. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { Engine } from "../support/engine.ts";
import { chatServer, cleanEnv, nodeFlags, startProcess } from "../support/server.ts";
import { type Contents, fill } from "./fill.ts";
import { allCpuSeconds, cpuSeconds, peakMb, residentMb } from "./processes.ts";
import { show, shown } from "./table.ts";

const USERS = 100_000;
const MESSAGES = 1_000_000;

const run = promisify(execFile);

const STORES: Readonly<Record<string, Contents>> = {
  "100,000 users": { users: USERS },
  "and 1,000,000 messages": { users: USERS, members: 1000, posts: MESSAGES },
};

export async function starting(engine: Engine): Promise<void> {
  const rows: (readonly string[])[] = [];
  for (const [name, contents] of Object.entries(STORES)) {
    const folder = mkdtempSync(join(tmpdir(), "obrol-bench-"));
    try {
      const source = join(folder, "source");
      await fill(source, contents);
      const store = ["--store", await engine.database()];
      const files = ["--uploads", join(folder, "uploads")];
      const imported = [...nodeFlags, chatServer, "import", "--data", source, ...store, ...files];
      await run(process.execPath, imported, { env: cleanEnv() });
      // What it has cost PostgreSQL is not counted once its process there has ended.
      await pause(1000);
      const start = async (what: string): Promise<void> => {
        rows.push([
          `${name}, ${what}`,
          ...(await startOf(engine, [...store, ...files, "--data", join(folder, "data")])),
        ]);
      };
      await start("an empty folder");
      await start("with its replica");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  show(
    "A node starts, up to when it listens",
    ["", "s", "CPU, s", "CPU of PostgreSQL, s", "memory, MB", "at most, MB"],
    rows,
  );
}

async function startOf(engine: Engine, options: readonly string[]): Promise<readonly string[]> {
  const before = allCpuSeconds(engine.pid);
  const begun = performance.now();
  const node = await startProcess(["--realm", "kota", ...options]);
  try {
    const seconds = (performance.now() - begun) / 1000;
    const ofEngine = allCpuSeconds(engine.pid) - before;
    return [
      ...[seconds, cpuSeconds(node.pid), ofEngine].map((value) => shown(value, 1)),
      ...[residentMb(node.pid), peakMb(node.pid)].map((value) => shown(value, 0)),
    ];
  } finally {
    await node.stop();
  }
}
