/** Reads what another server tells of who types and who is there: JSON that may be anything. */
import type { Typing, UserShown } from "../contract/hints.ts";
import { isName } from "../contract/names.ts";
import { countOf, isObject } from "../operations/untrusted.ts";
import { address, note, Problem } from "../protocol/kinds.ts";

/** The latest time that can be written as RFC 3339, in ms since 1970. */
const LATEST = Date.UTC(9999, 11, 31);

/** @returns undefined for anything that is not of this form */
export function readTyping(body: unknown): Typing | undefined {
  if (!isObject(body)) return undefined;
  const { kind, from, to, group, gid } = body;
  if (kind === "message") return isNamed(from) && isNamed(to) ? { kind, from, to } : undefined;
  if (!isNamed(group) || (gid !== undefined && !isGroupId(gid))) return undefined;
  if (kind === "post") return isNamed(from) ? { kind, from, group, ...(gid !== undefined && { gid }) } : undefined;
  const isAddress = typeof from === "string" && from.includes("@") && !(address.read(from) instanceof Problem);
  return kind === "group" && isAddress && gid !== undefined ? { kind, from, group, gid } : undefined;
}

/** @returns undefined for anything that is not of this form */
export function readAsked(body: unknown): { readonly user: string; readonly viewer: string } | undefined {
  const { user, viewer } = isObject(body) ? body : {};
  return isNamed(user) && isNamed(viewer) ? { user, viewer } : undefined;
}

/** What cannot be shown is left out. @returns undefined for anything that is not of this form */
export function readShown(answer: unknown): UserShown | undefined {
  if (!isObject(answer) || typeof answer["online"] !== "boolean") return undefined;
  const { online, away, status, seen } = answer;
  const time = countOf(seen);
  return {
    online,
    away: away === "" ? "" : noteOf(away),
    status: noteOf(status),
    seen: time !== undefined && time <= LATEST ? time : undefined,
  };
}

function noteOf(value: unknown): string | undefined {
  const read = typeof value === "string" ? note.read(value) : undefined;
  return read instanceof Problem ? undefined : read;
}

function isNamed(value: unknown): value is string {
  return typeof value === "string" && isName(value);
}

function isGroupId(value: unknown): value is string {
  return typeof value === "string" && /^[\w-]{1,64}$/.test(value);
}
