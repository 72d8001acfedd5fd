/**
 * What a typed line is: a message to somebody, a command of the client, or a request of the protocols. In doubt it is
 * refused, and what it might have been is said: a slip is never sent to anybody.
 */

import type { Address } from "../../contract/shapes.ts";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { isUuid } from "../../protocol/kinds.ts";
import type { ToldMessage } from "../../protocol/replies.ts";
import { AdminSlip } from "../admin/commands.ts";
import { adminRequest } from "../admin/request.ts";
import { SERVER } from "../chat-message.ts";
import { parseExport } from "../export/wanted.ts";
import { type FileCommand, parseFileCommand } from "../files/file-command.ts";
import { topics } from "../help.ts";
import { detailInWords, wording } from "../language/wording.ts";
import { addressText, receiverOf } from "../receiver.ts";
import { searchWithOptions } from "../search.ts";
import { hasToken, isLogin, isTokenLike, secretFrom } from "../secrets.ts";
import { splitWords } from "../shell-words.ts";
import { suggestions, unknownWord } from "../spelling.ts";
import {
  commandWords,
  insteadOfRequest,
  isRequest,
  isSpecWord,
  type OwnCommand,
  ownCommand,
  requestsOf,
} from "../vocabulary.ts";
import { ircCommand } from "./irc.ts";
import type { LineContext } from "./line-context.ts";
import { inOpenGroup, runningGroup } from "./open-group.ts";
import { type Reaction, reactionIn, withEmoji, withId } from "./reaction.ts";

export type Interpretation =
  | { readonly is: "nothing" }
  /** `unsure`: with a name in it that is not known here yet, it may be a slip. */
  | {
      readonly is: "message";
      readonly to: string;
      readonly text: string;
      readonly unsure?: true;
      /** The message that it answers. */
      readonly reply?: ToldMessage;
    }
  | { readonly is: "open"; readonly name: string }
  /** Files, with local paths. */
  | { readonly is: "files"; readonly command: FileCommand }
  /** Of the client's own. @see vocabulary.ts */
  | { readonly is: "command"; readonly command: OwnCommand; readonly words: readonly string[] }
  /** Have one's account erased, which is asked for once more, with the password. */
  | { readonly is: "erase" }
  /** Log in, or make an account, with a password that is still to be asked for. */
  | { readonly is: "login"; readonly word: string; readonly user: string }
  | { readonly is: "request"; readonly text: string }
  /** `unsure`: it may be understood once the names are asked for again. */
  | { readonly is: "refused"; readonly why: string; readonly unsure: boolean };

/** Words that begin a request, and often a sentence. */
const EVERYDAY_WORDS = new Set("send info join leave login register auth inbox logout ls my download".split(" "));

/** Commands of the client that take one name, and nothing behind it but what `namesOne` allows. */
const NAMES_ONE = new Set(["open", "ignore", "mute"]);

/** Requests that people say to each other, too. */
const GREETINGS = new Set(["hello", "ping", "away", "back", "status", "typing"]);

const auto = dialectNamed("auto");

