/**
 * What a model has in memory, field for field, private fields too: it walks the live objects, so that a field that is added is
 * compared without anybody thinking of it. What is a node's own (caches, what it counts for itself) is named in `OWN`.
 */
import type { Conversation, Group, Party } from "../../src/state/entities.ts";
import type { Model } from "../../src/state/model.ts";
import { fieldsOf } from "./private-fields.ts";

/** By `Class.field`: not of the state, and why. */
const OWN: Readonly<Record<string, string>> = {
  "State.#log": "where it is kept",
  "State.#followers": "who is told",
  "State.#staged": "of the turn",
  "State.#failures": "turns that were undone here",
  "State.#ordered": "of the turn",
  "Messages.#pages": "where it is kept",
  "Conversations.#pages": "where it is kept",
  "Conversations.#users": "a part of the model that is looked at already",
  "Mutes.#groups": "the same",
  "Outbox.#pages": "where it is kept",
  "TurnRows.#pages": "where it is kept",
  "Conversations.#near": "a cache: what is in it is read by number",
  "Conversations.#past": "a cache",
  "Conversations.#held": "a cache",
  "Conversations.#released": "a cache",
  "Conversations.#changed": "what must not leave the cache",
  "Conversations.#kept": "the size of the cache",
  "Groups.#lastOrder": "it only has to be higher than that of any member who is there",
  "Groups.#moves": "each node counts for itself",
  "Outbox.#last": "numbers of turns that were undone are left out",
  "Errands.#last": "it only has to be higher than that of any errand that is there",
  "GivenPages.#last": "each node counts its own replies",
  "Files.#given": "each node counts for itself",
  "share.order": "each node counts for itself; the order itself is that of the lists",
};

/** What a node that starts is told again by the others. */
const TOLD_AGAIN: Readonly<Record<string, string>> = {
  "realm.headsAsked": "told whenever it is asked",
  "realm.linkedOn": "it asks for that",
  "realm.names": "it asks for them, and gets them once there is a link",
};

/** What a node that starts does not need. */
const PASSING: Readonly<Record<string, string>> = {
  "realm.gaps": "asked again over the next link",
  "group.returned": "a repeated post is recognised by its number",
  "Outbox.#awaited": "requests end with their node",
  "Outbox.#byClientId": "the same",
  "Outbox.#removed": "for what has left, of which nothing is there to be read",
  "GivenPages.#byUser": "replies end with their node",
};

/** Lists whose order nobody sees. */
const UNORDERED: ReadonlySet<string> = new Set(["Online.#nodes", "GivenPages.#byUser"]);

/** Of a group that is gone nobody asks for these: they are there for `undo`. */
const OF_WHAT_IS_THERE: ReadonlySet<string> = new Set(["members", "invited", "bans", "silences", "realms", "owner"]);

/** By place: what is there, as text. */
export type Likeness = ReadonlyMap<string, string>;

/** `all`: of those that were there from the beginning; `later`: of one that came later; `kept`: of one that nobody tells anything. */
export type Depth = "all" | "later" | "kept";

export function likenessOf(model: Model, depth: Depth = "all"): Likeness {
  return new Walk(depth).of(model);
}

/** Where two differ: `place: one / other`. */
export function differences(one: Likeness, other: Likeness): string[] {
  const places = [...new Set([...one.keys(), ...other.keys()])].sort();
  return places
    .filter((place) => one.get(place) !== other.get(place))
    .map((place) => `${place}: ${one.get(place) ?? "nothing"} / ${other.get(place) ?? "nothing"}`);
}

class Walk {
  readonly #depth: Depth;
  readonly #found = new Map<string, string>();
  /** What has a name of its own, by that name. */
  readonly #named = new Map<string, object>();
  readonly #waiting: [name: string, kind: string, one: object][] = [];
  readonly #inside = new Set<object>();

  constructor(depth: Depth) {
    this.#depth = depth;
  }

  of(model: Model): Likeness {
    for (const [key, value] of fieldsOf(model)) this.#put(key, "State", key, value);
    this.#readable(model);
    this.#listed(model);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const [name, kind, one] = next;
      for (const [key, value] of Object.entries(one)) {
        if (!this.#isPast(one, key)) this.#put(`${name}.${key}`, kind, key, value);
      }
    }
    return this.#found;
  }

  #put(place: string, kind: string, key: string, value: unknown): void {
    if (typeof value === "function" || this.#isLeftOut(kind, key)) return;
    if (isPart(value)) {
      for (const [field, inner] of fieldsOf(value))
        this.#put(`${place}.${field}`, value.constructor.name, field, inner);
      return;
    }
    if (value instanceof Map) {
      const isUnordered = UNORDERED.has(`${kind}.${key}`);
      for (const [of, one] of value) {
        const inner: unknown = isUnordered ? new Set(one as Iterable<unknown>) : one;
        this.#set(() => `${place}[${this.#text(of)}]`, inner);
      }
      return;
    }
    this.#set(() => place, value);
  }

