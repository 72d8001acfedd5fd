/** Somebody who talks, looks, and makes something of what was said. */
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../src/connection/client.ts";
import { RefusedRequest } from "../../src/connection/errors.ts";
import type { ReplyTo, ToldOrDeleted } from "../../src/protocol/replies.ts";
import type { Chance } from "../simulator/chance.ts";
import { ask, mayPass, type Place, untilDone } from "./asking.ts";
import type { Diary } from "./diary.ts";
import type { Fate, Saying, Shown, What } from "./history.ts";
import { mayGoOn, sendFile } from "./sending.ts";
import { Watcher } from "./watcher.ts";

/** The longest, in ms, that somebody is silent between two deeds. */
const SILENCE_MS = 60;

/** So much of what is said is a file; is sent by a request that is not sent again; is sent by one that two nodes get at once. */
const FILES = 0.04;
const PLAIN = 0.5;
const TWICE = 0.1;

/** So often somebody looks after another's message, makes something of one, marks what he has read. */
const LOOKS = 0.2;
const ALTERS = 0.15;
const READS = 0.1;

/** Of the newest messages of a conversation of which something is made, and of a look. */
const NEW = 20;
const LOOK = 50;

const EMOJI = ["👍", "🎉"];

export interface PersonOptions {
  readonly diary: Diary;
  /** One of those in a conversation, but him. */
  readonly others: (conversation: string) => Person;
  readonly balancer: Place;
  readonly nodes: readonly Place[];
  /** The newest message there is for him. */
  readonly since: string;
  readonly chance: Chance;
}

export class Person extends Watcher {
  readonly #options: PersonOptions;
  readonly #conversations: readonly string[];
  #talking: Promise<void> = Promise.resolve();
  #isSilent = false;
  #said = 0;

  constructor(name: string, options: PersonOptions) {
    super(name, options.balancer, options.since, options.diary);
    this.#options = options;
    this.#conversations = [...options.diary.members]
      .filter(([, its]) => its.includes(name))
      .map(([conversation]) => conversation);
  }

  begin(): void {
    this.#talking = this.#options.diary.follow(this.name, this.#talk());
  }

  async fallSilent(): Promise<void> {
    this.#isSilent = true;
    await this.#talking;
  }

  /** Looks at the end of a conversation, if he is connected now. */
  async look(conversation: string): Promise<void> {
    const { diary } = this.#options;
    const asked = diary.tick();
    const client = this.up;
    if (!client) return;
    try {
      const page = await client.call("history", { with: otherIn(conversation, this.name), limit: LOOK });
      const shown = page.data.map(shownOf);
      diary.looks.push({ who: this.name, conversation, asked, shown, isWhole: page.before === undefined });
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
  }

  async #talk(): Promise<void> {
    const { chance } = this.#options;
    while (!this.#isSilent) {
      const conversation = chance.one(this.#conversations);
      await this.#say(conversation);
      if (chance.isIn(ALTERS)) await this.#alter(conversation);
      if (chance.isIn(READS)) await this.#markRead(conversation);
      await pause(chance.below(SILENCE_MS));
    }
  }

  async #say(conversation: string): Promise<void> {
    const { chance, diary, others } = this.#options;
    const text = `${this.name}-${this.#said++}`;
    const saying = await this.#sayBy(conversation, text);
    diary.sayings.push(saying);
    if (saying.fate === "kept" && chance.isIn(LOOKS)) await others(conversation).look(conversation);
  }

