/** The conversations of this folder, by dialect: `basic/send.chat` is spoken in `basic`. */
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

const folder = new URL(".", import.meta.url).pathname;

export interface Script {
  readonly name: string;
  readonly dialect: string;
  readonly text: string;
}

export const scripts: readonly Script[] = globSync("*/*.chat", { cwd: folder })
  .toSorted()
  .map((name) => ({ name, dialect: dirname(name), text: readFileSync(folder + name, "utf8") }));
