/** `listen`: messages as they come, until there are enough, time is up, or somebody interrupts. A link that is lost comes back. */
import parse from "yargs-parser";
import { type ChatClient, isOk, LinkError, type Reply, type ServerEvent, type Trace } from "../client.ts";
import { FinalError, Link } from "../link.ts";
import { type ChatMessage, listed, messageOf, same } from "../messages.ts";
import { since } from "../reading.ts";
import { type Exit, ExitError, exits, refusal } from "./exits.ts";
import type { Output } from "./output.ts";

export interface Wanted {
  /** Only what this user says. */
  readonly from: string | undefined;
  /** Only what is said in this group. */
  readonly group: string | undefined;
  /** How many are enough. */
  readonly count: number | undefined;
  /** How long to wait for them, in ms. */
  readonly wait: number | undefined;
}

/** @throws ExitError */
export function wantedOf(words: readonly string[]): Wanted {
  const given = parse([...words], {
    string: ["from", "group", "C", "W"],
    configuration: { "parse-numbers": false, "camel-case-expansion": false },
  });
  const use = "use: listen [--from USER] [--group GROUP] [-C COUNT] [-W SECONDS]";
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

export interface Surroundings {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly reconnect: boolean;
  readonly output: Output;
  readonly trace: Trace | undefined;
  /** Resolves when it is to end before its time. */
  readonly stopped: Promise<Exit>;
}

/** @throws ExitError when it cannot begin. */
export async function listen(wanted: Wanted, around: Surroundings): Promise<Exit> {
  const { output, trace, reconnect, host, port } = around;
  let came = 0;
  let newest: string | undefined;
  let begun = false;
  let end: (code: Exit) => void = () => {};
  const over = new Promise<Exit>((resolve) => {
    end = resolve;
  });
  const take = (message: ChatMessage): void => {
    if (newest !== undefined && message.id <= newest) return;
    newest = message.id;
    const { from, group, count } = wanted;
    if (from !== undefined && !same(message.from, from)) return;
    if (group !== undefined && !same(message.group ?? "", group)) return;
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
      await ask("dialect auto");
      const resumed = await client.request(`resume ${around.token}`);
      if (resumed.code === "no-session") throw new FinalError(refusal(resumed).message);
      if (!isOk(resumed)) throw refusal(resumed);
      await ask("watch on");
      if (begun && newest !== undefined)
        (await since((text) => client.request(text), newest, Number.POSITIVE_INFINITY)).messages.forEach(take);
      else {
        // What is new at the beginning is not listened for; what comes after it is, however often the link is lost.
        const unread = listed(await ask("unread"));
        if (begun) unread.forEach(take);
        else newest = unread.filter(({ id }) => !later.some((one) => one.id === id)).at(-1)?.id;
      }
    } finally {
      held = undefined;
    }
    later.forEach(take);
  };
  const link = new Link({
    host,
    port,
    reconnect,
    trace,
    onEvent,
    greet,
    onState(state) {
      if (state.is === "up" && !begun) output.aside("listening");
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
      throw state.is === "down" ? state.error : new LinkError("there is no connection");
    });
    return await Promise.race([over, around.stopped, failed]);
  } finally {
    clearTimeout(timer);
    link.close();
  }
}
