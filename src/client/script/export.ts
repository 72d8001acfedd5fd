/** `export` in a script: a conversation on standard output, or in a file. */
import type { ToldOrDeleted } from "../../protocol/replies.ts";
import { isThere } from "../chat-message.ts";
import { exportEverything } from "../export/everything.ts";
import { exportConversation, targetAt } from "../export/export.ts";
import { streamTarget } from "../export/target.ts";
import { inTranscript } from "../export/transcript.ts";
import type { Wanted } from "../export/wanted.ts";
import { FileError } from "../files/errors.ts";
import { jsonLine } from "../json-line.ts";
import { wording } from "../language/wording.ts";
import { errorInWords } from "../refusal-words.ts";
import { inert } from "../terminal/inert.ts";
import type { ReconnectingOptions } from "./each-line.ts";
import { type Exit, ExitError, exitOf, exits } from "./exits.ts";
import { type Output, type OutputForm, plainMessage } from "./output.ts";

export interface ExportToOptions extends ReconnectingOptions {
  readonly signal: AbortSignal;
  /** To standard output; resolves when it is written. */
  write(text: string): Promise<void>;
}

/** @throws ExitError, RefusedRequest, Error of the file system; what the signal was aborted with */
export async function exportTo(
  { place, start, out }: Wanted & { readonly place: string },
  { output, signal, write, ...settings }: ExportToOptions,
): Promise<Exit> {
  const { form } = output;
  const kind = kindOf(form);
  const isFile = out !== undefined && out !== "-";
  const target = isFile ? await targetAt(out, place, kind, signal) : streamTarget(write);
  const { count, path } = await exportConversation({
    ...settings,
    signal,
    place,
    start,
    target,
    form: (message) => formed(message, form, output.me),
    onLost: (error) => output.aside(errorInWords(error)),
  });
  if (path !== undefined) told(output, place, count, path);
  return exits.done;
}

/** What is missing does not keep the rest away. @throws as `exportTo` */
export async function exportAllTo(
  folder: string,
  { output, signal, login, ...settings }: Omit<ExportToOptions, "write">,
): Promise<Exit> {
  const { form } = output;
  let worst: Exit = exits.done;
  const written = await exportEverything(folder, {
    account: { ...settings, ...login },
    signal,
    kind: kindOf(form),
    form: (message) => formed(message, form, output.me),
    onMissing(name, why) {
      worst ||= exitOf(why.reply);
      output.aside(inert(wording.export.missing(name, errorInWords(why))));
    },
  }).catch((error: unknown) => {
    throw error instanceof FileError ? new ExitError(exits.io, error.message) : error;
  });
  const { conversations, messages, files } = written;
  if (form === "json") output.object("export", { all: true, ...written, path: folder });
  else output.aside(inert(wording.export.everything(conversations, messages, files, folder)));
  return worst;
}

function kindOf(form: OutputForm): string {
  return form === "json" ? "ndjson" : "txt";
}

function formed(message: ToldOrDeleted, form: OutputForm, me: string | undefined): string | undefined {
  if (form === "words") return inTranscript(message);
  if (form === "json") return jsonLine(isThere(message) && message.file ? "file" : "message", message);
  return isThere(message) ? plainMessage(message, me) : undefined;
}

function told(output: Output, place: string, count: number, path: string): void {
  if (output.form === "json") output.object("export", { with: place, count, path });
  else output.aside(inert(wording.export.done(place, count, path)));
}
