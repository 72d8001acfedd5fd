/**
 * Runs the commands about files: each transfer on a connection of its own, some of them at once. It says
 * what becomes of them; where that is shown is the caller's.
 */
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type FileCommand, find, type Listed, listed } from "./files.ts";
import { atPath, inDownloads } from "./folder.ts";
import { PausedUploads } from "./paused.ts";
import { bar, json, line, Rate, size } from "./progress.ts";
import { inert, replyInWords } from "./render.ts";
import { type Account, accountName, ask, getFile, Paused, type Progress, Refused, sendFile } from "./transfer.ts";

/** Transfers that run at once; the others wait. */
const AT_ONCE = 4;

/** How often, in ms, progress is said: redrawn, as lines, as JSON. */
const EVERY_MS = { bar: 100, lines: 2000, json: 250 };

export type View = keyof typeof EVERY_MS;

export interface Surroundings {
  readonly view: View;
  /** Folder that downloads go into. */
  readonly downloads: string;
  /** Who is logged in; undefined if nobody is. */
  account(): Account | undefined;
  /** Something that stays to be read. */
  say(text: string): void;
  /** Something has moved: `status` has changed. */
  onMoved(): void;
  /** What takes the bytes of `-o -`; undefined where they would do harm. */
  readonly output: ((bytes: Uint8Array) => Promise<void>) | undefined;
}

/** What became of a command. */
export type Outcome = "done" | "failed" | "paused";

interface Running {
  progress: Progress | undefined;
  rate: Rate | undefined;
  speed: number;
  said: number;
}

