/**
 * What the server itself tells a user of what has become of a request that waited for another realm (PROTOCOL.md, "What users
 * see"), in words. Scripts read it as it is.
 */
import type { ToldMessage } from "../protocol/replies.ts";
import { SERVER } from "./chat-message.ts";
import { wording } from "./language/wording.ts";
import { reasonInWords } from "./refusal-words.ts";

/** A code, and what the other server says of it. */
const REASON = "(?<reason>[a-z-]+ \\(.*\\))";

const NOT_DELIVERED = notice(`not delivered: (?<id>\\S+) to (?<to>\\S+): ${REASON}`);

type Said = Readonly<Record<string, string>>;

/** @param was the beginning of the message that it is about, inert; empty where it is not known */
type InWords = (said: Said, was: string) => string;

const notices: readonly (readonly [RegExp, InWords])[] = [
  [
    NOT_DELIVERED,
    ({ to = "", reason = "" }, was) => wording.notices.notDelivered(named(to), was, reasonInWords(reason)),
  ],
  [
    notice(`not joined: (?<group>\\S+): ${REASON}`),
    ({ group = "", reason = "" }) => wording.notices.notJoined(group, reasonInWords(reason)),
  ],
  [
    notice("not joined: (?<group>\\S+): you were called (?<name>\\S+) when you asked"),
    ({ group = "", name = "" }) => wording.notices.notJoined(group, wording.notices.calledThen(name)),
  ],
  [
    notice(`not in (?<group>\\S+): (?<user>\\S+): ${REASON}`),
    ({ group = "", user = "", reason = "" }) => wording.notices.notIn(user, group, reasonInWords(reason)),
  ],
  [
    notice(`not done: (?<deed>\\S+) in (?<group>\\S+): ${REASON}`),
    ({ deed = "", group = "", reason = "" }) => wording.notices.notDone(deed, group, reasonInWords(reason)),
  ],
  [
    notice(`not asked: (?<user>\\S+) to join (?<group>\\S+): ${REASON}`),
    ({ user = "", group = "", reason = "" }) => wording.notices.notAsked(user, group, reasonInWords(reason)),
  ],
];

/** What a message says to people: the server's notices in words, any other as it is. @param was as of `InWords` */
export function textOf({ from, message }: Pick<ToldMessage, "from" | "message">, was = ""): string {
  if (from !== SERVER) return message;
  for (const [pattern, inWords] of notices) {
    const said = pattern.exec(message)?.groups;
    if (said) return inWords(said, was);
  }
  return message;
}

/** The id of the message that a notice of the server is about. */
export function aboutWhich({ from, message }: Pick<ToldMessage, "from" | "message">): string | undefined {
  return from === SERVER ? NOT_DELIVERED.exec(message)?.groups?.["id"] : undefined;
}

function notice(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`, "s");
}

/** `a,b@rumah` as `a@rumah, b@rumah`. */
function named(to: string): string {
  const [names = "", realm = ""] = to.split("@");
  return names
    .split(",")
    .map((name) => `${name}@${realm}`)
    .join(", ");
}
