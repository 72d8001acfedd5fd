/**
 * The conversations of this folder, by dialect: `basic/send.chat` is spoken in `basic`. Those of
 * `realms/basic/` are spoken over several servers.
 */
import { globSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";

const folder = new URL(".", import.meta.url).pathname;

export interface Script {
  readonly name: string;
  readonly dialect: string;
  readonly text: string;
  /** How many servers it takes. */
  readonly servers: number;
}

export const scripts = found("*/*.chat");
export const realmScripts = found("realms/*/*.chat");

function found(pattern: string): readonly Script[] {
  return globSync(pattern, { cwd: folder })
    .toSorted()
    .map((name) => {
      const text = readFileSync(folder + name, "utf8");
      const servers = /^c\.\w/m.test(text) ? 3 : /^b\.\w/m.test(text) ? 2 : 1;
      return { name, dialect: basename(dirname(name)), text, servers };
    });
}

/** Whether a word may be a token, which is of this version; ids of messages are of another. */
export function isVersion4(word: string): boolean {
  return word[14] === "4";
}
