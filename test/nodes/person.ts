/** Somebody who talks, watches and looks over a connection that comes back, wherever a balancer leads it. */
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "../../src/connection/client.ts";
import { LinkError, RefusedRequest } from "../../src/connection/errors.ts";
import type { ToldMessage, ToldOrDeleted } from "../../src/protocol/replies.ts";
import type { Chance } from "../simulator/chance.ts";
import { PASSWORD } from "../support/people.ts";
import { until } from "../support/until.ts";
import type { Diary } from "./diary.ts";
import type { Fate, Saying, Shown, Stream } from "./history.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** The longest, in ms, that somebody is silent between two messages, and that he waits to ask again what could not be kept. */
const SILENCE_MS = 60;
const AGAIN_MS = 200;

/** So much of what is said is sent by a request that is not sent again, and so often somebody looks after another's message. */
const PLAIN = 0.5;
const LOOKS = 0.2;

/** Messages of a look. */
const LOOK = 50;

/** How long, in ms, an answer may take. */
export const PATIENCE_MS = 5000;

/** Refusals that pass. */
const PASSING: ReadonlySet<string> = new Set(["storage", "internal"]);

export class Person {
  readonly name: string;
  readonly #diary: Diary;
  readonly #others: (conversation: string) => Person;
  readonly #balancer: Place;
  readonly #chance: Chance;
  readonly #conversations: readonly string[];
  readonly #followed: Shown[] = [];
  readonly #since: string;
  readonly #live: Shown[][] = [];
  #client: Client | undefined;
  #isUp = false;
  #following: Promise<void> = Promise.resolve();
  #talking: Promise<void> = Promise.resolve();
  #isSilent = false;
  #said = 0;

  /** @param others one of those in a conversation, but him. @param since the newest message there is for him */
  constructor(
    name: string,
    diary: Diary,
    others: (conversation: string) => Person,
    balancer: Place,
    since: string,
    chance: Chance,
  ) {
    this.name = name;
    this.#diary = diary;
    this.#others = others;
    this.#balancer = balancer;
    this.#since = since;
    this.#chance = chance;
    this.#conversations = [...diary.members]
      .filter(([, its]) => its.includes(name))
      .map(([conversation]) => conversation);
  }

  /** Over all connections, and over each of them. */
  get streams(): readonly Stream[] {
    const live = this.#live.map((told) => ({ who: this.name, told, since: undefined }));
    return [{ who: this.name, told: this.#followed, since: this.#since }, ...live];
  }

  begin(): void {
    this.#talking = this.#talk().catch((error: unknown) => this.#fault(error));
  }

  async connect(): Promise<void> {
    this.#client = await until(`${this.name} is connected`, () => this.#tryToConnect());
    this.#following = this.#follow(this.#client).catch((error: unknown) => this.#fault(error));
  }

  /** As a program does that was ended and knows what it has dealt with. */
  async restart(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#isUp = false;
    await client?.close();
    await this.#following;
    await this.connect();
  }

  async fallSilent(): Promise<void> {
    this.#isSilent = true;
    await this.#talking;
  }

  /** Until he was told a message, or it takes too long. */
  async hears(id: string | undefined): Promise<void> {
    if (id === undefined) return;
    await until(`${this.name} hears`, () => (this.#followed.at(-1)?.id ?? "") >= id).catch(() => {});
  }

  async leave(): Promise<void> {
    this.#isSilent = true;
    await this.#client?.close();
    await this.#following;
  }

  /** Looks at the end of a conversation, if he is connected now. */
  async look(conversation: string): Promise<void> {
    const asked = this.#diary.tick();
    const client = this.#client;
    if (!client || !this.#isUp) return;
    try {
      const page = await client.call("history", { with: otherIn(conversation, this.name), limit: LOOK });
      const shown = allShown(page.data);
      this.#diary.looks.push({ who: this.name, conversation, asked, shown, isWhole: page.before === undefined });
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
  }

  #fault(error: unknown): void {
    this.#diary.faults.push(`${this.name}: ${(error as Error).stack}`);
  }

  async #tryToConnect(): Promise<Client | undefined> {
    try {
      return await Client.connect({
        host: this.#balancer.host,
        port: this.#balancer.port,
        user: this.name,
        password: PASSWORD,
        timeout: PATIENCE_MS,
        onState: ({ is }) => {
          this.#isUp = is === "up";
          if (is === "connecting") this.#live.push([]);
        },
        onEvent: ({ event, data }) => {
          if (event === "message") this.#live.at(-1)?.push(shownOf(data));
        },
      });
    } catch (error) {
      if (mayPass(error)) return undefined;
      throw error;
    }
  }

  async #follow(client: Client): Promise<void> {
    const since = this.#followed.at(-1)?.id ?? this.#since;
    for await (const message of client.messages({ since })) this.#followed.push(shownOf(message));
  }

  async #talk(): Promise<void> {
    while (!this.#isSilent) {
      const conversation = this.#chance.one(this.#conversations);
      const text = `${this.name}-${this.#said++}`;
      const saying = await (this.#chance.isIn(PLAIN) ? this.#tell(conversation, text) : this.#post(conversation, text));
      if (saying) this.#diary.sayings.push(saying);
      if (saying?.fate === "kept" && this.#chance.isIn(LOOKS)) {
        await this.#others(conversation).look(conversation);
      }
      await pause(this.#chance.below(SILENCE_MS));
    }
  }

  /** Sent until it is acknowledged, by one id. */
  async #post(conversation: string, text: string): Promise<Saying> {
    const asked = this.#diary.tick();
    for (;;) {
      const client = await this.#connected();
      try {
        const { id, time } = await client.send(otherIn(conversation, this.name), text, `c-${text}`);
        return this.#saying(conversation, text, asked, "kept", { id, time });
      } catch (error) {
        if (!mayPass(error)) throw error;
        await pause(AGAIN_MS);
      }
    }
  }

  /** Sent once: where the answer is lost nobody knows. */
  async #tell(conversation: string, text: string): Promise<Saying | undefined> {
    const client = await this.#connected();
    const asked = this.#diary.tick();
    const to = otherIn(conversation, this.name);
    try {
      const { id = "", time = "" } = to.startsWith("#")
        ? await client.call("sendGroup", { group: { name: to.slice(1) }, text })
        : await client.call("send", { user: { name: to }, text });
      return this.#saying(conversation, text, asked, "kept", { id, time });
    } catch (error) {
      if (!mayPass(error)) throw error;
      return this.#saying(conversation, text, asked, error instanceof RefusedRequest ? "refused" : "unknown", {});
    }
  }

  #saying(
    conversation: string,
    text: string,
    asked: number,
    fate: Fate,
    answer: { readonly id?: string; readonly time?: string },
  ): Saying {
    return { from: this.name, conversation, text, asked, answered: this.#diary.tick(), fate, ...answer };
  }

  #connected(): Promise<Client> {
    return until(`${this.name} is connected`, () => this.#isUp && this.#client);
  }
}

/** The connection is lost, or the server cannot now: the same may go well in a moment. */
export function mayPass(error: unknown): boolean {
  return error instanceof LinkError || (error instanceof RefusedRequest && PASSING.has(error.code));
}

/** What one who is in a conversation calls it. */
export function otherIn(conversation: string, name: string): string {
  if (conversation.startsWith("#")) return conversation;
  return conversation.split(" ").find((one) => one !== name) as string;
}

export function allShown(data: readonly ToldOrDeleted[]): readonly Shown[] {
  return data.map((one) => shownOf(one as ToldMessage));
}

function shownOf({ id, from, message, time }: ToldMessage): Shown {
  return { id, from, text: message, time };
}