  /** What holds nothing is as if it were not there. */
  #set(place: () => string, value: unknown): void {
    const text = this.#text(value);
    if (!isNothing(text)) this.#found.set(place(), text);
  }

  /** Of a group that is gone, or a realm without a link. */
  #isPast(one: object, key: string): boolean {
    if ("gone" in one && "members" in one) return one.gone === true && OF_WHAT_IS_THERE.has(key);
    return this.#depth !== "all" && key === "names" && "linkedOn" in one && one.linkedOn === undefined;
  }

  #isLeftOut(kind: string, key: string): boolean {
    const of = `${kind}.${key}`;
    if (of in OWN) return true;
    return this.#depth !== "all" && (of in PASSING || (this.#depth === "kept" && of in TOLD_AGAIN));
  }

  /** What is read from the log where it is not in memory. */
  #readable(model: Model): void {
    const { messages, users } = model;
    const last = Number(this.#found.get("messages.#conversations.#last") ?? 0);
    for (let id = 1; id <= last; id++) {
      const conversation = messages.byId(id);
      this.#set(() => `conversation at ${id}`, conversation);
      if (conversation) this.#set(() => `pins of ${id}`, messages.pinsOf(conversation));
    }
    for (const user of users.all()) {
      const others = [...messages.othersOf(user)].map((other) => this.#text(other));
      this.#set(() => `conversations of ${this.#text(user)}`, others.sort());
    }
    for (let seq = 1; seq <= messages.last; seq++) this.#set(() => `message at ${seq}`, messages.get(seq));
  }

  /** What people are told in the order in which it is there. */
  #listed({ users, groups, sessions, realms, bans }: Model): void {
    const known = [...groups.all(), ...realms.all().flatMap(({ key }) => groups.at(key))];
    for (const group of known) this.#set(() => `members of ${this.#text(group)}`, [...group.members.keys()]);
    for (const user of users.all()) {
      this.#set(() => `groups of ${this.#text(user)}`, [...groups.of(user)]);
      this.#set(() => `sessions of ${this.#text(user)}`, [...sessions.of(user)]);
    }
    this.#set(() => "realms", realms.all());
    this.#set(() => "bans", bans.all());
  }

  #text(value: unknown): string {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value !== "object" || value === null)
      return typeof value === "function" ? "" : (JSON.stringify(value) ?? "undefined");
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    const name = nameOf(value);
    if (name !== undefined) return this.#name(name, value);
    if (this.#inside.has(value)) throw new Error(`it holds itself, and has no name: ${Object.keys(value).join()}`);
    this.#inside.add(value);
    try {
      return this.#inner(value);
    } finally {
      this.#inside.delete(value);
    }
  }

  #inner(value: object): string {
    if (Array.isArray(value)) return `[${value.map((one) => this.#text(one)).join(", ")}]`;
    if (value instanceof Set)
      return `{${[...value]
        .map((one) => this.#text(one))
        .sort()
        .join(", ")}}`.replace("{}", "[]");
    if (value instanceof Map) {
      const entries = [...value].flatMap(([key, one]) => {
        const text = this.#text(one);
        return isNothing(text) ? [] : `${this.#text(key)}: ${text}`;
      });
      return `{${entries.sort().join(", ")}}`;
    }
    const kind = "from" in value && "to" in value && "order" in value ? "share" : value.constructor.name;
    const fields = isPart(value) ? fieldsOf(value) : Object.entries(value);
    const texts = [...fields]
      .filter(([key, one]) => one !== undefined && typeof one !== "function" && !this.#isLeftOut(kind, key))
      .map(([key, one]) => `${key}: ${this.#text(one)}`);
    return `{${texts.sort().join(", ")}}`;
  }

  #name([kind, id]: readonly [string, unknown], one: object): string {
    const name = `${kind} ${String(id)}`;
    const known = this.#named.get(name);
    if (!known) {
      this.#named.set(name, one);
      this.#waiting.push([name, kind, one]);
    } else if (known !== one && kind !== "message") this.#found.set(`${name} twice`, "two objects");
    return name;
  }
}

/** What is as good as nothing. */
const NOTHING_WAITS = "{items: 0, size: 0}";
const NOTHING_SET = `{allow: "everyone", presence: true, refuseGroups: false}`;

function isNothing(text: string): boolean {
  return ["{}", "[]", "undefined", "0", NOTHING_WAITS, NOTHING_SET].includes(text);
}

/** Of what is referred to from several places. */
function nameOf(one: object): readonly [kind: string, id: unknown] | undefined {
  if ("fullName" in one && "key" in one) return ["party", (one as Party).id];
  if ("members" in one && "heard" in one) return ["group", (one as Group).id];
  if ("head" in one && "of" in one) return ["conversation", (one as Conversation).id];
  if ("sha256" in one && "id" in one) return ["file", one.id];
  if ("hash" in one && "user" in one && "id" in one) return ["session", one.id];
  if ("headsAsked" in one && "key" in one) return ["realm", one.key];
  if ("seq" in one && "prev" in one) return ["message", one.seq];
  return undefined;
}

/** An object of one of the program's classes. */
function isPart(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (value instanceof Map || value instanceof Set || value instanceof Uint8Array) return false;
  return value.constructor !== Object && nameOf(value) === undefined;
}
