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

/** They read files that lie beside their own, or look for packages that need not be there. */
const APART = /^(yargs|pg)$/;

/** Programs, and the processes that they start. */
const INPUT = {
  "chat-server": source("chat-server"),
  "chat-client": source("chat-client"),
  "staged-server": source("staged-server"),
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
  const bundle = await rolldown({
    input: INPUT,
    platform: "node",
    external: APART,
    // Every statement as it stands: what is taken for one that does nothing may be there for what it throws.
    treeshake: false,
    optimization: { inlineConst: false },
  });
  const names = { entryFileNames: "[name].js", chunkFileNames: "[name]-chunk.js" };
  const { output } = await bundle.generate({ format: "esm", minify: false, keepNames: true, ...names });
  await bundle.close();
  for (const file of output) if (file.type === "chunk") write(join(programs, file.fileName), file.code);
  process.env[BUNDLED] = programs;
}

/** Whoever reads it meanwhile, in another run, finds all of one. */
function write(path: string, text: string): void {
  const temporary = `${path}-${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
