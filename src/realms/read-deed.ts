/** Reads what another server says of the rules of a group, and of what somebody does in one: JSON that may be anything. */
import type { GroupDeed } from "../contract/items.ts";
import { accesses, type GroupSettings, postings, reaches, roles } from "../contract/shapes.ts";
import { countOf } from "../operations/untrusted.ts";
import { choice, type Kind, MOST_KEEP_DAYS, MOST_SLOW_SECONDS, name, Problem, topic, why } from "../protocol/kinds.ts";
import { fullAddress, type JsonObject, Malformed } from "./malformed.ts";

/** The longest time that a request can name, in ms. */
const MOST_MS = 99_999 * 86_400_000;

const access = choice("access", accesses);
const history = choice("history", reaches);
const posting = choice("posting", postings);
const role = choice("role", roles);
const newName = name("name");

/** All settings of a group. @throws Malformed */
export function settingsOf(item: JsonObject): GroupSettings {
  return {
    access: word(access, item["access"]),
    history: word(history, item["history"]),
    posting: word(posting, item["posting"]),
    listed: item["listed"] === true,
    keep: number(item["keep"], "keep", MOST_KEEP_DAYS),
  };
}

/** @throws Malformed */
export function topicOf(item: JsonObject): string {
  return item["topic"] === "" ? "" : word(topic, item["topic"]);
}

/** @throws Malformed */
export function slowOf(value: unknown): number {
  return number(value, "slow", MOST_SLOW_SECONDS);
}

/** A reason, if one is given. @throws Malformed */
export function whyOf(item: JsonObject): { readonly why?: string } {
  return item["why"] === undefined ? {} : { why: word(why, item["why"]) };
}

/** @throws Malformed */
export function deedOf(deed: JsonObject): GroupDeed {
  const user = (): string => fullAddress(deed["user"], "user");
  const until = (): { readonly for?: number } =>
    deed["for"] === undefined ? {} : { for: number(deed["for"], "for", MOST_MS) };
  switch (deed["do"]) {
    case "set":
      return { do: "set", ...someSettings(deed) };
    case "topic":
      return { do: "topic", topic: topicOf(deed) };
    case "slow":
      return { do: "slow", seconds: slowOf(deed["seconds"]) };
    case "rename":
      return { do: "rename", name: word(newName, deed["name"]) };
    case "delete":
    case "bans":
      return { do: deed["do"] };
    case "role":
      return { do: "role", user: user(), role: word(role, deed["role"]) };
    case "invite":
    case "unban":
    case "unsilence":
      return { do: deed["do"], user: user() };
    case "kick":
      return { do: "kick", user: user(), ...whyOf(deed) };
    case "ban":
    case "silence":
      return { do: deed["do"], user: user(), ...until() };
    default:
      throw new Malformed("deed: not one that is known here");
  }
}

function someSettings(deed: JsonObject): Partial<GroupSettings> {
  return {
    ...(deed["access"] !== undefined && { access: word(access, deed["access"]) }),
    ...(deed["history"] !== undefined && { history: word(history, deed["history"]) }),
    ...(deed["posting"] !== undefined && { posting: word(posting, deed["posting"]) }),
    ...(deed["listed"] !== undefined && { listed: deed["listed"] === true }),
    ...(deed["keep"] !== undefined && { keep: number(deed["keep"], "keep", MOST_KEEP_DAYS) }),
  };
}

function word<T>(kind: Kind<T>, value: unknown): T {
  const read = typeof value === "string" ? kind.read(value) : new Problem("not a text");
  if (read instanceof Problem) throw new Malformed(read.detail);
  return read;
}

function number(value: unknown, what: string, most: number): number {
  const read = countOf(value);
  if (read === undefined || read > most) throw new Malformed(`${what}: not a number up to ${most}`);
  return read;
}
