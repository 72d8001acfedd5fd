/** What one has muted. The server keeps it, for all of one's clients; this is what it has told. */
import type { Call } from "../../connection/call.ts";
import { orRefusal, RefusedRequest, UnreadableReply } from "../../connection/errors.ts";
import type { MuteMode } from "../../contract/shapes.ts";
import type { ReplyTo, ToldEvent } from "../../protocol/replies.ts";
import { isSameName, renamed } from "../chat-message.ts";
import { errorInWords } from "../refusal-words.ts";
import { inert } from "../terminal/inert.ts";
import type { Preferences } from "./preferences.ts";

type Mode = false | MuteMode;

/** Refusals that may be none the next time. */
const PASSING = new Set(["rate-limited", "storage", "internal"]);

export class Mutes {
  /** By names in lower case. */
  #modes = new Map<string, Mode>();
  /** What was told while the server is asked for all of them: its answer may be older. */
  #news: Map<string, Mode> | undefined;

  /** How a user or `#group` is muted. */
  of(name: string): Mode {
    return this.#modes.get(name.toLowerCase()) ?? false;
  }

  /** Whether something there is only counted. @param mentions it names the reader */
  silences(name: string, mentions: boolean): boolean {
    const mode = this.of(name);
    return mode === "all" || (mode === "mentions" && !mentions);
  }

  set(name: string, mode: Mode): void {
    this.#news?.set(name.toLowerCase(), mode);
    this.#modes.set(name.toLowerCase(), mode);
  }

  /** Takes over what an event says of them: a group's is gone with the membership, and goes on under another name. */
  follow(event: ToldEvent, me: string | undefined): void {
    if (event.event === "muted") this.set(event.data.with, event.data.muted);
    else if (event.event === "leave" && isSameName(event.data.user, me ?? "")) this.set(`#${event.data.group}`, false);
    else if (event.event === "group") this.#followGroup(event.data);
  }

  #followGroup({ group, name, gone }: (ToldEvent & { readonly event: "group" })["data"]): void {
    const mode = this.of(`#${group}`);
    if (mode === false || (name === undefined && gone !== true)) return;
    this.set(`#${group}`, false);
    if (name !== undefined) this.set(`#${renamed(group, name)}`, mode);
  }

  /** Somebody else has logged in. @param before what an older client has kept here: it counts until the server is asked */
  begin(before: readonly string[]): void {
    this.#news = undefined;
    this.#modes = new Map(before.map((name) => [name, "all"]));
  }

  /**
   * On each new connection: asks the server for all, and gives it what an older client has kept here.
   * @returns what the server does not mute, each with the reason. @throws LinkError
   */
  async load(call: Call, preferences: Preferences): Promise<string[]> {
    const news = new Map<string, Mode>();
    this.#news = news;
    const told = await listed(call);
    if (this.#news !== news) return [];
    this.#news = undefined;
    // A server that knows of none: what was kept here goes on.
    if (!told) return [];
    this.#modes = new Map([...told.map((one) => [one.with.toLowerCase(), one.muted] as const), ...news]);
    const before = preferences.muted.filter((name) => !this.#modes.has(name));
    const asked = before.map(async (name) => {
      const reply = await orRefusal(call("mute", { with: name, muted: "all" }));
      if (!(reply instanceof RefusedRequest)) this.set(reply.with, reply.muted);
      return { name, reply };
    });
    const refused = (await Promise.all(asked)).flatMap(({ name, reply }) =>
      reply instanceof RefusedRequest ? [{ name, reply }] : [],
    );
    const isLater = ({ reply }: (typeof refused)[number]): boolean => PASSING.has(reply.code);
    if (preferences.muted.length > 0) preferences.keepMuted(refused.filter(isLater).map(({ name }) => name));
    return refused.filter((one) => !isLater(one)).map(({ name, reply }) => `${inert(name)} (${errorInWords(reply)})`);
  }
}

async function listed(call: Call): Promise<ReplyTo<"mutes">["data"] | undefined> {
  try {
    return (await call("mutes", {})).data;
  } catch (error) {
    if (error instanceof RefusedRequest || error instanceof UnreadableReply) return undefined;
    throw error;
  }
}
