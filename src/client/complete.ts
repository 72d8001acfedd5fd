/** Candidates for completing a line: commands, names, paths, options. */
import { readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { emojiNamed, emojiNames } from "./emoji-names.ts";
import { topics } from "./help.ts";
import type { Completion } from "./terminal/completion.ts";
import type { Candidate } from "./terminal/menu.ts";
import {
  aboutOwn,
  aboutRow,
  commandWords,
  type OwnName,
  ownCommand,
  parametersOf,
  requestsOf,
  type Takes,
  type Words,
} from "./vocabulary.ts";

/** What there is to choose from. */
export interface Choices {
  readonly users: Iterable<string>;
  readonly groups: Iterable<string>;
  readonly realms: Iterable<string>;
  /** Names of files that can be fetched. */
  readonly files: Iterable<string>;
  /** The last messages, the newest first. */
  readonly messages: readonly NamedMessage[];
  /** A conversation is open: a word that begins no command may be a name in what is said. */
  readonly speaking: boolean;
}

/** A message that a line may be about. */
export interface NamedMessage {
  readonly id: string;
  /** Whose it is, and what it says. */
  readonly about: string;
  readonly canEdit: boolean;
  readonly canDelete: boolean;
}

const MOST = 1000;

/** What stands with a value behind what a command takes. */
const OPTIONS: Readonly<Partial<Record<OwnName, readonly string[]>>> = {
  getfile: ["-o"],
  export: ["-o", "--since"],
};

/** @param before the line up to the cursor */
export function complete(before: string, choices: Choices): Completion | undefined {
  // The word being typed begins behind the last blank that is neither quoted nor behind a backslash.
  const word = lastWord(before);
  const start = before.slice(0, before.length - word.length);
  const given = start.trim() === "" ? [] : start.trim().split(/\s+/);
  const [first] = given;
  if (first === undefined) {
    if (word.startsWith("@")) return matching(word, named(choices.users, "@"));
    if (word.startsWith("#")) return matching(word, named(choices.groups, "#"));
    const called = isSpeaking(word, choices) && !word.startsWith("/") ? named(choices.users, "", ": ") : [];
    return matching(word, [...commands(word.startsWith("/") ? "/" : "", " "), ...called]);
  }
  const command = first.replace(/^\//, "");
  if (choices.speaking && given.length === 1 && /^\d+$/.test(command) && /^[+-]/.test(word)) {
    return matching(word, reactions(word[0] as string));
  }
  const takes = /^[@#]/.test(first) ? (["text"] as const) : expected(command, given);
  const said = takes.flatMap((one) => messagesFor(one, choices.messages)).filter(({ text }) => text.startsWith(word));
  if (said.length > 0) return { replaces: word.length, candidates: said, walks: true };
  const found = takes.flatMap((one) => candidates(one, word, choices));
  if (found.length > 0) return matching(word, found);
  return isSpeaking(word, choices) ? matching(word, mentioned(word, choices)) : undefined;
}

/** Whether a word that begins no command may be a name in what is said. */
function isSpeaking(word: string, { speaking }: Choices): boolean {
  return speaking && word.length > 1 && !word.startsWith("-");
}

function mentioned(word: string, { users, groups }: Choices): Candidate[] {
  if (word.startsWith("#")) return named(groups, "#");
  return named(users, word.startsWith("@") ? "@" : "");
}

/** What may stand next in a command, after its words so far. */
function expected(command: string, given: readonly string[]): readonly (Takes | Words)[] {
  const own = ownCommand(command);
  const ofOwn = own ? [own.takes[Math.min(given.length - 1, own.takes.length - 1)]] : [];
  const ofRows = requestsOf(command).flatMap((row) => {
    // The connection is logged in: nobody types a token.
    if (row.pattern.wantsToken) return [];
    const { words, elements } = row.pattern;
    // The first word is known to fit, perhaps in another form of it.
    const isSo = given.every((word, i) => {
      const element = elements[i];
      return i === 0 || element?.is !== "literal" || element.word === word.toLowerCase();
    });
    if (!isSo) return [];
    const next = words[given.length];
    if (next !== undefined) return [{ words: [next] }];
    return [parametersOf(row)[given.length - words.length]];
  });
  const options = (own && OPTIONS[own.name])?.filter((option) => !given.includes(option)) ?? [];
  if (given.at(-1) === "-o") return ["path"];
  if (given.at(-1) === "--since") return [];
  return [...ofOwn, ...ofRows, ...(given.length > 1 && options.length > 0 ? [{ words: options }] : [])].filter(
    (one) => one !== undefined,
  );
}

function candidates(takes: Takes | Words, word: string, choices: Choices): Candidate[] {
  if (typeof takes === "object") return takes.words.map((one) => ({ text: `${one} ` }));
  switch (takes) {
    case "user":
      return named(choices.users);
    case "group":
      return named(choices.groups);
    case "place":
      return word.startsWith("#")
        ? named(choices.groups, "#")
        : [...named(choices.users), ...named(choices.groups, "#")];
    case "realm":
      return named(choices.realms);
    case "file":
      return named(Array.from(choices.files, quoted));
    case "emoji":
      return emojiNames.flatMap((name) => {
        const isMeant = word === "" || `:${name}:`.startsWith(word);
        return isMeant ? [{ text: `:${name}: `, about: emojiNamed(name) }] : [];
      });
    case "path":
      return paths(word);
    case "command":
      return [...commands(), ...topics.map((text) => ({ text }))];
    default:
      return [];
  }
}

/** `+1`, `+:heart:`. */
function reactions(sign: string): Candidate[] {
  return emojiNames.map((name) => ({ text: sign + (name === "+1" ? "1" : `:${name}:`), about: emojiNamed(name) }));
}

/** Messages by their ids; in the menu by the numbers that they have from the end. */
function messagesFor(takes: Takes | Words, messages: readonly NamedMessage[]): Candidate[] {
  return messages.flatMap(({ id, about, canEdit, canDelete }, i) => {
    const fits = takes === "message" || (takes === "own message" ? canEdit : takes === "deletable" && canDelete);
    return fits ? [{ text: `${id} `, label: String(i + 1), about }] : [];
  });
}

/** @param sign that stands before each. @param behind each */
function named(names: Iterable<string>, sign = "", behind = " "): Candidate[] {
  return Array.from(names, (name) => ({ text: sign + name + behind }));
}

function commands(before = "", behind = ""): Candidate[] {
  return commandWords.map((name) => ({ text: before + name + behind, about: aboutWord(name) }));
}

/** Those that begin with the word, each once. */
function matching(word: string, all: readonly Candidate[]): Completion | undefined {
  const wanted = word.toLowerCase();
  const fits = all.filter(({ text }) => text.toLowerCase().startsWith(wanted));
  const each = [...new Map(fits.map((one) => [one.text, one])).values()];
  if (each.length === 0) return undefined;
  const sorted = each.sort((a, b) => (a.text < b.text ? -1 : 1)).slice(0, MOST);
  return { replaces: word.length, candidates: sorted };
}

function aboutWord(word: string): string | undefined {
  const [row] = requestsOf(word);
  const own = ownCommand(word);
  return own ? aboutOwn(own) : row && aboutRow(row);
}

/** Files and folders that a path may go on with; blanks in it with a backslash. */
function paths(word: string): Candidate[] {
  const [, quote = "", rest = ""] = /^(["']?)(.*)$/s.exec(word) ?? [];
  const plain = quote === "" ? rest.replace(/\\(.)/g, "$1") : rest;
  const typed = plain.endsWith("/") ? plain : plain.slice(0, plain.lastIndexOf("/") + 1);
  const folder = plain.endsWith("/") ? plain : dirname(plain);
  const place = folder.replace(/^~(?=\/|$)/, homedir());
  const hidden = plain.slice(typed.length).startsWith(".");
  try {
    return readdirSync(place || ".").flatMap((entry) => {
      if (entry.startsWith(".") && !hidden) return [];
      const isFolder = statSync(join(place || ".", entry), { throwIfNoEntry: false })?.isDirectory() ?? false;
      const path = quote === "" ? escaped(typed + entry) : quote + typed + entry;
      return [{ text: path + (isFolder ? "/" : `${quote} `) }];
    });
  } catch {
    return [];
  }
}

function escaped(path: string): string {
  return path.replace(/[\s"'\\]/g, "\\$&");
}

function quoted(name: string): string {
  return /[\s"'\\]/.test(name) ? escaped(name) : name;
}

function lastWord(before: string): string {
  let start = 0;
  let quote = "";
  for (let i = 0; i < before.length; i++) {
    const sign = before[i] as string;
    if (sign === "\\" && quote !== "'") i++;
    else if (quote !== "") quote = sign === quote ? "" : quote;
    else if (sign === '"' || sign === "'") quote = sign;
    else if (/\s/.test(sign)) start = i + 1;
  }
  return before.slice(start);
}
