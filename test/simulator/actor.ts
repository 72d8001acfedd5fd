/** Somebody in the simulator: what he says, in which way, what he is told, and what has become of his words. */

import type { Chance } from "./chance.ts";
import { nameOf, portOf } from "./house.ts";
import { type Fields, Line } from "./line.ts";
import { Machine } from "./machine.ts";
import type { Network } from "./network.ts";

const PATIENCE_MS = 40_000;

/** Something said. */
export interface Words {
  readonly text: string;
  /** `name@realm`, or `#group@realm`. */
  readonly to: string;
  readonly way: "netcat" | "client";
  /** A code; `ok`, or nothing while it is not known. */
  outcome: string | undefined;
  /** It was refused at first, and said again later: others may have come before it. */
  retried: boolean;
}

/** What somebody was told while he watched without a gap. */
export interface Watch {
  readonly told: Fields[];
  /** The number of the newest message of his realm when he knew that he watched; undefined before. */
  since: number | undefined;
  isOpen: boolean;
}

export class Actor {
  readonly name: string;
  readonly realm: number;
  readonly said: Words[] = [];
  readonly watches: Watch[] = [];
  /** What he has said, and has wanted to delete. */
  readonly deleted = new Set<string>();
  /** Groups that somebody has wanted to put him out of: what he says there may be refused after it was taken. */
  readonly putOutOf = new Set<string>();
  readonly #machine: Machine;
  readonly #chance: Chance;
  readonly #trace: (line: string) => void;
  readonly #newest: () => number | undefined;
  #token = "";
  #watch: Line | undefined;
  #client: Line | undefined;
  /** Said by the client's way and not answered yet, in their order. */
  #unanswered: Words[] = [];
  /** Requests about messages that are not answered yet. */
  #altering = 0;
  #stopped = false;

  /** @param newest the number of the newest message of his realm; undefined while its server is down */
  constructor(
    realm: number,
    user: number,
    network: Network,
    chance: Chance,
    trace: (line: string) => void,
    newest: () => number | undefined,
  ) {
    this.#newest = newest;
    this.realm = realm;
    this.name = `u${user}`;
    this.#chance = chance;
    this.#machine = new Machine(`${this.name}${nameOf(realm)}`, network, chance);
    this.#trace = trace;
  }

  get full(): string {
    return `${this.name}@${nameOf(this.realm)}`;
  }

  /** Nothing that he has said or watches is on its way. */
  get isIdle(): boolean {
    return (
      this.#altering === 0 &&
      this.#unanswered.length === 0 &&
      this.#client?.isLost !== true &&
      this.#watch?.isLost !== true
    );
  }

  /** Once, in fair weather: an account, and those connections that he keeps. */
  async begin(): Promise<void> {
    const line = this.#open();
    const reply = await line.ask(`register ${this.name} rahasia ${this.name} id`);
    this.#token = String(reply?.["tokenid"]);
    line.close();
    this.#keepWatching();
    this.#keepSaying();
  }

  async ask(request: string): Promise<Fields | undefined> {
    const line = this.#open();
    const [word, ...rest] = request.split(" ");
    const late = this.#machine.after(PATIENCE_MS, () => line.close());
    const reply = await line.ask([word, this.#token, ...rest].join(" "));
    this.#machine.cancel(late);
    line.close();
    this.#trace(`${this.full} ${request} -> ${JSON.stringify(reply)}`);
    return reply;
  }

  say(to: string, text: string, way: "netcat" | "client"): void {
    const words: Words = { text, to, way, outcome: undefined, retried: false };
    this.said.push(words);
    if (way === "client") {
      this.#unanswered.push(words);
      this.#post(words);
      return;
    }
    const request = to.startsWith("#") ? `sendgroup ${to.slice(1)} ${text}` : `send ${to} ${text}`;
    void this.ask(request).then((reply) => {
      words.outcome = outcomeOf(reply) ?? "unknown";
    });
  }

  /** @param back of those that he may alter so, how many before the newest */
  alter(what: "edit" | "delete" | "react" | "unreact" | "answer", back: number, text: string): void {
    const isOwn = what === "edit" || what === "delete";
    const seen = this.watches
      .flatMap(({ told }) => told)
      .filter(({ event }) => event === "message" || event === "sent")
      .map(({ data }) => data as Fields)
      .filter(({ from }) => !isOwn || from === this.name);
    const { id, message } = seen.at(-1 - back) ?? {};
    if (id === undefined) return;
    if (what === "delete") this.deleted.add(String(message));
    const requests = {
      edit: `edit ${String(id)} ${text}`,
      delete: `delete ${String(id)}`,
      react: `react ${String(id)} ${this.#chance.one(["+", "-"])}`,
      unreact: `unreact ${String(id)}`,
      answer: `reply ${String(id)} ${text}`,
    };
    this.#altering++;
    void this.ask(requests[what]).then(() => this.#altering--);
  }

  /** What he has seen last is read. */
  async mark(): Promise<void> {
    const seen = this.watches.flatMap(({ told }) => told).filter(({ event }) => event === "message");
    if (seen.length === 0) return;
    await this.ask(`read ${String((this.#chance.one(seen)["data"] as Fields)["id"])}`);
  }

  stop(): void {
    this.#stopped = true;
    this.#machine.die();
  }

  #open(more: { onOpen?(): void; onEvent?(event: Fields): void; onLost?(): void } = {}): Line {
    return new Line({ world: this.#machine, port: portOf(this.realm), ...more });
  }

  #later(then: () => void): void {
    if (!this.#stopped) this.#machine.after(this.#chance.between(100, 1500), then);
  }

  #keepWatching(): void {
    const watch: Watch = { told: [], since: undefined, isOpen: true };
    const line = this.#open({
      onEvent: (event) => {
        this.#trace(`${this.full} is told ${JSON.stringify(event)}`);
        watch.told.push(event);
      },
      onLost: () => {
        watch.isOpen = false;
        this.#later(() => this.#keepWatching());
      },
    });
    this.#watch = line;
    this.watches.push(watch);
    void line.ask(`resume ${this.#token}`);
    void line.ask("watch on").then((reply) => {
      if (reply !== undefined && reply["status"] !== "OK") line.close();
      else if (reply !== undefined) watch.since = this.#newest();
    });
  }

  #keepSaying(): void {
    const line = this.#open({ onLost: () => this.#later(() => this.#keepSaying()) });
    this.#client = line;
    void line.ask(`resume ${this.#token}`).then((reply) => {
      if (reply !== undefined && reply["status"] !== "OK") line.close();
    });
    for (const words of this.#unanswered) this.#post(words);
  }

  #post(words: Words): void {
    const line = this.#client;
    if (!line) return;
    void line.ask(`post ${words.text} ${words.to} ${words.text}`).then((reply) => {
      if (reply === undefined) return;
      this.#trace(`${this.full} posts ${words.text} to ${words.to} -> ${JSON.stringify(reply)}`);
      const outcome = outcomeOf(reply);
      // What the disk could not keep, or what came before the session was there, is tried again.
      if (outcome === "storage" || outcome === "no-session") {
        words.retried = true;
        this.#later(() => this.#client && this.#unanswered.includes(words) && this.#post(words));
        return;
      }
      words.outcome = outcome;
      this.#unanswered = this.#unanswered.filter((one) => one !== words);
    });
  }
}

function outcomeOf(reply: Fields | undefined): string | undefined {
  if (reply === undefined) return undefined;
  return reply["status"] === "OK" ? "ok" : String(reply["code"]);
}
