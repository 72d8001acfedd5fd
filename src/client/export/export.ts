/** Writes a whole conversation, as it is seen by whoever asks, page by page as the target takes them. */
import type { ToldOrDeleted } from "../../protocol/replies.ts";
import { destinationAt } from "../files/download-folder.ts";
import { conversationPages, type PagesOptions } from "./pages.ts";
import { deviceTarget, fileTarget, type Target } from "./target.ts";

export interface ExportOptions extends PagesOptions {
  readonly place: string;
  /** The first message is not from before it: ms since 1970. */
  readonly start: number;
  readonly target: Target;
  /** A message as a line or several, without a line end at its end; undefined for one that is left out. */
  form(message: ToldOrDeleted): string | undefined;
}

/**
 * @returns how many messages were written, and into which file
 * @throws RefusedRequest, LinkError, Error of the file system; what the signal was aborted with. Then no file is left
 */
export async function exportConversation(
  options: ExportOptions,
): Promise<{ readonly count: number; readonly path: string | undefined }> {
  const { place, start, target, form } = options;
  let count = 0;
  try {
    for await (const page of conversationPages(place, start, options)) {
      const lines = page.flatMap((message) => form(message) ?? []);
      count += lines.length;
      if (lines.length > 0) await target.write(`${lines.join("\n")}\n`);
    }
    return { count, path: await target.finish() };
  } catch (error) {
    await target.abandon().catch(() => undefined);
    throw error;
  }
}

/** What `-o PATH` means: a device, that file, or one of this name in that folder. @param kind the end of the name. @throws Error of the file system */
export async function targetAt(path: string, place: string, kind: string, signal: AbortSignal): Promise<Target> {
  return (await deviceTarget(path)) ?? fileTarget(await destinationAt(path, exportName(place, kind)), signal);
}

/** A group's sign would begin a comment in a shell. */
export function exportName(place: string, kind: string): string {
  return `${place.replace(/^#/, "")}.${kind}`;
}
