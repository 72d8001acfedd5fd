/** `3 +1`: a reaction to the message that is the third from the end; `3 -1` takes it back. */
import type { ToldMessage } from "../../protocol/replies.ts";
import { emojiNamed } from "../emoji-names.ts";
import { graphemes } from "../terminal/graphemes.ts";

/** What a line says of a message by its number: of which, and what is to be asked for. */
export interface Reaction {
  /** Undefined where there are not so many. */
  readonly message: ToldMessage | undefined;
  readonly word: "react" | "unreact";
  /** Undefined for a name that none has. */
  readonly emoji: string | undefined;
}

/** `react ID :heart:` and `react ID +1` with the emoji that are meant. */
export function withEmoji(line: string): string {
  return line.replace(/^((?:un)?react\s+\S+\s+)(?::(\S+):|([+-]1))\s*$/i, (whole, before: string, name, sign) => {
    const emoji = emojiNamed(String(name ?? sign));
    return emoji === undefined ? whole : before + emoji;
  });
}

/** `react 3 :heart:` is `3 +:heart:`: the number stands where an id does. */
const NAMED = /^(un)?react\s+([1-9]\d{0,2})\s+\+?([^\s+-]\S*)$/i;

/** `/reply 3 TEXT`: a message by its number from the end. */
const ABOUT = /^(reply|edit|delete|forward|report|pin|unpin|versions)(\s+)([1-9]\d{0,2})(?=\s|$)/i;

/** The number of the message that a command, typed without its slash, is about; undefined where it names none so. */
export function numberIn(line: string): number | undefined {
  const [, , , number] = ABOUT.exec(line) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** A command about a message by its number, with the message's id; as it is where there are not so many. @param counted the newest first */
export function withId(line: string, counted: readonly ToldMessage[]): string {
  return line.replace(ABOUT, (whole, word: string, blank: string, number: string) => {
    const message = counted[Number(number) - 1];
    return message === undefined ? whole : word + blank + message.id;
  });
}

/** @param counted the newest first. @returns undefined for a line that is no reaction */
export function reactionIn(line: string, counted: readonly ToldMessage[]): Reaction | undefined {
  const said = line.trimEnd().replace(/^\//, "");
  const short = said.replace(NAMED, (_, un: string | undefined, count, what) => `${count} ${un ? "-" : "+"}${what}`);
  const [, number = "", sign = "", what = ""] = /^([1-9]\d{0,2}) ([+-])(\S+)$/.exec(short) ?? [];
  const name = what === "1" ? "+1" : /^:(.+):$/.exec(what)?.[1];
  // A letter or a digit is none: "2 +2" is said to people.
  const isEmoji = name !== undefined || (graphemes(what).length === 1 && !/^[\p{L}\p{N}!-~]$/u.test(what));
  if (number === "" || !isEmoji) return undefined;
  return {
    message: counted[Number(number) - 1],
    word: sign === "+" ? "react" : "unreact",
    emoji: name === undefined ? what : emojiNamed(name),
  };
}
