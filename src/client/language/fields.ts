/** Parts of a reply for the texts of a language; what others wrote is made inert. */
import type { Reply } from "../../connection/errors.ts";
import { inert } from "../terminal/inert.ts";

/** A text or a number in a reply, at the end of a path; empty if there is none. */
export function field(reply: Reply, ...path: readonly string[]): string {
  let value: unknown = reply;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? inert(value) : "";
}

/** The texts of a list in a reply, as one text; empty if there are none. */
export function listed(reply: Reply, name: string): string {
  const list = reply[name];
  return Array.isArray(list) ? inert(list.filter((one) => typeof one === "string").join(", ")) : "";
}

/** Of the answer to `erase`: realms that do not delete what one has said, as one text; empty if all do. */
export function keepingRealms(reply: Reply): string {
  const realms = reply["realms"];
  if (!Array.isArray(realms)) return "";
  const keeping = realms.filter((one: { readonly deletes?: unknown } | null) => one?.deletes === false);
  return keeping.map((one: Reply) => field(one, "realm")).join(", ");
}

/** What a server calls a state, in words; one that is not known here as it is. */
export function stateIn(states: Readonly<Record<string, string>>, state: string): string {
  return Object.hasOwn(states, state) ? (states[state] as string) : state;
}
