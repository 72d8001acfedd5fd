/**
 * What a server still has in memory of what was under way, although nothing is: it walks the live objects, from a listener on, and
 * private fields too. A list, a map or a flag that is added is looked at without anybody thinking of it: it must be empty, or be
 * named in `LASTING`.
 */
import { EventEmitter } from "node:events";
import { Model } from "../../src/state/model.ts";
import { fieldsOf } from "./private-fields.ts";

/** By `Class.field`: what there is although nobody asks for anything, and why. */
const LASTING: Readonly<Record<string, string>> = {
  "Listener.#servers": "it listens",
  "Listener.#connections": "those that are open",
  "ConnectionCount.#byAddress": "the same",
  "Presence.#connections": "the same, see simulator/nodes/beside.ts",
  "Presence.#online": "the same",
  "Attendance.#present": "the same",
  "Attendance.#known": "somebody has logged in on the connection",
  "Watching.#byUser": "as Presence.#connections",
  "Watching.#byGroup": "a cache, see simulator/nodes/beside.ts",
  "Participants.#heralds": "they take part in every turn",
  "Repeats.#isShared": "there are several nodes",
  "Input.#moved": "of an unfinished request, if there is one",
  "Frames.#over": "the client has said its last word",
  "Shares.#isAsked": "of the turn that it was counted in",
  "Realms.#isFollowing": "it has begun",
  "Realms.#mustLook": "from one check to the next",
  "Realms.#peers": "one for each realm that is known",
  "Directory.isWanted": "until this node has the link",
  "Links.#flapping": "for some time after a link has ended soon",
  "Dialer.#refused": "what came of the last link",
  "Bounded.#map": "passwords that were tried, for some time",
  "TypingPace.#typed": "until it is looked at next",
  "Seen.#gone": "until it is kept: within two minutes",
  "Asking.#posted": "the latest, for what may come back",
  "Removals.#leaving": "for what may be done again, for half a minute",
  "Removals.#removed": "until it is removed",
};

/** Looked at elsewhere, or nothing of a server's. */
const OTHERS: ReadonlySet<string> = new Set([
  ...["Machine", "Promise", "WeakMap", "Searching", "Dialect", "Identity", "NodeLog", "NodeLeases", "RealmNames"],
  // Parts of the model, compared by likeness.ts.
  ...["Users", "Groups"],
  // Links that have ended stay until there is another.
  ...["AcceptedLink", "DialedLink"],
]);

/** @returns `Class.field: how it is reached`, of what should be empty and is not */
export function leftoversOf(listener: object): string[] {
  const places = new Map<object, string>([[listener, ""]]);
  const found: string[] = [];
  const visit = (value: unknown, place: string): void => {
    if (typeof value !== "object" || value === null || places.has(value) || isOthers(value)) return;
    places.set(value, place);
  };
  // What is added while it goes on is visited, too.
  for (const [one, place] of places) {
    for (const [field, value] of innerOf(one)) {
      const of = `${one.constructor.name}.${field}`;
      if (of === "Asking.#posted") continue;
      if (isClass(one) && !(of in LASTING) && holds(value)) found.push(`${of}: ${place}`);
      visit(value, `${place}.${field}`);
    }
  }
  return found;
}

function innerOf(one: object): readonly (readonly [string, unknown])[] {
  if (one instanceof Map) return [...one].flatMap(([key, value]) => [["key", key] as const, ["value", value] as const]);
  if (one instanceof Set || Array.isArray(one)) return [...one].map((value) => ["one", value] as const);
  return isClass(one) ? fieldsOf(one) : Object.entries(one);
}

function isClass(one: object): boolean {
  return ![Object, Map, Set, Array].some((kind) => one.constructor === kind);
}

function isOthers(one: object): boolean {
  if (one instanceof Model || one instanceof EventEmitter || one instanceof Uint8Array) return true;
  return OTHERS.has(one.constructor.name);
}

function holds(value: unknown): boolean {
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  return Array.isArray(value) ? value.length > 0 : value === true;
}
