/** `listen`: messages as they come, until there are enough, time is up, or somebody interrupts. A link that is lost comes back. */
import parse from "yargs-parser";
import { type ChatMessage, isSameName, messageOf, messagesIn } from "../chat-message.ts";
import { type ChatClient, isOk, LinkError, type Reply, type ServerEvent } from "../client.ts";
import { wording } from "../language/wording.ts";
import { FinalError, Link } from "../link.ts";
import { messagesSince, newestMessageId } from "../message-history.ts";
import { type Exit, ExitError, exits, refusal } from "./exits.ts";
import { type ReconnectingOptions, resume } from "./resume.ts";

/** What is listened for, and until when. */
export interface ListenFilter {
  /** Only what this user says. */
  readonly from: string | undefined;
  /** Only what is said in this group. */
  readonly group: string | undefined;
  /** How many are enough. */
  readonly count: number | undefined;
  /** How long to wait for them, in ms. */
  readonly wait: number | undefined;
}

/** The words behind `listen`. @throws ExitError */
export function parseListen(words: readonly string[]): ListenFilter {
  const given = parse([...words], {
    string: ["from", "group", "C", "W"],
    configuration: { "parse-numbers": false, "camel-case-expansion": false },
  });
  const use = wording.use("listen [--from USER] [--group GROUP] [-C COUNT] [-W SECONDS]");
  const unknown = Object.keys(given).filter((name) => !["_", "from", "group", "C", "W"].includes(name));
  if (unknown.length > 0 || given._.length > 0) throw new ExitError(exits.usage, use);
  const number = (text: unknown, form: RegExp): number | undefined => {
    if (text === undefined) return undefined;
    const value = form.test(String(text)) ? Number(text) : 0;
    if (!(value > 0)) throw new ExitError(exits.usage, use);
    return value;
  };
  const [from, group] = [given["from"], given["group"]].map((value) => (typeof value === "string" ? value : undefined));
  if ([given["from"], given["group"]].some((value) => Array.isArray(value) || value === "")) {
    throw new ExitError(exits.usage, use);
  }
  const wait = number(given["W"], /^\d{1,8}(\.\d+)?$/);
  return {
    from: from?.replace(/^@/, ""),
    group: group?.replace(/^#/, ""),
    count: number(given["C"], /^\d{1,9}$/),
    wait: wait === undefined ? undefined : wait * 1000,
  };
}

export interface ListenOptions extends ReconnectingOptions {
  /** Resolves when somebody interrupts. */
  readonly stopped: Promise<Exit>;
}

/** Prints messages until there are enough. @throws ExitError when it cannot begin */
export async function listen(wanted: ListenFilter, options: ListenOptions): Promise<Exit> {
  const { output } = options;
  let came = 0;
  let newest: string | undefined;
  let begun = false;
  const { promise: over, resolve: end } = Promise.withResolvers<Exit>();
  const take = (message: ChatMessage): void => {
    if (newest !== undefined && message.id <= newest) return;
    newest = message.id;
    const { from, group, count } = wanted;
    if (from !== undefined && !isSameName(message.from, from)) return;
    if (group !== undefined && !isSameName(message.group ?? "", group)) return;
    if (count !== undefined && came >= count) return;
    came++;
    output.message(message);
    if (count !== undefined && came >= count) end(exits.done);
  };
  /** Events that come while what was missed is being asked for. */
  let held: ChatMessage[] | undefined;
  const onEvent = ({ event, data }: ServerEvent): void => {
    const message = event === "message" || event === "file" ? messageOf(data) : undefined;
    if (message && held) held.push(message);
    else if (message) take(message);
  };
  const greet = async (client: ChatClient): Promise<void> => {
    const ask = async (text: string): Promise<Reply> => {
      const reply = await client.request(text);
      if (!isOk(reply)) throw refusal(reply);
      return reply;
    };
    const later: ChatMessage[] = [];
    held = later;
    try {
      await resume(client, options.token);
      const request = (text: string): Promise<Reply> => client.request(text);
      // Nothing older than the newest message at the start is printed, all that is newer is, however often the link is lost.
      if (!begun && newest === undefined) newest = await newestMessageId(request);
      await ask("watch on");
      if (newest !== undefined) (await messagesSince(request, newest, Number.POSITIVE_INFINITY)).messages.forEach(take);
      else messagesIn(await ask("unread")).forEach(take);
    } finally {
      held = undefined;
    }
    later.forEach(take);
  };
  const link = new Link({
    ...options,
    onEvent,
    greet,
    onState(state) {
      if (state.is === "up" && !begun) output.aside(wording.script.listening);
      if (state.is === "up") begun = true;
      if (state.is !== "down" || !begun) return;
      output.aside(state.reason);
      if (state.at === undefined) end(state.error instanceof FinalError ? exits.login : exits.unknownFate);
    },
  });
  const timer = wanted.wait === undefined ? undefined : setTimeout(() => end(enough()), wanted.wait);
  const enough = (): Exit => (came === 0 || (wanted.count ?? 0) > came ? exits.nothing : exits.done);
  try {
    const failed = link.connect().then((isUp) => {
      const { state } = link;
      if (isUp || begun) return new Promise<never>(() => {});
      throw state.is === "down" ? state.error : new LinkError(wording.link.none);
    });
    return await Promise.race([over, options.stopped, failed]);
  } finally {
    clearTimeout(timer);
    link.close();
  }
}
