/** Somebody who is told what happens, over a connection that comes back, wherever a balancer leads it. */
import { Client } from "../../src/connection/client.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { PASSWORD } from "../support/people.ts";
import { until } from "../support/until.ts";
import { mayPass, PATIENCE_MS, type Place } from "./asking.ts";
import type { Diary } from "./diary.ts";
import type { Stream, Told } from "./history.ts";

export class Watcher {
  readonly name: string;
  /** The newest message there was for him. */
  readonly since: string;
  readonly #place: Place;
  readonly #diary: Diary;
  readonly #followed: Told[] = [];
  readonly #live: Told[][] = [];
  #client: Client | undefined;
  #isUp = false;
  #following: Promise<void> = Promise.resolve();

  constructor(name: string, place: Place, since: string, diary: Diary) {
    this.name = name;
    this.#place = place;
    this.since = since;
    this.#diary = diary;
  }

  /** Over all connections, and over each of them. */
  get streams(): readonly Stream[] {
    const live = this.#live.map((told) => ({ who: this.name, told, since: undefined }));
    return [{ who: this.name, told: this.#followed, since: this.since }, ...live];
  }

  /** The newest message that he was told. */
  get newest(): string {
    return this.#followed.at(-1)?.id ?? this.since;
  }

  /** The connection, if it is up now. */
  get up(): Client | undefined {
    return this.#isUp ? this.#client : undefined;
  }

  connected(): Promise<Client> {
    return until(`${this.name} is connected`, () => this.up);
  }

  async connect(): Promise<void> {
    const client = await until(`${this.name} is connected`, () => this.#tryToConnect());
    this.#client = client;
    this.#following = this.#diary.follow(this.name, this.#follow(client));
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

  /** Until he was told a message, or it takes too long. */
  async hears(id: string): Promise<void> {
    await until(`${this.name} hears`, () => this.newest >= id).catch(() => {});
  }

  async leave(): Promise<void> {
    await this.#client?.close();
    await this.#following;
  }

  async #tryToConnect(): Promise<Client | undefined> {
    try {
      return await Client.connect({
        host: this.#place.host,
        port: this.#place.port,
        user: this.name,
        password: PASSWORD,
        timeout: PATIENCE_MS,
        onState: ({ is }) => {
          this.#isUp = is === "up";
          if (is === "connecting") this.#live.push([]);
        },
        onEvent: (event) => {
          if (event.event === "fate" && event.data.state !== "delivered") {
            this.#diary.faults.push(`${this.name} was told: ${JSON.stringify(event.data)}`);
          }
          const told = toldOf(event, this.name);
          if (told) this.#live.at(-1)?.push(told);
        },
      });
    } catch (error) {
      if (mayPass(error)) return undefined;
      throw error;
    }
  }

  async #follow(client: Client): Promise<void> {
    for await (const { id, from, message } of client.messages({ since: this.newest })) {
      this.#followed.push({ id, from, text: message });
    }
  }
}

/** What others have said, and made of messages; undefined for anything else. */
export function toldOf({ event, data }: ToldEvent, who: string): Told | undefined {
  switch (event) {
    case "message":
    case "file":
      return { id: data.id, from: data.from, text: data.message };
    case "edited":
    case "deleted":
    case "reacted":
    case "unreacted":
      if (data.by === who) return undefined;
      return {
        ...{ id: data.alteration, from: data.by, text: data.message ?? data.emoji ?? "" },
        alters: { message: data.id, what: event },
      };
    default:
      return undefined;
  }
}
