/**
 * Plays a conversation (`*.chat`) against a server at an address, or against several that are linked.
 *
 *   # a comment
 *   alice> auth %alice rahasia            alice's connection sends; a new name opens a connection
 *   alice< {"status":"OK","tokenid":"$t"} what the next reply must hold at least; `$t` takes the value
 *   alice<~ {"status":"OK","data":[]}     the same, and the last request is repeated until it is so
 *   alice> send $t %bob halo\ndunia       `$t` gives it back; \n, \t and \\ are escapes
 *   bob*   {"event":"message","data":{}}  the next event must hold at least
 *   alice>> "ping\r\nping\r\n" 2          raw bytes (a JSON string), and how many replies they get
 *   alice|                                half-closes
 *   alice.                                the server must close the connection
 *
 * `%name` is a name made unique for this play, so that a server may be used again. A list must
 * match item by item; what follows a first item "..." must only be in it. The value "$" matches anything,
 * "$absent" nothing; known values stand for themselves inside a text. Replies and events come in any order.
 * Who comes and goes is told only to a play that looks at it: that a user is there after a while depends on the clock.
 *
 * Over several servers, `a.alice` is on the first of them and `b.bob` on the second; `$A` and `$B` are the
 * names of their realms.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../../src/connection/errors.ts";
import { Wire } from "../../src/connection/wire.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";

/** Longest wait for a reply, an event or an end; a server that is slower than this is broken. */
const PATIENCE_MS = 100_000;

/** Between repetitions of a request that has not come true yet. */
const REPEAT_MS = 20;

/** What the servers of a conversation are called. */
const LETTERS = ["a", "b", "c"];

export interface Played {
  /** Each request as it was sent, with its reply. */
  readonly exchanges: readonly { request: string; reply: Reply }[];
}

export interface Place {
  readonly host: string;
  readonly port: number;
}

class Actor {
  readonly client: Wire;
  readonly replies: Promise<Reply>[] = [];
  /** The last request. */
  asked = "";
  readonly events: ToldEvent[];
  wake: () => void = () => {};
  readonly lost: Promise<void>;