  #sayBy(conversation: string, text: string): Promise<Saying> {
    const { chance } = this.#options;
    if (chance.isIn(FILES)) return this.#send(conversation, text);
    return chance.isIn(PLAIN) ? this.#tell(conversation, text) : this.#post(conversation, text);
  }

  /** Sent until it is acknowledged, by one id. */
  async #post(conversation: string, text: string): Promise<Saying> {
    const { chance, diary, nodes } = this.#options;
    const asked = diary.tick();
    const to = otherIn(conversation, this.name);
    const id = `c-${text}`;
    const again = chance.isIn(TWICE) ? this.#postAt(chance.one(nodes), to, text, id) : undefined;
    const { answer } = await untilDone(async () => (await this.connected()).send(to, text, id));
    const saying = this.#saying(conversation, text, asked, "kept", answer);
    const repeat = await again;
    if (repeat) diary.repeats.push({ conversation, text, ...repeat });
    return saying;
  }

  /** Once, at a node itself. @returns undefined: nobody knows what it has answered */
  async #postAt(
    node: Place,
    to: string,
    text: string,
    clientId: string,
  ): Promise<{ readonly id: string; readonly time: string } | undefined> {
    const { token } = await this.connected();
    try {
      const input = { "client-id": clientId, to, text };
      const { id = "", time = "" } = await ask(node, (wire) => wire.call("post", input, { token }));
      return { id, time };
    } catch (error) {
      // He may have started again meanwhile.
      if (!mayPass(error) && !isSessionOver(error)) throw error;
      return undefined;
    }
  }

  /** Sent once: where the answer is lost nobody knows. */
  async #tell(conversation: string, text: string): Promise<Saying> {
    const client = await this.connected();
    const asked = this.#options.diary.tick();
    const to = otherIn(conversation, this.name);
    try {
      const answer = to.startsWith("#")
        ? await client.call("sendGroup", { group: { name: to.slice(1) }, text })
        : await client.call("send", { user: { name: to }, text });
      return this.#saying(conversation, text, asked, "kept", answer);
    } catch (error) {
      if (!mayPass(error)) throw error;
      return this.#saying(conversation, text, asked, error instanceof RefusedRequest ? "refused" : "unknown", {});
    }
  }

  /** A file, whatever of it has to be sent again. */
  async #send(conversation: string, name: string): Promise<Saying> {
    const { balancer, chance, diary } = this.#options;
    const asked = diary.tick();
    const to = otherIn(conversation, this.name);
    const { answer } = await untilDone(
      async () => sendFile(balancer, (await this.connected()).token, { to, name }, chance),
      mayGoOn,
    );
    const { id, sha256 } = answer.file;
    return { ...this.#saying(conversation, name, asked, "kept", answer), file: { id, sha256 } };
  }

  /** Something is made of one of the newest messages: by who has sent it, or by any reader. */
  async #alter(conversation: string): Promise<void> {
    const { chance, diary } = this.#options;
    const kept = diary.sayings.filter((one) => one.conversation === conversation && one.fate === "kept").slice(-NEW);
    if (kept.length === 0) return;
    const { id: message = "", text: said, from, file } = chance.one(kept);
    const deeds: readonly What[] =
      from === this.name ? ["deleted", ...(file ? [] : (["edited", "edited"] as const))] : ["reacted", "unreacted"];
    const what = chance.one(deeds);
    const text = { edited: `${said}/${diary.tick()}`, deleted: "" }[what as string] ?? chance.one(EMOJI);
    const asked = diary.tick();
    const { answer, isDoubtful } = await untilDone(async () => {
      return alterBy(await this.connected(), message, what, text).catch(unlessGone);
    });
    // What he has deleted himself is not there any more either where the answer was lost.
    if (answer || what === "deleted") {
      const done = { by: this.name, conversation, message, what, text, asked, answered: diary.tick(), isDoubtful };
      diary.alterings.push({ ...done, ...(answer?.alteration !== undefined && { alteration: answer.alteration }) });
    } else diary.missing.push(message);
  }

  /** Up to the newest message of others in it that he was told. */
  async #markRead(conversation: string): Promise<void> {
    const { diary } = this.#options;
    const id = diary.sayings.findLast(
      (one) => one.conversation === conversation && one.id !== undefined && one.id <= this.newest,
    )?.id;
    if (id === undefined) return;
    await untilDone(async () => (await this.connected()).call("markRead", { id }));
    diary.marks.push({ who: this.name, conversation, id });
  }

  #saying(
    conversation: string,
    text: string,
    asked: number,
    fate: Fate,
    { id, time }: { readonly id?: string | undefined; readonly time?: string | undefined },
  ): Saying {
    const answer = id === undefined || time === undefined ? {} : { id, time };
    return { from: this.name, conversation, text, asked, answered: this.#options.diary.tick(), fate, ...answer };
  }
}

function alterBy(client: Client, id: string, what: What, text: string): Promise<ReplyTo<"editMessage">> {
  switch (what) {
    case "edited":
      return client.call("editMessage", { id, text });
    case "deleted":
      return client.call("deleteMessage", { id });
    case "reacted":
      return client.call("react", { id, emoji: text });
    case "unreacted":
      return client.call("unreact", { id, emoji: text });
  }
}

/** @throws it, unless there is no such message */
function unlessGone(error: unknown): undefined {
  if (error instanceof RefusedRequest && error.code === "message-not-found") return undefined;
  throw error;
}

function isSessionOver(error: unknown): boolean {
  return error instanceof RefusedRequest && error.code === "no-session";
}

/** What one who is in a conversation calls it. */
export function otherIn(conversation: string, name: string): string {
  if (conversation.startsWith("#")) return conversation;
  return conversation.split(" ").find((one) => one !== name) as string;
}

export function shownOf(one: ToldOrDeleted): Shown {
  if ("deleted" in one) return { id: one.id, from: "", text: "", time: "", isGone: true };
  const { id, from, message, time, reactions } = one;
  return { id, from, text: message, time, ...(reactions && { reactions }) };
}
