/**
 * What a typed line means: a message to somebody, a command, or a request as the protocols have it. In doubt it is none of
 * them: a slip is never sent to anybody.
 */
import type { Address } from "../../operations/contract.ts";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { type FileCommand, fileCommand } from "../files/commands.ts";
import { isLogin, isSecret } from "../secrets.ts";
import {
  insteadOf,
  isRequest,
  isSpecWord,
  likely,
  type OwnCommand,
  ownCommand,
  requestsOf,
  unknown,
} from "../vocabulary.ts";
import { wordsOf } from "../words.ts";

export type Meaning =
  | { readonly is: "nothing" }
  | { readonly is: "message"; readonly to: string; readonly text: string }
  | { readonly is: "open"; readonly name: string }
  /** Files, with local paths. */
  | { readonly is: "files"; readonly command: FileCommand }
  /** Of the client's own. @see vocabulary.ts */
  | { readonly is: "command"; readonly command: OwnCommand; readonly words: readonly string[] }
  /** Log in, or make an account, with a password that is still to be asked for. */
  | { readonly is: "login"; readonly word: string; readonly user: string }
  | { readonly is: "request"; readonly text: string }
  /** `unsure`: names that are not known may have come since. */
  | { readonly is: "refused"; readonly why: string; readonly unsure: boolean };

export interface Known {
  /** The conversation that is open. */
  readonly open: string | undefined;
  hasUser(name: string): boolean;
  hasGroup(name: string): boolean;
  hasRealm(name: string): boolean;
}

/** Requests that are words of every day, too: what is said to others may begin with them. */
const EVERYDAY = new Set([
  "send",
  "info",
  "join",
  "leave",
  "login",
  "register",
  "auth",
  "inbox",
  "logout",
  "ls",
  "my",
  "download",
]);

/** Words that people say to each other as often as to a server. */
const GREETINGS = new Set(["hello", "ping"]);

const auto = dialectNamed("auto");

