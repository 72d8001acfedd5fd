/** Transfers that are under way: a few at once, the others wait; how each is going, and what becomes of it, is said. */
import { RefusedRequest } from "../../connection/errors.ts";
import { jsonLine } from "../json-line.ts";
import { wording } from "../language/wording.ts";
import { errorInWords, refusalInWords } from "../refusal-words.ts";
import { replyInWords } from "../render.ts";
import { inert } from "../terminal/inert.ts";
import { TransferPaused } from "./errors.ts";
import { progressBar, progressJson, progressLine, Rate } from "./progress.ts";
import type { Progress } from "./transfer.ts";

/** Transfers that run at once. */
const AT_ONCE = 4;

/** How often, in ms, progress is said: redrawn, as lines, as JSON. */
const EVERY_MS = { bar: 100, lines: 2000, json: 250 };

/** How progress is shown. */
export type View = keyof typeof EVERY_MS;

/** What is said: what was asked for; how it is going; that it is done; why it has stopped. */
export type Kind = "answer" | "progress" | "outcome" | "failure";

export type Outcome = "done" | "failed" | "paused";

/** What is transferred; no two with the same key run at once. */
export interface TransferIdentity {
  readonly direction: Progress["direction"];
  readonly name: string;
  readonly key: string;
  /** The output is the file's own: what is said must not stand in it. */
  readonly aside: boolean;
}

export interface RunningTransfer {
  readonly what: TransferIdentity;
  progress: Progress | undefined;
  rate: Rate | undefined;
  /** Bytes per second. */
  speed: number;
  /** When progress was said last, in ms of `performance.now`. */
  said: number;
}

export interface RunningTransfersOptions {
  readonly view: View;
  /** @param aside as in TransferIdentity */
  say(text: string, kind: Kind, aside: boolean): void;
  /** `status` has changed. */
  onMoved(): void;
}

export class RunningTransfers {
  readonly #options: RunningTransfersOptions;
  readonly #running = new Set<RunningTransfer>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Why the last one that did not end well has not. */
  failure: Error | undefined;

  constructor(options: RunningTransfersOptions) {
    this.#options = options;
  }

  get all(): readonly RunningTransfer[] {
    return [...this.#running];
  }

  /** How the first of them is going, in at most so many columns; empty if there is none. */
  status(columns: number): string {
    const [first] = this.#running;
    if (!first?.progress) return "";
    const { direction, name } = first.progress;
    const more = this.#running.size > 1 ? ` (+${this.#running.size - 1})` : "";
    const arrow = direction === "upload" ? "↑" : "↓";
    return `${arrow} ${progressBar(first.progress, inert(name), first.speed, columns - 2 - more.length)}${more}`;
  }

  /**
   * Runs one when it is its turn, and says what became of it.
   * @param transfer does it. @returns what is said when it is done: words, nothing if empty, or more fields of JSON
   */
  async run(
    what: TransferIdentity,
    signal: AbortSignal,
    transfer: (onProgress: (progress: Progress) => void) => Promise<{ words: string; fields: object }>,
  ): Promise<Outcome> {
    const { view, say, onMoved } = this.#options;
    if (this.all.some((other) => other.what.key === what.key)) {
      this.fail(new Error(wording.files.onItsWay(what.name)), what.aside);
      return "failed";
    }
    const one: RunningTransfer = { what, progress: undefined, rate: undefined, speed: 0, said: performance.now() };
    this.#running.add(one);
    this.#timer ??= setInterval(() => this.#tick(), 1000);
    await this.#turn();
    let told = (): void => {};
    try {
      const { words, fields } = await transfer((progress) => this.#moved(one, progress));
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
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
      if (view === "bar") onMoved();
      told();
    }
  }

  /** Says why something about files has not even begun. */
  fail(error: Error, aside: boolean): void {
    this.failure = error;
    const { view, say } = this.#options;
    const detail = error instanceof RefusedRequest ? refusalInWords(error.reply) : error.message;
    if (view === "json") say(jsonLine("error", { detail }), "failure", aside);
    else say(reason(error), "failure", aside);
  }

  #stopped({ what, progress }: RunningTransfer, outcome: Outcome, error: Error, asked: boolean): void {
    const { view, say } = this.#options;
    const { name, aside } = what;
    if (view === "json") {
      const { code, detail } =
        error instanceof RefusedRequest ? error.reply : { code: undefined, detail: error.message };
      say(progressJson({ ...what, ...progress }, outcome, { code, detail }), "failure", aside);
    } else if (outcome === "paused") {
      const why = asked ? "" : ` (${error.message})`;
      const { paused, interrupted, goesOn } = wording.files;
      const then = aside ? `${interrupted}${why}` : `${paused}${why}; ${goesOn}`;
      say(inert(`${name}: ${then}`), "failure", aside);
    } else {
      const words = reason(error);
      say(words.includes(name) ? words : `${inert(name)}: ${words}`, "failure", aside);
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

  /** The speed of one that does not move falls, too. */
  #tick(): void {
    const now = performance.now();
    for (const one of this.#running) {
      if (one.progress) one.speed = one.rate?.sample(one.progress.done, now) ?? 0;
    }
    if (this.#options.view === "bar") this.#options.onMoved();
  }
}

function reason(error: Error): string {
  return error instanceof RefusedRequest ? replyInWords(error.reply) : errorInWords(error);
}
