/** What is on its way, and what can be gone on with: the answer to `transfers`. */
import { basename } from "node:path";
import { inert } from "../terminal/inert.ts";
import { type Account, receivedOf } from "./account.ts";
import { size } from "./amounts.ts";
import { inDownloads, unfinished } from "./folder.ts";
import type { PausedUpload } from "./paused.ts";
import { json, line, type Rate } from "./progress.ts";
import type { Progress } from "./transfer.ts";

/** What is transferred; its key tells it from others. */
export interface What {
  readonly direction: Progress["direction"];
  readonly name: string;
  readonly key: string;
  /** What is said of it must not stand in the output. */
  readonly aside: boolean;
}

export interface Running {
  readonly what: What;
  progress: Progress | undefined;
  rate: Rate | undefined;
  speed: number;
  said: number;
}

export interface Known {
  readonly running: readonly Running[];
  readonly paused: readonly PausedUpload[];
  /** Folder that downloads go into. */
  readonly downloads: string;
}

/** What tells an upload from others. @param path absolute */
export function uploadKey(to: string, path: string): string {
  return `${to} ${path}`;
}

/** @returns texts to be said one after the other: a list in words, or an object each. */
export async function overview(
  account: Account,
  { running, paused, downloads }: Known,
  asJson: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isRunning = (key: string): boolean => running.some(({ what }) => what.key === key);
  const uploads = paused.filter(({ to, path }) => !isRunning(uploadKey(to, path)));
  const received = await Promise.all(uploads.map(({ id }) => receivedOf(account, id, signal)));
  const parts = [false, true]
    .flatMap((ofGroup) => unfinished(inDownloads(downloads, account.user, ofGroup, "").folder))
    .filter(({ path }) => !isRunning(path));
  if (asJson) {
    return [
      ...running.map(({ what, progress }) => json({ ...what, ...progress }, "running")),
      ...uploads.map(({ path, to, size: all }, i) => {
        const what = { direction: "upload", name: basename(path), done: received[i] ?? 0, size: all } as const;
        return json(what, "paused", { path, to });
      }),
      ...parts.map(({ name, here }) => json({ direction: "download", name, done: here }, "paused")),
    ];
  }
  const lines = [
    ...running.map(({ what, progress, speed }) => {
      return `${what.direction}  ${progress ? line(progress, inert(what.name), speed) : `${inert(what.name)} waits`}`;
    }),
    ...uploads.map(({ path, to, size: all }, i) => {
      return `paused  sendfile ${to} ${inert(path)}  ${size(received[i] ?? 0)} of ${size(all)} have arrived`;
    }),
    ...parts.map(({ name, here }) => `paused  getfile ${inert(name)}  ${size(here)} are here`),
  ];
  return [lines.length === 0 ? "(nothing)" : lines.join("\n")];
}