  /** @param deaf to who comes and goes */
  static async enter(place: Place, deaf: boolean): Promise<Actor> {
    const events: ToldEvent[] = [];
    let actor: Actor | undefined;
    let lost: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      lost = resolve;
    });
    const client = await Wire.connect({
      ...place,
      onEvent(event) {
        if (deaf && event.event === "presence") return;
        events.push(event);
        actor?.wake();
      },
      onLost: () => lost(),
    });
    actor = new Actor(client, events, ended);
    return actor;
  }

  private constructor(client: Wire, events: ToldEvent[], lost: Promise<void>) {
    this.client = client;
    this.events = events;
    this.lost = lost;
  }

  async event(): Promise<ToldEvent> {
    for (;;) {
      const event = this.events.shift();
      if (event) return event;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

/**
 * @param dialect spoken by every connection from its start.
 * @param places one server, or those that the conversation calls a, b, c.
 * @throws Error naming the file's line and what was expected and got.
 */
export async function play(name: string, script: string, dialect: string, ...places: Place[]): Promise<Played> {
  const actors = new Map<string, Actor>();
  const values = places.length > 1 ? await realmNames(places) : new Map<string, unknown>();
  // One of two billion: with sixteen million, some play met a name of another in about one run of a hundred.
  const suffix = Array.from(randomBytes(6), (byte) => (byte % 36).toString(36)).join("");
  const exchanges: { request: string; reply: Reply }[] = [];
  const enter = async (who: string): Promise<Actor> => {
    const known = actors.get(who);
    if (known) return known;
    const place = places[who.includes(".") ? LETTERS.indexOf(who[0] as string) : 0];
    if (!place) throw new Error(`${name}: there is no server for ${who}`);
    const actor = await Actor.enter(place, !script.includes('"presence"'));
    actors.set(who, actor);
    await actor.client.request(`dialect ${dialect}`);
    return actor;
  };
  const ask = (actor: Actor, request: string): Promise<Reply> => {
    const reply = actor.client.request(request);
    reply.then((answer) => exchanges.push({ request, reply: answer })).catch(() => {});
    actor.asked = request;
    return reply;
  };
  try {
    for (const [index, line] of script.split("\n").entries()) {
      const parsed = /^((?:[a-c]\.)?\w+)(>>|<~|[><*|.])\s?(.*)$/.exec(line.trimEnd());
      if (!parsed) {
        if (line.trim() === "" || line.startsWith("#")) continue;
        throw new Error(`${name}:${index + 1}: not a line of a conversation: ${line}`);
      }
      const [, who, sign, rest] = parsed as unknown as [string, string, string, string];
      const at = `${name}:${index + 1}: ${who}${sign} ${rest}`;
      const unique = rest.replace(/%(\w+)/g, (_, word: string) => `${word}${suffix}`);
      const actor = await enter(who);
      if (sign === ">") {
        actor.replies.push(ask(actor, filled(unescaped(unique), values)));
      } else if (sign === ">>") {
        const [, bytes, count] = /^(".*")(?: (\d+))?$/.exec(unique) ?? [];
        const sent = filled(JSON.parse(bytes ?? '""') as string, values);
        const all = actor.client.raw(sent, Number(count ?? 1));
        // The first request; what follows may be a body.
        const [request = ""] = sent.split("\r\n");
        all.then(([reply]) => reply && exchanges.push({ request, reply })).catch(() => {});
        for (let i = 0; i < Number(count ?? 1); i++) actor.replies.push(all.then((list) => list[i] as Reply));
      } else if (sign === "|") {
        actor.client.end();
      } else if (sign === ".") {
        await inTime(at, actor.lost);
      } else {
        const wanted: unknown = JSON.parse(unique.trim());
        const end = Date.now() + PATIENCE_MS;
        let got = await inTime<Reply | ToldEvent>(at, sign === "*" ? actor.event() : next(at, actor.replies));
        while (sign === "<~" && Date.now() < end && compare(wanted, got, new Map(values), "")) {
          await sleep(REPEAT_MS);
          got = await inTime(at, ask(actor, actor.asked));
        }
        const difference = compare(wanted, got, values, "");
        if (difference) throw new Error(`${at}\n  ${difference}\n  got ${JSON.stringify(got)}`);
      }
    }
    for (const [who, actor] of actors) {
      if (actor.replies.length > 0) throw new Error(`${name}: ${who} sent something whose reply is not looked at`);
      // What was told before this answer is here by then; a connection that has ended gives none.
      await actor.client.request("dialect native").catch(() => undefined);
      const [event] = actor.events;
      if (event) throw new Error(`${name}: ${who} was told what is not looked at: ${JSON.stringify(event)}`);
    }
    return { exchanges };
  } finally {
    for (const actor of actors.values()) actor.client.close();
  }
}

/** `A` is the realm of the first server, and so on. */
async function realmNames(places: readonly Place[]): Promise<Map<string, unknown>> {
  const names = new Map<string, unknown>();
  for (const [i, place] of places.entries()) {
    const { client } = await Actor.enter(place, true);
    await client.request("dialect native");
    const { data } = await client.request("hello");
    names.set((LETTERS[i] as string).toUpperCase(), (data as { realm: string }).realm);
    client.close();
  }
  return names;
}

function next(at: string, replies: Promise<Reply>[]): Promise<Reply> {
  return replies.shift() ?? Promise.reject(new Error(`${at}\n  nothing was asked`));
}

async function inTime<T>(at: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${at}\n  nothing came in time`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } catch (error) {
    const { message } = error as Error;
    throw message.startsWith(at) ? error : new Error(`${at}\n  ${message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function unescaped(text: string): string {
  return text.replace(/\\([nt\\])/g, (_, letter: string) => ({ n: "\n", t: "\t" })[letter] ?? "\\");
}

function filled(text: string, values: Map<string, unknown>): string {
  return text.replace(/\$(\w+)/g, (whole, name: string) => (values.has(name) ? String(values.get(name)) : whole));
}

/** What of `wanted` is not in `got`; undefined when all is. */
function compare(wanted: unknown, got: unknown, values: Map<string, unknown>, path: string): string | undefined {
  if (typeof wanted === "string" && /^\$\w*$/.test(wanted)) {
    const name = wanted.slice(1);
    if (name === "absent") return got === undefined ? undefined : `${path}: should not be there`;
    if (name === "") return got === undefined ? `${path}: is missing` : undefined;
    if (values.has(name)) return compare(values.get(name), got, values, path);
    if (got === undefined) return `${path}: is missing`;
    values.set(name, got);
    return undefined;
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(got)) return `${path}: wanted a list`;
    if (wanted[0] === "...") {
      return first(
        wanted.slice(1).map((item) => {
          const match: unknown = got.find((other) => !compare(item, other, new Map(values), ""));
          return match === undefined ? `${path}: has no ${JSON.stringify(item)}` : compare(item, match, values, path);
        }),
      );
    }
    if (got.length !== wanted.length) return `${path}: wanted ${wanted.length} items, got ${got.length}`;
    return first(wanted.map((item, i) => compare(item, got[i], values, `${path}[${i}]`)));
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof got !== "object" || got === null) return `${path}: wanted an object`;
    return first(
      Object.entries(wanted).map(([key, value]) => {
        return compare(value, (got as Record<string, unknown>)[filled(key, values)], values, `${path}.${key}`);
      }),
    );
  }
  if (typeof wanted === "string" && filled(wanted, values) === got) return undefined;
  return wanted === got ? undefined : `${path}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`;
}

function first(differences: readonly (string | undefined)[]): string | undefined {
  return differences.find((difference) => difference !== undefined);
}
