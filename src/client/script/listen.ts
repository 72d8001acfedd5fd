/** `listen`: messages as they come, until there are enough, time is up, or somebody interrupts. A lost connection comes back. */
import parse from "yargs-parser";
import { Connection } from "../../connection/connection.ts";
import { Follower } from "../../connection/follower.ts";
import { isSameName } from "../chat-message.ts";
import { wording } from "../language/wording.ts";
import { errorInWords } from "../refusal-words.ts";
import { eventInWords } from "../render.ts";
import type { ReconnectingOptions } from "./each-line.ts";
import { type Exit, ExitError, endOf, exits } from "./exits.ts";

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

/** Prints messages until there are enough. @throws RefusedRequest, LinkError when it cannot begin */
export async function listen(wanted: ListenFilter, { stopped, output, ...options }: ListenOptions): Promise<Exit> {
  let came = 0;
  let begun = false;
  const { promise: over, resolve: end } = Promise.withResolvers<Exit>();
  const { from, group, count } = wanted;
  const follower = new Follower({
    onMessage(message) {
      if (from !== undefined && !isSameName(message.from, from)) return;
      if (group !== undefined && !isSameName(message.group ?? "", group)) return;
      if (count !== undefined && came >= count) return;
      came++;
      output.message(message);
      if (count !== undefined && came >= count) end(exits.done);
    },
  });
  const connection = new Connection({
    ...options,
    dialect: "auto",
    pulse: "session",
    onEvent(event) {
      if (event.event === "closing") output.aside(eventInWords(event));
      else follower.handle(event);
    },
    greet: (call) => follower.follow(call),
    onState(state) {
      if (state.is === "up" && !begun) output.aside(wording.script.listening);
      if (state.is === "up") begun = true;
      if (state.is === "down" && begun) output.aside(errorInWords(state.error));
    },
  });
  const timer = wanted.wait === undefined ? undefined : setTimeout(() => end(enough()), wanted.wait);
  const enough = (): Exit => (came === 0 || (count ?? 0) > came ? exits.nothing : exits.done);
  // One that has begun goes on until it is lost for good.
  const failed = connection.connect().catch((error: unknown) => {
    if (!begun) throw error;
  });
  const lost = connection.lost.catch((error: Error) => endOf(error).code);
  try {
    return await Promise.race([over, stopped, failed.then(() => lost)]);
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}