export function meaningOf(line: string, known: Known): Meaning {
  const { open } = known;
  if (line.trim() === "") return { is: "nothing" };
  if (line.startsWith("//")) return said(line.slice(1), open);
  if (line.startsWith("/")) return commanded(line.slice(1), known);
  if (/^[@#]/.test(line)) return addressed(line);
  if (open === undefined) return commanded(line.trimStart(), known);
  if (/^\s/.test(line)) return said(line.slice(1), open);
  return isMeantForServer(line, known) ? commanded(line, known, open) : (slip(line, known) ?? said(line, open));
}

function said(text: string, open: string | undefined): Meaning {
  if (open === undefined) return { is: "refused", why: "to whom? open NAME, or @NAME TEXT", unsure: false };
  return { is: "message", to: open, text };
}

/** `@bob text`, `#dev text`, or either alone. */
function addressed(line: string): Meaning {
  const [, sign = "", name = "", text] = /^([@#])(\S*)(?:\s([\s\S]*))?$/.exec(line) ?? [];
  if (!/^[A-Za-z0-9][\w.-]*(@[\w.-]+)?$/.test(name)) {
    return { is: "refused", why: `${sign}${name} is no name of a ${sign === "#" ? "group" : "user"}`, unsure: false };
  }
  const to = sign === "#" ? `#${name}` : name;
  return text === undefined || text.trim() === "" ? { is: "open", name: to } : { is: "message", to, text };
}

/** A line that asks for something. @param open where it would be said, if it is not what it seems */
function commanded(line: string, known: Known, open?: string): Meaning {
  const words = wordsOf(line);
  const [word = ""] = words;
  const files = fileCommand(words);
  if (files) return { is: "files", command: files };
  const command = ownCommand(word);
  if (command && command.in !== "shell" && !command.files && fitsOwn(command, words)) {
    return { is: "command", command, words };
  }
  const instead = insteadOf(word);
  if (!isRequest(word) || (instead !== undefined && !fitting(line, known))) {
    const hint = command ? `use: ${command.usage}` : instead === undefined ? unknown(word) : `use: ${instead}`;
    return { is: "refused", why: hint, unsure: false };
  }
  if (isLogin(word) && words.length === 2) return { is: "login", word, user: words[1] as string };
  const read = auto.decode(line, { isToken: () => false, isRealm: (name) => known.hasRealm(name) });
  if (!("input" in read)) {
    const use = requestsOf(word).map(({ pattern }) => pattern.source);
    return { is: "refused", why: read.failure.detail ?? `use: ${use.join(" | ")}`, unsure: false };
  }
  const { operation } = read.row;
  if (operation === "dialect") {
    return { is: "refused", why: "the words of every dialect are understood here as they are", unsure: false };
  }
  const input = read.input as { user?: Address | string; group?: Address | string; realm?: string; text?: string };
  if (open !== undefined && !isSecret(line)) {
    const stranger = strangerIn(read.row.pattern.source, input, known);
    if (stranger !== undefined) {
      const why = `there is no ${stranger} here; to say this in ${open}, begin with a blank; to do it all the same, with /`;
      return { is: "refused", why, unsure: true };
    }
  }
  const { user, group, text } = input;
  if (read.token === undefined && text !== undefined) {
    if (operation === "send") return { is: "message", to: written(user as Address), text };
    if (operation === "sendGroup") return { is: "message", to: `#${written(group as Address)}`, text };
    if (operation === "sendToRealm") return { is: "message", to: `${String(user)}@${String(input.realm)}`, text };
  }
  return { is: "request", text: line };
}

/** `history bob limit 5` is the server's. */
function fitsOwn(command: OwnCommand, words: readonly string[]): boolean {
  return command.name !== "history" || (words.length <= 3 && !/^(before|limit)$/i.test(words[2] ?? ""));
}

/** With a conversation open: is it something to do, not to say? Only where it is plain. */
function isMeantForServer(line: string, known: Known): boolean {
  const words = wordsOf(line);
  const [word = ""] = words;
  const lower = word.toLowerCase();
  if (GREETINGS.has(lower)) return false;
  const command = ownCommand(lower);
  if (command && command.in !== "shell") {
    if (words.length === 1) return command.takes.length === 0 || command.usage.includes("[");
    if (["sendfile", "getfile", "unignore", "unmute"].includes(command.name)) return true;
    const [, second = ""] = words;
    if (command.name === "files") return words.length === 2 && second === "received";
    if (command.name === "help") return words.length === 2;
    const isPlace = second.startsWith("#") || known.hasUser(second);
    return isPlace && (words.length === 2 || command.name === "history" || command.name === "search");
  }
  if (!isRequest(lower)) return false;
  const fits = fitting(line, known);
  if (isSpecWord(lower) && !EVERYDAY.has(lower)) return true;
  if (words.length === 1) return fits;
  return isSpecWord(lower) && fits;
}

/** With a conversation open: a word that is nearly one of ours, and what follows it would do. */
function slip(line: string, known: Known): Meaning | undefined {
  const words = wordsOf(line);
  const [word = ""] = words;
  if (isRequest(word) || ownCommand(word)) return undefined;
  const rest = line.slice(line.indexOf(word) + word.length);
  const meant = likely(word).find((candidate) => {
    if (GREETINGS.has(candidate)) return false;
    const corrected = candidate + rest;
    if (isMeantForServer(corrected, known)) {
      const meaning = commanded(corrected, known, known.open);
      return meaning.is !== "refused";
    }
    return false;
  });
  if (meant === undefined) return undefined;
  return {
    is: "refused",
    why: `did you mean ${meant}? to say this in ${known.open}, begin with a blank`,
    unsure: false,
  };
}

function fitting(line: string, known: Known): boolean {
  return "input" in auto.decode(line, { isToken: () => false, isRealm: (name) => known.hasRealm(name) });
}

/** A name in a request that nobody here has; one that is to be made is no stranger. */
function strangerIn(
  pattern: string,
  { user, group }: { user?: Address | string; group?: Address | string },
  known: Known,
): string | undefined {
  if (/^(addgroup|add_group|mkgr|creategroup|register|auth)/.test(pattern)) return undefined;
  const [person, place] = [user, group].map((one) => (one === undefined ? undefined : written(one)));
  if (person !== undefined && !known.hasUser(person)) return `user ${person}`;
  if (place !== undefined && !known.hasGroup(place)) return `group ${place}`;
  return undefined;
}

function written(address: Address | string): string {
  if (typeof address === "string") return address;
  return address.realm === undefined ? address.name : `${address.name}@${address.realm}`;
}
