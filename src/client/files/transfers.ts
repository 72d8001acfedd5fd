/**
 * Runs the commands about files: each transfer on a connection of its own, some of them at once. It says
 * what becomes of them; where that is shown is the caller's.
 */
import { open } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { jsonLine } from "../json-line.ts";
import { wording } from "../language/wording.ts";
import { plainRows } from "../plain.ts";
import { replyInWords } from "../render.ts";
import { inert } from "../terminal/inert.ts";
import { type Account, accountName, requestOnce, TransferPaused } from "./account.ts";
import { destinationAt, downloadDestination, isDevice, partPath } from "./download-folder.ts";
import { FileError, Refused } from "./errors.ts";
import { type FileCommand, filesIn, findFile, type ListedFile, plainFileRow, receiversOf } from "./file-command.ts";
import { filesInWords } from "./file-list.ts";
import { PausedUploads } from "./paused-uploads.ts";
import { progressBar, progressJson, progressLine, Rate } from "./progress.ts";
import { getFile, type Progress, sendFile } from "./transfer.ts";
import { type RunningTransfer, type TransferIdentity, transferList, uploadKey } from "./transfer-list.ts";
import { formatBytes } from "./units.ts";

/** Transfers that run at once; the others wait. */
const AT_ONCE = 4;

/** How often, in ms, progress is said: redrawn, as lines, as JSON. */
const EVERY_MS = { bar: 100, lines: 2000, json: 250 };

export type View = keyof typeof EVERY_MS;

/** What was asked for; how it is going; that it is done, or paused; why it is not. */
export type Kind = "answer" | "progress" | "outcome" | "failure";

export interface TransfersOptions {
  readonly view: View;
  /** Of the window that lists are read in; no limit unless given. */
  columns?(): number | undefined;
  /** Lists are tab separated. */
  readonly plain?: boolean;
  /** Folder that downloads go into. */
  readonly downloads: string;
  /** Who is logged in; undefined if nobody is. */
  account(): Account | undefined;
  /** Something that stays to be read. @param aside the output is a file's own */
  say(text: string, kind: Kind, aside: boolean): void;
  /** Something has moved: `status` has changed. */
  onMoved(): void;
  /** What takes the bytes of `-o -`; undefined where they would do harm. */
  readonly output: ((bytes: Uint8Array) => Promise<void>) | undefined;
}

/** What became of a command. */
export type Outcome = "done" | "failed" | "paused";

export class Transfers {
  readonly #options: TransfersOptions;
  readonly #paused = new PausedUploads();
  readonly #running = new Set<RunningTransfer>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #asked = 0;
  #watching: NodeJS.Timeout | undefined;
  #abort = new AbortController();
  /** Why the last one that failed has failed. */
  failure: Error | undefined;

  constructor(options: TransfersOptions) {
    this.#options = options;
  }