export class Transfers {
  readonly #around: Surroundings;
  readonly #paused = new PausedUploads();
  readonly #running = new Set<Running>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #abort = new AbortController();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Resolves when all that was asked for has ended. Says why it failed. */
  async run(command: FileCommand): Promise<Outcome> {
    const account = this.#around.account();
    try {
      if (!account) throw new Error("log in first: auth NAME PASSWORD");
      switch (command.does) {
        case "send": {
          const all = command.paths.map((path) => this.#send(account, command.to, path));
          return worst(await Promise.all(all));
        }
        case "get":
          return await this.#get(account, command);
        case "list":
          return await this.#list(account, command.received);
        case "transfers":
          this.#tell(account);
          return "done";
        case "refuse":
          throw new Error(command.detail);
      }
    } catch (error) {
      this.#failed(error as Error);
      return "failed";
    }
  }

  get busy(): boolean {
    return this.#running.size > 0;
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
    return `${arrow} ${bar(first.progress, inert(first.progress.name), first.speed, columns - 2 - more.length)}${more}`;
  }

  async #send(account: Account, to: string, path: string): Promise<Outcome> {
    return this.#moving(path, async (onProgress, signal) => {
      const reply = await sendFile(account, to, path, this.#paused, { signal, onProgress });
      const { size: bytes = 0, id } = (reply["file"] ?? {}) as { size?: number; id?: string };
      const state = reply["state"] === "queued" ? " (it waits: that realm does not answer now)" : "";
      return { words: `${basename(path)} sent to ${to}, ${size(bytes)}${state}`, fields: { id, to } };
    });
  }

  async #get(account: Account, { what, from, out }: FileCommand & { does: "get" }): Promise<Outcome> {
    const { downloads, output } = this.#around;
    const file = await find((input) => ask(account, "files", input), { what, ...(from !== undefined && { from }) });
    if (out === "-") {
      if (!output) throw new Error("-o - is for scripts: its bytes would spoil the screen");
      return this.#moving(file.name, async (onProgress, signal) => {
        await getFile(account, file, output, { signal, onProgress });
        return { words: "", fields: { id: file.id } };
      });
    }
    const ofGroup = file.group !== undefined;
    const to =
      out === undefined ? inDownloads(downloads, account.user, ofGroup, file.name) : await atPath(out, file.name);
    return this.#moving(file.name, async (onProgress, signal) => {
      const path = await getFile(account, file, to, { signal, onProgress });
      return { words: `${file.name} → ${path}`, fields: { id: file.id, path } };
    });
  }

  async #list(account: Account, received: boolean): Promise<Outcome> {
    const reply = await ask(account, "files", { received });
    const files = reply.data as readonly Listed[];
    const words = files.length === 0 ? "(nothing)" : files.map(listed).join("\n");
    this.#around.say(this.#around.view === "json" ? JSON.stringify(reply) : words);
    return "done";
  }

  /** Those that run, and those that can be gone on with. */
  #tell(account: Account): void {
    const { view, downloads, say } = this.#around;
    const running = [...this.#running].flatMap(({ progress, speed }) => (progress ? [{ progress, speed }] : []));
    const uploads = this.#paused
      .of(accountName(account))
      .filter(
        ({ path }) => !running.some(({ progress }) => progress.direction === "upload" && path.endsWith(progress.name)),
      );
    const parts = [inDownloads(downloads, account.user, false, ""), inDownloads(downloads, account.user, true, "")]
      .flatMap(({ folder }) => unfinished(folder))
      .filter(
        ({ name }) => !running.some(({ progress }) => progress.direction === "download" && progress.name === name),
      );
    if (view === "json") {
      for (const { progress } of running) say(json(progress, "running"));
      for (const { path, to, size: all } of uploads) {
        say(
          JSON.stringify({
            type: "transfer",
            v: 1,
            direction: "upload",
            name: basename(path),
            path,
            to,
            state: "paused",
            size: all,
          }),
        );
      }
      for (const { name, here } of parts) {
        say(JSON.stringify({ type: "transfer", v: 1, direction: "download", name, state: "paused", done: here }));
      }
      return;
    }
    const lines = [
      ...running.map(({ progress, speed }) => `${progress.direction}  ${line(progress, inert(progress.name), speed)}`),
      ...uploads.map(({ path, to, size: all }) => `paused  sendfile ${to} ${inert(path)}  ${size(all)}`),
      ...parts.map(({ name, here }) => `paused  getfile ${inert(name)}  ${size(here)} are here`),
    ];
    say(lines.length === 0 ? "(nothing)" : lines.join("\n"));
  }

  async #moving(
    name: string,
    run: (
      onProgress: (progress: Progress) => void,
      signal: AbortSignal,
    ) => Promise<{ words: string; fields: Readonly<Record<string, unknown>> }>,
  ): Promise<Outcome> {
    const one: Running = { progress: undefined, rate: undefined, speed: 0, said: 0 };
    const { signal } = this.#abort;
    this.#running.add(one);
    await this.#turn();
    try {
      const { words, fields } = await run((progress) => this.#moved(one, progress), signal);
      this.#running.delete(one);
      if (this.#around.view === "json") this.#json(one, "done", fields);
      else if (words !== "") this.#around.say(inert(words));
      return "done";
    } catch (error) {
      this.#running.delete(one);
      const { message } = error as Error;
      const state = error instanceof Paused ? "paused" : "failed";
      if (this.#around.view === "json") {
        const { code, detail } = error instanceof Refused ? error.reply : { code: undefined, detail: message };
        this.#json(one, state, { code, detail });
      } else if (state === "paused") {
        const why = signal.aborted ? "" : ` (${message})`;
        this.#around.say(inert(`${basename(name)}: paused${why}; the same command goes on`));
      } else {
        this.#failed(error as Error);
      }
      return state;
    } finally {
      this.#active--;
      this.#waiting.shift()?.();
      this.#around.onMoved();
    }
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

  #moved(one: Running, progress: Progress): void {
    const now = performance.now();
    if (one.progress?.hashing !== progress.hashing) one.rate = new Rate(progress.done, now);
    one.speed = one.rate?.sample(progress.done, now) ?? 0;
    one.progress = progress;
    const { view, say, onMoved } = this.#around;
    if (now - one.said < EVERY_MS[view]) return;
    one.said = now;
    if (view === "bar") onMoved();
    else say(view === "json" ? json(progress, "running") : line(progress, inert(progress.name), one.speed));
  }

  #json({ progress }: Running, state: string, fields: Readonly<Record<string, unknown>>): void {
    const known = progress ?? {};
    this.#around.say(JSON.stringify({ type: "transfer", v: 1, ...known, hashing: undefined, state, ...fields }));
  }

  #failed(error: Error): void {
    if (this.#around.view === "json") {
      this.#around.say(JSON.stringify({ type: "error", v: 1, detail: error.message }));
    } else {
      this.#around.say(error instanceof Refused ? replyInWords(error.reply) : inert(error.message));
    }
  }
}

function worst(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find((one) => one === "failed") ?? outcomes.find((one) => one === "paused") ?? "done";
}

/** Downloads in a folder that are not whole. */
function unfinished(folder: string): { name: string; here: number }[] {
  try {
    return readdirSync(folder).flatMap((path) => {
      const [, name] = /^\.(.+)\.[0-9a-f]{8}\.part$/.exec(path) ?? [];
      return name === undefined ? [] : [{ name, here: statSync(join(folder, path)).size }];
    });
  } catch {
    return [];
  }
}
