/** What is on its way, and what can be gone on with: the answer to `transfers`. */
import { basename } from "node:path";
import { wording } from "../language/wording.ts";
import { tabbed } from "../plain.ts";
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

/** @returns texts to be said one after the other: a list in words or tab separated, or an object each. */
export async function overview(
  account: Account,
  { running, paused, downloads }: Known,
  form: "words" | "plain" | "json",
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isRunning = (key: string): boolean => running.some(({ what }) => what.key === key);
  const uploads = paused.filter(({ to, path }) => !isRunning(uploadKey(to, path)));
  const received = await Promise.all(uploads.map(({ id }) => receivedOf(account, id, signal)));
  const parts = [false, true]
    .flatMap((ofGroup) => unfinished(inDownloads(downloads, account.user, ofGroup, "").folder))
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
    return rows.length === 0 ? [] : [tabbed(rows)];
  }
  if (form === "json") {
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
      const name = inert(what.name);
      return `${wording.files[what.direction]}  ${progress ? line(progress, name, speed) : wording.files.waits(name)}`;
    }),
    ...uploads.map(({ path, to, size: all }, i) => {
      const arrived = wording.files.arrived(size(received[i] ?? 0), size(all));
      return `${wording.files.paused}  sendfile ${to} ${inert(path)}  ${arrived}`;
    }),
    ...parts.map(({ name, here }) => {
      return `${wording.files.paused}  getfile ${inert(name)}  ${wording.files.here(size(here))}`;
    }),
  ];
  return [lines.length === 0 ? wording.nothing : lines.join("\n")];
}
