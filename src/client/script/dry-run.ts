/** `--dry-run`: the bytes of a request as they would stand on the wire, secrets and all; nothing is sent. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { FRAME_END } from "../../protocol/frames.ts";
import { type FileCommand, parseFileCommand, receiversOf } from "../files/file-command.ts";
import { wording } from "../language/wording.ts";
import { DEFAULT_COUNT } from "../message-history.ts";
import type { Program } from "../program.ts";
import { splitWords } from "../shell-words.ts";
import { ExitError, exits } from "./exits.ts";
import { firstLineOf, withIdentity } from "./identity.ts";
import { withStandardInput } from "./input.ts";
import { parseListen } from "./listen.ts";
import { exportOf, requestOf, searchOf } from "./script.ts";

const native = dialectNamed("native");

export interface DryRunOptions {
  readonly tokenFile: string | undefined;
  readonly eachLine: boolean;
  readonly program: Pick<Program, "stdin" | "stdout" | "input">;
}

/** @param words of the command, if a shell has found them. @throws ExitError, Error of the file system */
export async function dryRun(
  text: string,
  words: readonly string[] | undefined,
  { tokenFile, eachLine, program }: DryRunOptions,
): Promise<void> {
  const all = words ?? splitWords(text);
  const command = parseFileCommand(all);
  const request = command ? "" : (ofOwn(all) ?? requestOf(text, all));
  const requests = command ? await ofFile(command) : (withStandardInput(request, program.stdin, eachLine) ?? [request]);
  const token = tokenFile === undefined ? undefined : firstLineOf(tokenFile, program);
  for await (const request of requests) {
    const whole = token === undefined ? request : withIdentity(request, { user: undefined, token, temporary: false });
    // As the connection sends it: no CR of a text can end it early.
    program.stdout.write(whole.replace(/\r\n?/g, "\n") + FRAME_END);
  }
}

function ofOwn([word = "", ...rest]: readonly string[]): string | undefined {
  const [place = "", count = String(DEFAULT_COUNT)] = rest;
  switch (word.toLowerCase()) {
    case "listen":
      parseListen(rest);
      return native.encode("watch", { on: true });
    case "history":
      return /^\d+$/.test(count) ? historyOf(place, Number(count)) : undefined;
    case "export": {
      const wanted = exportOf(rest);
      if ("folder" in wanted) return native.encode("exportAll", {});
      return native.encode("history", { with: wanted.place, start: wanted.start });
    }
    case "search":
      return native.encode("search", searchOf([word, ...rest]));
  }
  return undefined;
}

function historyOf(place: string, limit: number): string {
  return native.encode("history", { with: place.replace(/^@/, ""), limit });
}

async function ofFile(command: FileCommand): Promise<readonly string[]> {
  switch (command.does) {
    case "send":
      return Promise.all(
        receiversOf(command.to).flatMap((receiver) =>
          command.paths.map(async (path) => {
            const { size, sha256 } = await looked(path);
            return native.encode("upload", { receiver, filename: basename(path), size, sha256 });
          }),
        ),
      );
    case "get": {
      const isId = /^[0-9a-f]{8}-/i.test(command.what);
      return [
        isId
          ? native.encode("download", { id: command.what })
          : native.encode("downloadFile", { filename: command.what }),
      ];
    }
    case "list":
      return [native.encode("files", { received: command.received })];
    case "transfers":
      throw new ExitError(exits.usage, wording.script.asksForEach);
    case "refuse":
      throw new ExitError(command.fault === "no-file" ? exits.noInput : exits.usage, command.detail);
  }
}

async function looked(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const part of createReadStream(path)) {
    hash.update(part as Buffer);
    size += (part as Buffer).length;
  }
  return { size, sha256: hash.digest("hex") };
}
