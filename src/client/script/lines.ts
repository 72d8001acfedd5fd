/** A script's lines: of a file, of standard input as they come, or those given with `-c`. */
import { isUtf8 } from "node:buffer";
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { ExitError, exits } from "./exits.ts";

/** @param path of the file, `-` for standard input. @throws ExitError, Error of the file system */
export async function* linesOf(path: string, stdin: NodeJS.ReadableStream): AsyncGenerator<string> {
  if (path !== "-" && !isUtf8(readFileSync(path))) throw new ExitError(exits.data, `${path}: is not UTF-8`);
  const input = path === "-" ? stdin : createReadStream(path);
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!isComment(line)) yield line;
  }
}

/** Those given on the command line. */
export async function* given(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) if (!isComment(line)) yield line;
}

/** An empty line, or one that begins with `# ` or `#!`; `#kelas halo` speaks to a group. */
function isComment(line: string): boolean {
  return line.trim() === "" || /^\s*#(\s|!|$)/.test(line);
}
