/** `listen`: messages as they come, until there are enough, time is up, or somebody interrupts. A link that is lost comes back. */
import parse from "yargs-parser";
import { type ChatMessage, messageOf, same } from "../chat/conversations.ts";
import { Link } from "../chat/link.ts";
import { type ChatClient, isOk, LinkError, type Reply, type ServerEvent } from "../client.ts";
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
  const number = (text: unknown): number | undefined => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text === "" || !(value > 0 && value < 1e9)) throw new ExitError(exits.usage, use);
    return value;
  };
  const [from, group] = [given["from"], given["group"]].map((value) => (typeof value === "string" ? value : undefined));
  if ([given["from"], given["group"]].some((value) => Array.isArray(value) || value === "")) {
    throw new ExitError(exits.usage, use);
  }
  const wait = number(given["W"]);
  return {
    from: from?.replace(/^@/, ""),
    group: group?.replace(/^#/, ""),
    count: number(given["C"]),
    wait: wait === undefined ? undefined : wait * 1000,
  };
}

export interface Surroundings {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly reconnect: boolean;
  readonly output: Output;
  readonly trace: ((direction: ">" | "<", frame: string) => void) | undefined;
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
  const onEvent = (event: ServerEvent): void => {
    trace?.("<", JSON.stringify(event));
    const message = messageOf(event.data);
    if (message && (event.event === "message" || event.event === "file")) take(message);
  };
  const greet = async (client: ChatClient): Promise<void> => {
    const ask = async (text: string): Promise<Reply> => {
      const reply = await client.request(text);
      if (!isOk(reply)) throw refusal(reply);
      return reply;
    };
    await ask("dialect auto");
    await ask(`resume ${around.token}`);
    await ask("watch on");
    const reply = await ask(begun && newest !== undefined ? `inbox since ${newest}` : "unread");
    const all = Array.isArray(reply.data) ? reply.data.flatMap((one) => messageOf(one) ?? []) : [];
    // What is new at the beginning is not listened for: but what comes after it is, however often the link is lost.
    if (begun) all.forEach(take);
    else newest = [newest ?? "", all.at(-1)?.id ?? ""].toSorted().at(-1) || undefined;
  };
  const link = new Link({
    host,
    port,
    reconnect,
    onEvent,
    greet,
    onState(state) {
      if (state.is === "up" && !begun) output.aside("listening");
      if (state.is === "up") begun = true;
      if (state.is !== "down" || !begun) return;
      output.aside(state.reason);
      if (state.at === undefined) end(exits.unknownFate);
    },
  });
  const timer = wanted.wait === undefined ? undefined : setTimeout(() => end(enough()), wanted.wait);
  const enough = (): Exit => (came === 0 || (wanted.count ?? 0) > came ? exits.nothing : exits.done);
  try {
    if (!(await link.connect()) && !begun) {
      const { state } = link;
      throw state.is === "down" ? state.error : new LinkError("there is no connection");
    }
    return await Promise.race([over, around.stopped]);
  } finally {
    clearTimeout(timer);
    link.close();
  }
}