/** What a line means. @param line as it was typed. @param known what is open and known where it was typed */
export function interpret(line: string, known: LineContext): Interpretation {
  const { open } = known;
  if (line.trim() === "") return { is: "nothing" };
  if (line.startsWith("//")) return toConversation(line.slice(1), open);
  const reaction = open === undefined ? undefined : reactionIn(line, known.last);
  if (reaction) return reacting(reaction, known.last.length);
  if (line.startsWith("/")) return command(withId(line.slice(1), open === undefined ? [] : known.last), known);
  if (/^[@#]/.test(line)) return addressed(line);
  if (open === undefined) return command(line.trimStart(), known);
  if (/^\s/.test(line)) return toConversation(line.slice(1), open);
  // A line that logs in is neither said by mistake, which would show the password, nor done by mistake.
  if (isLoggingIn(line)) return doubtful(wording.chat.wouldLogIn(open));
  return isCommand(line, known) ? command(line, known, open) : (slip(line, known) ?? toConversation(line, open));
}

function reacting({ message, word, emoji }: Reaction, count: number): Interpretation {
  if (message === undefined) return doubtful(wording.chat.notSoMany(count));
  if (emoji === undefined) return doubtful(wording.chat.noEmoji);
  return { is: "request", text: `${word} ${message.id} ${emoji}` };
}

function toConversation(text: string, open: string | undefined): Interpretation {
  if (open === undefined || open === SERVER) return refused(open ? wording.chat.toServer : wording.chat.toWhom);
  return { is: "message", to: open, text };
}

function refused(why: string, unsure = false): Interpretation {
  return { is: "refused", why, unsure };
}

function doubtful(why: string, unsure = false): Interpretation {
  return refused(wording.chat.beginWithBlank(why), unsure);
}

function isLoggingIn(line: string): boolean {
  const [word = "", name = "", ...rest] = splitWords(line);
  return secretFrom(line) !== undefined || (isLogin(word) && name !== "" && rest.length === 0);
}

/** `@bob text`, `#dev text`, or either alone. */
function addressed(line: string): Interpretation {
  const [, sign = "", name = "", text] = /^([@#])(\S*)(?:\s([\s\S]*))?$/.exec(line) ?? [];
  if (!/^[A-Za-z0-9][\w.-]*(@[\w.-]+)?$/.test(name)) {
    return refused(wording.chat.noNameOf(sign, name));
  }
  const to = sign === "#" ? `#${name}` : name;
  return text === undefined || text.trim() === "" ? { is: "open", name: to } : { is: "message", to, text };
}

/** A line that is taken for a command. @param open where it would be said if it was no command after all */
function command(typed: string, known: LineContext, open?: string): Interpretation {
  const irc = ircCommand(typed, known.open);
  if (typeof irc === "object") return refused(irc.why);
  if (irc !== undefined && /^[@#]/.test(irc)) return addressed(irc);
  const line = runningGroup(inOpenGroup(irc ?? withEmoji(typed), known), known);
  const words = splitWords(line);
  const [word = ""] = words;
  const files = parseFileCommand(words);
  if (files) return { is: "files", command: files };
  const command = ownCommand(word);
  if (command && command.in !== "shell" && !command.files && fitsOwnCommand(command, words)) {
    const [, name = ""] = words;
    const isKnown = name.startsWith("#") ? known.hasGroup(name.slice(1)) : known.hasUser(name) || known.hasGroup(name);
    if (open !== undefined && namesOne(command, words) && !isKnown) {
      return doubtful(wording.chat.stranger(name, open), true);
    }
    return { is: "command", command, words };
  }
  const asAdmin = adminOf(words);
  if (asAdmin) return asAdmin;
  const instead = insteadOfRequest(word);
  if (!isRequest(word) || (instead !== undefined && decoded(line, known) === undefined)) {
    const usage = command?.usage ?? instead;
    const isNothing = known.open === undefined && suggestions(word).length === 0;
    const hint = isNothing ? wording.chat.nothingOpen(word) : unknownWord(word || "/");
    return refused(usage === undefined ? hint : wording.use(usage));
  }
  if (isLogin(word) && words.length === 2) return { is: "login", word, user: words[1] as string };
  if (word.toLowerCase() === "erase" && words[1]?.toLowerCase() !== "cancel") {
    return words.length === 1 ? { is: "erase" } : refused(wording.use("erase | erase cancel"));
  }
  // Only the server knows whether a token is valid: what looks like one is sent to it, and never into a message.
  const read = auto.decode(line, { isToken: isTokenLike, isRealm: (name) => known.hasRealm(name) });
  if (!("input" in read)) {
    const { detail = "" } = read.failure;
    // The connection is logged in: forms with a token are shown only where there are no others.
    const all = requestsOf(word);
    const rows = all.filter(({ pattern }) => !pattern.wantsToken);
    const use = wording.use((rows.length === 0 ? all : rows).map(({ pattern }) => pattern.source).join(" | "));
    const why = detail.startsWith("use: ") ? "" : detailInWords(detail);
    return refused(why === "" ? use : why);
  }
  const { operation } = read.row;
  if (operation === "watch" && read.input["on"] === false) {
    return refused(wording.chat.alwaysListens);
  }
  if (operation === "dialect") {
    return refused(wording.chat.everyDialect);
  }
  if (open !== undefined) {
    const stranger = strangerIn(read.row.pattern.source, read.input, known);
    if (stranger !== undefined) {
      return doubtful(wording.chat.stranger(stranger, open), true);
    }
  }
  const { text, id } = read.input as { text?: string; id?: string };
  const reply = operation === "reply" && read.token === undefined ? known.message(id ?? "") : undefined;
  if (reply && text !== undefined) return { is: "message", to: known.placeOf(reply), text, reply };
  const to = read.token === undefined && text !== undefined ? receiverOf(operation, read.input) : undefined;
  return to === undefined ? { is: "request", text: line } : { is: "message", to, text: text as string };
}

/** An operator's command that is not the request itself, or is none for a slip. */
function adminOf(words: readonly string[]): Interpretation | undefined {
  try {
    const text = adminRequest(words);
    return text === undefined ? undefined : { is: "request", text };
  } catch (error) {
    if (error instanceof AdminSlip) return refused(error.message);
    throw error;
  }
}

/** `mute #kelas`, `mute #kelas mentions`. */
function namesOne({ name }: OwnCommand, { length, 2: third = "" }: readonly string[]): boolean {
  if (!NAMES_ONE.has(name)) return false;
  return length === 2 || (name === "mute" && length === 3 && third.toLowerCase() === "mentions");
}

/** Not so `history bob limit 5`, which is a request, and `quit smoking`, which is neither. */
function fitsOwnCommand(command: OwnCommand, words: readonly string[]): boolean {
  if (command.takes.length === 0) return words.length === 1;
  if (command.name === "mute") return words.length === 1 || namesOne(command, words);
  if (command.name === "o") return words.length === 1 || (words.length === 2 && /^\d+$/.test(words[1] as string));
  return command.name !== "history" || (words.length <= 3 && !/^(before|limit)$/i.test(words[2] ?? ""));
}

/** With a conversation open: is a line plainly a command, and not something to say? */
function isCommand(line: string, known: LineContext): boolean {
  const words = splitWords(line);
  const [word = "", second = "", third = ""] = words.map((one) => one.toLowerCase());
  if (GREETINGS.has(word)) return false;
  const isPlace = /^[#@]/.test(second) || known.hasUser(second) || known.hasGroup(second);
  const command = ownCommand(word);
  if (command && command.in !== "shell" && !isUuid(second)) {
    // Alone it is what people say, too.
    if (command.name === "o") return words.length === 2 && /^\d+$/.test(second);
    if (words.length === 1) return true;
    // Whether an unknown name is meant, `command` asks.
    if (namesOne(command, words)) return true;
    if (["sendfile", "getfile", "unignore", "unmute"].includes(command.name)) return true;
    if (command.name === "files") return words.length === 2 && second === "received";
    if (command.name === "help")
      return words.length === 2 && (topics.includes(second) || commandWords.includes(second));
    if (command.name === "export")
      return typeof parseExport(words.slice(1)) !== "string" && (isPlace || second.startsWith("-"));
    if (command.name === "search" && isSearch(words, known)) return true;
    if (command.name === "history" && words.length === 2 && /^\d+$/.test(second)) return true;
    return isPlace && (words.length === 2 || command.name === "history" || command.name === "search");
  }
  if (!isRequest(word)) return false;
  if (word === "admin" && adminOf(words) !== undefined) return true;
  if (hasToken(line) || words.length === 1) return true;
  if (isSpecWord(word) && !EVERYDAY_WORDS.has(word)) return true;
  // `download file USER NAME` of spec 004.
  if (word === "download" && second === "file" && known.hasUser(third)) return true;
  const read = decoded(line, known);
  if (read === undefined) return false;
  if (isSpecWord(word)) return true;
  return strangerIn(read.row.pattern.source, read.input, known) === undefined;
}

/** Whether it names a place, or options of the protocol that fit. */
function isSearch(words: readonly string[], known: LineContext): boolean {
  const search = searchWithOptions(words);
  if (!search) return false;
  const { with: place, from } = search;
  const isPlace = place === undefined || /^#/.test(place) || known.hasUser(place) || known.hasGroup(place);
  return isPlace && (from === undefined || known.hasUser(addressText(from)));
}

/** With a conversation open: a line that would be a command with its first word spelled a little differently. */
function slip(line: string, known: LineContext): Interpretation | undefined {
  const words = splitWords(line);
  const [word = "", second = ""] = words;
  // `exit ID` is meant for `edit`, and `pin kelas`, which is no request, for `pins`.
  const isOther = isUuid(second) || (known.hasGroup(second) && decoded(line, known) === undefined);
  // Words of requests are near each other (`ban`, `bans`, `invite`, `invited`): one that fits is meant.
  const isMeant = isRequest(word) && words.length > 1 && decoded(line, known) !== undefined;
  if (!isOther && (ownCommand(word) || isMeant)) return undefined;
  const rest = line.slice(line.indexOf(word) + word.length);
  let unsure = false;
  for (const candidate of suggestions(word)) {
    if (GREETINGS.has(candidate) || candidate === word.toLowerCase()) continue;
    const corrected = candidate + rest;
    // A single word is a slip only where the corrected one would be a request as it stands.
    if (words.length === 1 && !ownCommand(candidate) && decoded(corrected, known) === undefined) continue;
    const isMeant = isLoggingIn(corrected) || isCommand(corrected, known);
    const meaning = isMeant ? command(corrected, known, known.open) : undefined;
    if (meaning && !(meaning.is === "refused" && meaning.unsure)) {
      return doubtful(wording.chat.meant(candidate, known.open as string));
    }
    unsure ||= meaning !== undefined;
  }
  return unsure ? { is: "message", to: known.open as string, text: line, unsure: true } : undefined;
}

interface Decoded {
  readonly row: { readonly pattern: { readonly source: string } };
  readonly input: Readonly<Record<string, unknown>>;
}

function decoded(line: string, known: LineContext): Decoded | undefined {
  const read = auto.decode(line, { isToken: () => false, isRealm: (name) => known.hasRealm(name) });
  return "input" in read ? read : undefined;
}

/** A name in a request that nobody has; in one that makes an account or a group, none. */
function strangerIn(pattern: string, input: Readonly<Record<string, unknown>>, known: LineContext): string | undefined {
  if (/^(addgroup|add_group|mkgr|creategroup|register|invited|auth|accept|decline)/.test(pattern)) return undefined;
  const { user, group, to } = input as { user?: Address | string; group?: Address | string; to?: string };
  const [person, place] = [user, group].map((one) => (one === undefined ? undefined : addressText(one)));
  if (person !== undefined && !known.hasUser(person)) return wording.chat.user(person);
  if (place !== undefined && !known.hasGroup(place)) return wording.chat.group(place);
  if (/^post /.test(pattern) && to !== undefined && !to.startsWith("#") && !known.hasUser(to))
    return wording.chat.user(to);
  return undefined;
}
