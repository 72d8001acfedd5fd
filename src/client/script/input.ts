/** What a script reads: its lines, and the texts on standard input that stand for `-`. All of it must be UTF-8. */
import { createReadStream } from "node:fs";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { wording } from "../language/wording.ts";
import { racedWith } from "../raced.ts";
import { ExitError, exits } from "./exits.ts";

const auto = dialectNamed("auto");

/** Lines of commands. @param path of the file, `-` for standard input. @throws ExitError, Error of the file system */
export async function* commandsIn(path: string, stdin: NodeJS.ReadableStream): AsyncGenerator<string> {
  const [input, name] = path === "-" ? [stdin, wording.script.standardInput] : [createReadStream(path), path];
  for await (const line of linesOf(input, name)) if (!isComment(line)) yield line;
}

/** Those given on the command line. */
export async function* commandsOf(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) if (!isComment(line)) yield line;
}

/** An empty line, or one that begins with `# ` or `#!`; `#kelas halo` speaks to a group. */
function isComment(line: string): boolean {
  return line.trim() === "" || /^\s*#(\s|!|$)/.test(line);
}

/**
 * A request whose text is `-`, with what stands on standard input instead: as one text, or each line as it comes.
 * @returns undefined for any other request. @throws ExitError
 */
export function withStandardInput(
  request: string,
  stdin: NodeJS.ReadableStream,
  eachLine: boolean,
): AsyncIterable<string> | undefined {
  if (!/\s-$/.test(request)) return undefined;
  const before = request.slice(0, -1);
  const probe = auto.decode(`${before}x`, { isToken: () => false, isRealm: () => true });
  if (!("input" in probe) || (probe.input as { text?: unknown }).text !== "x") return undefined;
  return eachLine ? eachWith(before, stdin) : wholeWith(before, stdin);
}

async function* eachWith(before: string, stdin: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const line of linesOf(stdin, wording.script.standardInput)) if (line.trim() !== "") yield before + line;
}

async function* wholeWith(before: string, stdin: NodeJS.ReadableStream): AsyncGenerator<string> {
  const lines: string[] = [];
  for await (const line of linesOf(stdin, wording.script.standardInput)) lines.push(line);
  const text = lines.join("\n");
  if (text.trim() === "") throw new ExitError(exits.data, wording.script.noInput);
  yield before + text;
}

/** Each line as it comes, whatever ends it. @throws ExitError */
async function* linesOf(input: NodeJS.ReadableStream, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new ExitError(exits.data, wording.script.notUtf8(name));
    }
  };
  for await (const bytes of input) {
    const lines = (rest + decode(Buffer.from(bytes as Buffer))).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
  rest = (rest + decode()).replace(/\r$/, "");
  if (rest !== "") yield rest;
}

/** The items, until the connection is lost: then it throws why, though the next item may never come. */
export async function* untilLost<T>(all: AsyncIterable<T>, lost: Promise<never>): AsyncGenerator<T> {
  const each = all[Symbol.asyncIterator]();
  const orLost = racedWith(lost);
  for (;;) {
    const next = await orLost(each.next());
    if (next.done) return;
    yield next.value;
  }
}
