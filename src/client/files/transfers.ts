/**
 * Runs the commands about files: each transfer on a connection of its own, some of them at once. It says
 * what becomes of them; where that is shown is the caller's.
 */
import { open } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { ToldFile } from "../../protocol/replies.ts";
import { formatBytes } from "../format.ts";
import { jsonLine } from "../json-line.ts";
import { wording } from "../language/wording.ts";
import { plainRows } from "../plain.ts";
import { type Account, accountName, requestOnce } from "./account.ts";
import { destinationAt, downloadDestination, isDevice, partPath } from "./download-folder.ts";
import { FileError, TransferPaused } from "./errors.ts";
import { type FileCommand, receiversOf } from "./file-command.ts";
import { filesInWords, findFile, plainFileRow } from "./file-list.ts";
import { PausedUploads } from "./paused-uploads.ts";
import { type Outcome, RunningTransfers, type RunningTransfersOptions } from "./running-transfers.ts";
import { getFile, sendFile } from "./transfer.ts";
import { transferList, uploadKey } from "./transfer-list.ts";

export interface TransfersOptions extends RunningTransfersOptions {
  /** Of the window that lists are read in; no limit unless given. */
  columns?(): number | undefined;
  /** Lists are tab separated. */
  readonly plain?: boolean;
  /** Folder that downloads go into. */
  readonly downloads: string;
  /** Who is logged in; undefined if nobody is. */
  account(): Account | undefined;
  /** What takes the bytes of `-o -`; undefined where they would do harm. */
  readonly output: ((bytes: Uint8Array) => Promise<void>) | undefined;
  /** Where uploads that are cut off are kept; where the process keeps them unless given. */
  readonly paused?: PausedUploads;
}

export class Transfers {
  readonly #options: TransfersOptions;
  readonly #paused: PausedUploads;
  readonly #running: RunningTransfers;
  /** Commands under way. */
  #asked = 0;
  #abort = new AbortController();

  constructor(options: TransfersOptions) {
    this.#options = options;
    this.#paused = options.paused ?? new PausedUploads();
    this.#running = new RunningTransfers(options);
  }

  /** Why the last command or transfer that did not end well has not. */
  get failure(): Error | undefined {
    return this.#running.failure;
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
      // The output is a file's own where its bytes go there.
      this.#running.fail(error as Error, command.does === "get" && command.out === "-");
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
    return this.#running.status(columns);
  }

  async #send(account: Account, to: string, path: string): Promise<Outcome> {
    const what = {
      direction: "upload",
      name: basename(path),
      key: uploadKey(to, resolve(path)),
      aside: false,
    } as const;
    const { signal } = this.#abort;
    return this.#running.run(what, signal, async (onProgress) => {
      const reply = await sendFile(account, to, path, this.#paused, { signal, onProgress });
      const { size: bytes, id } = reply.file;
      const state = reply.state === "queued" ? ` (${wording.queued})` : "";
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
      return this.#running.run(what, signal, async (onProgress) => {
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
    return this.#running.run(what, signal, async (onProgress) => {
      const path = await getFile(account, file, to, { signal, onProgress });
      return { words: `${file.name} → ${path}`, fields: { id: file.id, path } };
    });
  }

  /** A device, or a pipe with a name: it is written to, and stays what it is. */
  async #into(account: Account, file: ToldFile, path: string, signal: AbortSignal): Promise<Outcome> {
    const what = { direction: "download", name: file.name, key: path, aside: false } as const;
    return this.#running.run(what, signal, async (onProgress) => {
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
    const files = reply.data;
    const { view, plain, say } = this.#options;
    if (view === "json") say(jsonLine("reply", reply), "answer", false);
    else if (!plain) say(filesInWords(files, this.#options.columns?.()), "answer", false);
    else if (files.length > 0) say(plainRows(files.map(plainFileRow)), "answer", false);
    return "done";
  }

  #overview(account: Account): Promise<readonly string[]> {
    const { view, downloads, plain } = this.#options;
    const known = { running: this.#running.all, paused: this.#paused.of(accountName(account)), downloads };
    return transferList(account, known, view === "json" ? "json" : plain ? "plain" : "words", this.#abort.signal);
  }
}

/** Where nothing is transferred, a lost connection pauses nothing. */
async function notPaused<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: Error) => {
    throw error instanceof TransferPaused && error.cause ? error.cause : error;
  });
}

function worst(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find((one) => one === "failed") ?? outcomes.find((one) => one === "paused") ?? "done";
}
