/** What is on its way, and what can be gone on with: the answer to `transfers`. */
import { basename } from "node:path";
import { formatBytes } from "../format.ts";
import { wording } from "../language/wording.ts";
import { plainRows } from "../plain.ts";
import { inert } from "../terminal/inert.ts";
import { type Account, receivedOf } from "./account.ts";
import { downloadDestination, partialDownloads } from "./download-folder.ts";
import type { PausedUpload } from "./paused-uploads.ts";
import { progressJson, progressLine } from "./progress.ts";
import type { RunningTransfer } from "./running-transfers.ts";

export interface KnownTransfers {
  readonly running: readonly RunningTransfer[];
  readonly paused: readonly PausedUpload[];
  /** Folder that downloads go into. */
  readonly downloads: string;
}

/** What tells an upload from others. @param path absolute */
export function uploadKey(to: string, path: string): string {
  return `${to} ${path}`;
}

/** @returns texts to be said one after the other: a list in words or tab separated, or an object each. */
export async function transferList(
  account: Account,
  { running, paused, downloads }: KnownTransfers,
  form: "words" | "plain" | "json",
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isRunning = (key: string): boolean => running.some(({ what }) => what.key === key);
  const uploads = paused.filter(({ to, path }) => !isRunning(uploadKey(to, path)));
  const received = await Promise.all(uploads.map(({ id }) => receivedOf(account, id, signal)));
  const parts = [false, true]
    .flatMap((ofGroup) => partialDownloads(downloadDestination(downloads, account.user, ofGroup, "").folder))
    .filter(({ path }) => !isRunning(path));
  // Plain: direction, state, name, bytes done, bytes in all, path, to.
  const rows = [
    ...running.map(({ what, progress, speed }) => {
      const { direction, name } = what;
      const going = progress ? progressLine(progress, inert(name), speed) : wording.files.waits(inert(name));
      return {
        plain: [direction, "running", name, progress?.done, progress?.size, "", ""],
        json: progressJson({ ...what, ...progress }, "running"),
        words: `${wording.files[direction]}  ${going}`,
      };
    }),
    ...uploads.map(({ path, to, size }, i) => {
      const [name, done = 0] = [basename(path), received[i]];
      const arrived = wording.files.arrived(formatBytes(done), formatBytes(size));
      return {
        plain: ["upload", "paused", name, done, size, path, to],
        json: progressJson({ direction: "upload", name, done, size }, "paused", { path, to }),
        words: `${wording.files.paused}  sendfile ${to} ${inert(path)}  ${arrived}`,
      };
    }),
    ...parts.map(({ name, here: done, path }) => ({
      plain: ["download", "paused", name, done, "", path, ""],
      json: progressJson({ direction: "download", name, done }, "paused"),
      words: `${wording.files.paused}  getfile ${inert(name)}  ${wording.files.here(formatBytes(done))}`,
    })),
  ];
  if (form === "json") return rows.map(({ json }) => json);
  if (form === "plain") return rows.length === 0 ? [] : [plainRows(rows.map(({ plain }) => plain))];
  return [rows.length === 0 ? wording.nothing : rows.map(({ words }) => words).join("\n")];
}
