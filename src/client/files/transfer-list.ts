/** What is on its way, and what can be gone on with: the answer to `transfers`. */
import { basename } from "node:path";
import { wording } from "../language/wording.ts";
import { plainRows } from "../plain.ts";
import { inert } from "../terminal/inert.ts";
import { type Account, receivedOf } from "./account.ts";
import { downloadDestination, partialDownloads } from "./download-folder.ts";
import type { PausedUpload } from "./paused-uploads.ts";
import { progressJson, progressLine, type Rate } from "./progress.ts";
import type { Progress } from "./transfer.ts";
import { formatBytes } from "./units.ts";

/** What is transferred; its key tells it from others. */
export interface TransferIdentity {
  readonly direction: Progress["direction"];
  readonly name: string;
  readonly key: string;
  /** What is said of it must not stand in the output. */
  readonly aside: boolean;
}

export interface RunningTransfer {
  readonly what: TransferIdentity;
  progress: Progress | undefined;
  rate: Rate | undefined;
  speed: number;
  said: number;
}

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
  if (form === "plain") {
    // direction, state, name, bytes done, bytes in all, path, to
    const rows = [
      ...running.map(({ what, progress }) => [
        what.direction,
        "running",
        what.name,
        progress?.done,
        progress?.size,
        "",
        "",
      ]),
      ...uploads.map(({ path, to, size: all }, i) => {
        return ["upload", "paused", basename(path), received[i] ?? 0, all, path, to];
      }),
      ...parts.map(({ name, here, path }) => ["download", "paused", name, here, "", path, ""]),
    ];
    return rows.length === 0 ? [] : [plainRows(rows)];
  }
  if (form === "json") {
    return [
      ...running.map(({ what, progress }) => progressJson({ ...what, ...progress }, "running")),
      ...uploads.map(({ path, to, size: all }, i) => {
        const what = { direction: "upload", name: basename(path), done: received[i] ?? 0, size: all } as const;
        return progressJson(what, "paused", { path, to });
      }),
      ...parts.map(({ name, here }) => progressJson({ direction: "download", name, done: here }, "paused")),
    ];
  }
  const lines = [
    ...running.map(({ what, progress, speed }) => {
      const name = inert(what.name);
      return `${wording.files[what.direction]}  ${progress ? progressLine(progress, name, speed) : wording.files.waits(name)}`;
    }),
    ...uploads.map(({ path, to, size: all }, i) => {
      const arrived = wording.files.arrived(formatBytes(received[i] ?? 0), formatBytes(all));
      return `${wording.files.paused}  sendfile ${to} ${inert(path)}  ${arrived}`;
    }),
    ...parts.map(({ name, here }) => {
      return `${wording.files.paused}  getfile ${inert(name)}  ${wording.files.here(formatBytes(here))}`;
    }),
  ];
  return [lines.length === 0 ? wording.nothing : lines.join("\n")];
}