  /** Resolves when all that was asked for has ended. Says why it failed. */
  async run(command: FileCommand): Promise<Outcome> {
    const account = this.#options.account();
    // Ctrl-C counts from the first question on.
    this.#asked++;
    try {
      if (!account) throw new FileError("login", wording.files.logIn);
      switch (command.does) {
        case "send": {
          const all = receiversOf(command.to).flatMap((to) =>
            command.paths.map((path) => this.#send(account, to, path)),
          );
          return worst(await Promise.all(all));
        }
        case "get":
          return await this.#get(account, command);
        case "list":
          return await this.#list(account, command.received);
        case "transfers":
          for (const text of await notPaused(this.#overview(account))) this.#options.say(text, "answer", false);
          return "done";
        case "refuse":
          throw new FileError(command.fault, command.detail);
      }
    } catch (error) {
      this.failure = error as Error;
      this.#failed(error as Error, intoOutput(command));
      return error instanceof TransferPaused ? "paused" : "failed";
    } finally {
      this.#asked--;
    }
  }

  get busy(): boolean {
    return this.#asked > 0;
  }

  /** Stops all of them; the same commands go on. */
  pause(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  /** How the first of them is going, in at most so many columns; empty if there is none. */
  status(columns: number): string {
    const [first] = this.#running;
    if (!first?.progress) return "";
    const more = this.#running.size > 1 ? ` (+${this.#running.size - 1})` : "";
    const arrow = first.progress.direction === "upload" ? "↑" : "↓";
    return `${arrow} ${progressBar(first.progress, inert(first.progress.name), first.speed, columns - 2 - more.length)}${more}`;
  }

  async #send(account: Account, to: string, path: string): Promise<Outcome> {
    const what = {
      direction: "upload",
      name: basename(path),
      key: uploadKey(to, resolve(path)),
      aside: false,
    } as const;
    const { signal } = this.#abort;
    return this.#moving(what, signal, async (onProgress) => {
      const reply = await sendFile(account, to, path, this.#paused, { signal, onProgress });
      const { size: bytes = 0, id } = (reply["file"] ?? {}) as { size?: number; id?: string };
      const state = reply["state"] === "queued" ? ` (${wording.queued})` : "";
      return { words: `${wording.files.sentTo(basename(path), to, formatBytes(bytes))}${state}`, fields: { id, to } };
    });
  }

  async #get(account: Account, command: FileCommand & { does: "get" }): Promise<Outcome> {
    const { downloads, output } = this.#options;
    const { out } = command;
    const { signal } = this.#abort;
    const file = await findFile((input) => requestOnce(account, "files", input, signal), command);
    if (out === "-") {
      if (!output) throw new FileError("usage", wording.files.onlyScripts);
      const what = { direction: "download", name: file.name, key: file.id, aside: true } as const;
      return this.#moving(what, signal, async (onProgress) => {
        await getFile(account, file, output, { signal, onProgress });
        return { words: "", fields: { id: file.id } };
      });
    }
    if (out !== undefined && (await isDevice(out))) return this.#into(account, file, out, signal);
    const ofGroup = file.group !== undefined;
    const to =
      out === undefined
        ? downloadDestination(downloads, account.user, ofGroup, file.name)
        : await destinationAt(out, file.name);
    const what = { direction: "download", name: file.name, key: partPath(to, file.id), aside: false } as const;
    return this.#moving(what, signal, async (onProgress) => {
      const path = await getFile(account, file, to, { signal, onProgress });
      return { words: `${file.name} → ${path}`, fields: { id: file.id, path } };
    });
  }

  /** A device, or a pipe with a name: it is written to, and stays what it is. */
  async #into(account: Account, file: ListedFile, path: string, signal: AbortSignal): Promise<Outcome> {
    const what = { direction: "download", name: file.name, key: path, aside: false } as const;
    return this.#moving(what, signal, async (onProgress) => {
      const device = await open(path, "w");
      try {
        await getFile(account, file, (bytes) => device.writeFile(bytes), { signal, onProgress });
      } finally {
        await device.close();
      }
      return { words: `${file.name} → ${path}`, fields: { id: file.id, path } };
    });
  }

  async #list(account: Account, received: boolean): Promise<Outcome> {
    const reply = await notPaused(requestOnce(account, "files", { received }, this.#abort.signal));
    const files = filesIn(reply);
    const { view, plain, say } = this.#options;
    if (view === "json") say(jsonLine("reply", reply), "answer", false);
    else if (plain) sayRows(files.map(plainFileRow), say);
    else say(filesInWords(files, this.#options.columns?.()), "answer", false);
    return "done";
  }

  #overview(account: Account): Promise<readonly string[]> {
    const { view, downloads, plain } = this.#options;
    const known = { running: [...this.#running], paused: this.#paused.of(accountName(account)), downloads };
    return transferList(account, known, view === "json" ? "json" : plain ? "plain" : "words", this.#abort.signal);
  }

  async #moving(
    what: TransferIdentity,
    signal: AbortSignal,
    run: (
      onProgress: (progress: Progress) => void,
    ) => Promise<{ words: string; fields: Readonly<Record<string, unknown>> }>,
  ): Promise<Outcome> {
    // Nothing goes twice at once.
    if (this.#isRunning(what.key)) {
      this.#failed(new Error(wording.files.onItsWay(what.name)), what.aside);
      return "failed";
    }
    const now = performance.now();
    const one: RunningTransfer = { what, progress: undefined, rate: undefined, speed: 0, said: now };
    const { view, say } = this.#options;
    this.#running.add(one);
    this.#watching ??= setInterval(() => this.#watch(), 1000);
    await this.#turn();
    let told = (): void => {};
    try {
      const { words, fields } = await run((progress) => this.#moved(one, progress));
      told = () => {
        if (view === "json") say(progressJson({ ...what, ...one.progress }, "done", fields), "outcome", what.aside);
        else if (words !== "") say(inert(words), "outcome", what.aside);
      };
      return "done";
    } catch (error) {
      const outcome = error instanceof TransferPaused ? "paused" : "failed";
      this.failure = error as Error;
      told = () => this.#stopped(one, outcome, error as Error, signal.aborted);
      return outcome;
    } finally {
      this.#running.delete(one);
      this.#active--;
      this.#waiting.shift()?.();
      if (this.#running.size === 0) {
        clearInterval(this.#watching);
        this.#watching = undefined;
      }
      if (view === "bar") this.#options.onMoved();
      told();
    }
  }

  #stopped({ what, progress }: RunningTransfer, outcome: Outcome, error: Error, asked: boolean): void {
    const { view, say } = this.#options;
    if (view === "json") {
      const { code, detail } = error instanceof Refused ? error.reply : { code: undefined, detail: error.message };
      say(progressJson({ ...what, ...progress }, outcome, { code, detail }), "failure", what.aside);
    } else if (outcome === "paused") {
      const why = asked ? "" : ` (${error.message})`;
      const { paused, interrupted, goesOn } = wording.files;
      const then = what.aside ? `${interrupted}${why}` : `${paused}${why}; ${goesOn}`;
      say(inert(`${what.name}: ${then}`), "failure", what.aside);
    } else {
      const words = error instanceof Refused ? replyInWords(error.reply) : inert(error.message);
      say(words.includes(what.name) ? words : `${inert(what.name)}: ${words}`, "failure", what.aside);
    }
  }

  #isRunning(key: string): boolean {
    return [...this.#running].some(({ what }) => what.key === key);
  }

  /** Waits until there is room for one more. */
  async #turn(): Promise<void> {
    if (this.#active >= AT_ONCE) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#active++;
  }

  #moved(one: RunningTransfer, progress: Progress): void {
    const now = performance.now();
    if (one.progress?.hashing !== progress.hashing) one.rate = new Rate(progress.done, now);
    one.speed = one.rate?.sample(progress.done, now) ?? 0;
    one.progress = progress;
    const { view, say, onMoved } = this.#options;
    if (now - one.said < EVERY_MS[view]) return;
    one.said = now;
    const words =
      view === "json" ? progressJson(progress, "running") : progressLine(progress, inert(progress.name), one.speed);
    if (view === "bar") onMoved();
    else say(words, "progress", one.what.aside);
  }

  /** What does not move gets slower. */
  #watch(): void {
    const now = performance.now();
    for (const one of this.#running) {
      if (one.progress) one.speed = one.rate?.sample(one.progress.done, now) ?? 0;
    }
    if (this.#options.view === "bar") this.#options.onMoved();
  }

  #failed(error: Error, aside: boolean): void {
    const { view, say } = this.#options;
    if (view === "json") say(jsonLine("error", { detail: error.message }), "failure", aside);
    else say(error instanceof Refused ? replyInWords(error.reply) : inert(error.message), "failure", aside);
  }
}

/** Where nothing is transferred, a link that is lost pauses nothing. */
async function notPaused<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: Error) => {
    throw error instanceof TransferPaused && error.cause ? error.cause : error;
  });
}

function sayRows(rows: readonly (readonly unknown[])[], say: TransfersOptions["say"]): void {
  if (rows.length > 0) say(plainRows(rows), "answer", false);
}

/** Do a file's own bytes have the output for themselves? */
function intoOutput(command: FileCommand): boolean {
  return command.does === "get" && command.out === "-";
}

function worst(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find((one) => one === "failed") ?? outcomes.find((one) => one === "paused") ?? "done";
}
