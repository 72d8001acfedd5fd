/**
 * Puts the modules of the programs that tests start into few files, once for a run: loading them one by one is half of the
 * processors' work at every start. The code is the same, but in other files; what npm packs is tested in test/examples.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import type { TestProject } from "vitest/node";
import { BUNDLED, source } from "./programs.ts";

const root = new URL("../../", import.meta.url).pathname;

/** It reads files that lie beside its own. */
const APART = /^yargs$/;

/** Servers: all that each start loads is in one file. */
const SERVERS = {
  "chat-server": source("chat-server"),
  "staged-server": source("staged-server"),
  "beyond-door": source("beyond-door"),
};
const START = /\/src\/bin\/serve\.ts$/;

/** The client, and the processes that a server starts: they load little of that, and have it in files of their own. */
const OTHERS = {
  "chat-client": source("chat-client"),
  hasher: join(root, "src/world/hasher.ts"),
  indexer: join(root, "src/search/indexer.ts"),
  copier: join(root, "src/backup/copier.ts"),
};

/** Of every run of this clone, also of one that shares these packages: what was compiled for the last run is found again. */
const clone = createHash("sha256").update(root).digest("hex").slice(0, 16);
const folder = join(root, "node_modules/.cache/obrol-test-programs", clone);

/** Where tests are run again as files change, programs are run from their sources. */
export async function setup({ config }: TestProject): Promise<void> {
  if (config.watch || process.env[BUNDLED] !== undefined) return;
  const programs = join(folder, "dist/bin");
  mkdirSync(programs, { recursive: true });
  // Where they look for it from src/bin.
  write(join(folder, "package.json"), readFileSync(join(root, "package.json"), "utf8"));
  await bundle(programs, "server", SERVERS, START);
  await bundle(programs, "other", OTHERS);
  process.env[BUNDLED] = programs;
}

/** @param of what stands in the names of the files that programs share. @param together the module that is in one with all that it imports */
async function bundle(
  folder: string,
  of: string,
  input: Readonly<Record<string, string>>,
  together?: RegExp,
): Promise<void> {
  const bundled = await rolldown({
    input: { ...input },
    platform: "node",
    external: APART,
    // Every statement as it stands: what is taken for one that does nothing may be there for what it throws.
    treeshake: false,
    optimization: { inlineConst: false },
  });
  const { output } = await bundled.generate({
    format: "esm",
    minify: false,
    keepNames: true,
    entryFileNames: "[name].js",
    chunkFileNames: `[name]-${of}.js`,
    ...(together && { codeSplitting: { groups: [{ name: "start", test: together }] } }),
  });
  await bundled.close();
  for (const file of output) if (file.type === "chunk") write(join(folder, file.fileName), file.code);
}

/** Whoever reads it meanwhile, in another run, finds all of one. */
function write(path: string, text: string): void {
  const temporary = `${path}-${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
