/** Every word that asks for something: the client's own commands, and the requests of all dialects. */
import type { Operation } from "../contract/operations.ts";
import { accesses, postings, reaches, roles } from "../contract/shapes.ts";
import { about } from "../protocol/about.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { isUuid } from "../protocol/kinds.ts";
import type { Row } from "../protocol/row.ts";
import type { KindName } from "../protocol/values.ts";
import { wording } from "./language/wording.ts";

/** One of these words. */
export interface Words {
  readonly words: readonly string[];
}

/** Of which messages an id is expected. */
type AboutMessage = "message" | "own message" | "deletable" | "emoji";

/** What a parameter is, for completing it. */
export type Takes = "user" | "group" | "place" | "realm" | "path" | "file" | "command" | "word" | "text" | AboutMessage;

/** A command of the client's own. */
export interface OwnCommand<Name extends string = OwnName> {
  readonly name: Name;
  readonly usage: string;
  readonly about: string;
  readonly example: string;
  /** In the prompt, from a shell and in scripts, or both. */
  readonly in: "prompt" | "shell" | "both";
  readonly takes: readonly Takes[];
  /** It is done by files/file-command.ts. */
  readonly files: boolean;
}

type FirstWord<Text extends string> = Text extends `${infer Word} ${string}` ? Word : Text;

function own<Usage extends string>(
  where: OwnCommand<string>["in"],
  usage: Usage,
  about: string,
  example: string,
  takes: readonly Takes[] = [],
): OwnCommand<FirstWord<Usage>> {
  const name = usage.split(" ", 1)[0] as FirstWord<Usage>;
  return { name, usage, about, example, in: where, takes, files: /^(sendfile|getfile|files|transfers)$/.test(name) };
}

const commands = [
  own("prompt", "open NAME|#GROUP", "open a conversation", "open bob", ["place"]),
  own("prompt", "close", "leave the open conversation", "close"),
  own("both", "chats", "list the conversations, the newest first", "chats"),
  own("both", "history [NAME|#GROUP] [COUNT]", "show what was said, 20 of it", "history bob 50", ["place", "word"]),
  own("both", "search [NAME|#GROUP] TEXT", "look for words: with somebody, or everywhere", "search #kelas tugas", [
    "place",
    "text",
  ]),
  own(
    "both",
    "export [NAME|#GROUP] [-o FILE]",
    "write down what was said, all or --since DATE",
    "export bob -o x.txt",
    ["place", "word"],
  ),
  own("prompt", "ignore [NAME]", "show nothing of somebody; alone: list", "ignore carl", ["user"]),
  own("prompt", "unignore NAME", "show somebody again", "unignore carl", ["user"]),
  own(
    "prompt",
    "mute [NAME|#GROUP] [mentions]",
    "only count what comes, or show only what mentions you; alone: list",
    "mute #kelas mentions",
    ["place", "word"],
  ),
  own("prompt", "unmute NAME|#GROUP", "show it again", "unmute #kelas", ["place"]),
  own("both", "sendfile TO PATH…", "send files to a user or #group", "sendfile bob ~/a.iso", ["place", "path"]),
  own("both", "getfile ID|NAME [-o PATH|-]", "fetch a file", "getfile a.iso -o /tmp/", ["file"]),
  own("both", "files [received]", "list files that you sent, or received", "files received", ["word"]),
  own("both", "transfers", "list what is on its way, or paused", "transfers"),
  own(
    "shell",
    "listen [--from USER] [--group GROUP] [-C COUNT] [-W SECONDS]",
    "print messages as they come",
    "listen --from bob -C 1 -W 60",
  ),
  own("both", "help [COMMAND|TOPIC]", "tell of commands, of one, or of keys", "help send", ["command"]),
  own("shell", "completion bash|zsh|fish", "print what makes a shell complete", "completion bash", ["word"]),
  own("shell", "man [client|server]", "print the manual page", "man client | man -l -", ["word"]),
  own("prompt", "edit [ID TEXT]", "put your last message into the line, to edit it", "edit"),
  own("prompt", "delete [ID]", "put your last message into the line, to delete it", "delete"),
  own("prompt", "reply [ID TEXT]", "answer the last message; Tab walks those before it", "reply"),
  own("prompt", "o [N]", "open a link: the one with this number behind it, or the last", "o 2", ["word"]),
  own(
    "prompt",
    "react [ID EMOJI]",
    "react to the last message; 3 +1, 3 +:heart: to the third last; 3 -1 takes it back",
    "react",
  ),
  own("prompt", "clear", "clear the screen", "clear"),
  own("prompt", "quit", "end; exit and Ctrl-D do the same", "quit"),
];

export type OwnName = (typeof commands)[number]["name"];

/** What the client does itself; everything else is a request that goes to the server as it stands. */
export const ownCommands: readonly OwnCommand[] = commands;

/** Requests between servers, and those with raw bytes: nobody types them. */
const NOT_TYPED: ReadonlySet<Operation> = new Set<Operation>([
  "linkHello",
  "linkProve",
  "linkAnswer",
  "linkCall",
  "legacyRealm",
  "legacyMessage",
  "upload",
  "download",
]);

/** The usage of the command that does what a request with raw bytes does. */
export function insteadOfRequest(word: string): string | undefined {
  return new Map([
    ["upload", "sendfile TO PATH…"],
    ["download", "getfile ID|NAME [-o PATH|-]"],
    ["export-all", "export --all -o DIR"],
  ]).get(word.toLowerCase());
}

const auto = dialectNamed("auto");

/** Requests that a person may make, each once. */
export const requests: readonly Row[] = [
  ...new Map(
    auto.rows
      .filter(({ operation }) => !NOT_TYPED.has(operation))
      .map((row) => [row.pattern.source.toLowerCase(), row] as const),
  ).values(),
];

const specs = ["basic", "multirealm", "application", "unix", "token"];
/** First words of the written protocols: requests that begin with one work wherever one types. */
const specWords: ReadonlySet<string> = new Set(
  specs.flatMap((name) => dialectNamed(name).rows.map(({ pattern }) => pattern.words[0] as string)),
);

/** Does a request of the written protocols begin with it? */
export function isSpecWord(word: string): boolean {
  return requestsOf(word).some(({ pattern }) => specWords.has(pattern.words[0] as string));
}

/** The client's command of that name, in any case of letters. */
export function ownCommand(word: string): OwnCommand | undefined {
  const name = word.toLowerCase() === "exit" ? "quit" : word.toLowerCase();
  return ownCommands.find((command) => command.name === name);
}

const typed: ReadonlySet<Row> = new Set(requests);

/** Requests that begin with a word, as it stands or without its `_` and `-`. */
export function requestsOf(word: string): readonly Row[] {
  return auto.rowsFor(word).filter((row) => typed.has(row));
}

/** Whether a word may be a token: a UUID of version 4, which ids of messages are not (RFC 9562). */
function isTokenShaped(word: string): boolean {
  return isUuid(word) && word[14] === "4";
}

/** What a request asks for. @returns undefined for one that is not understood here */
export function operationOf(text: string): Operation | undefined {
  const read = auto.decode(text, { isToken: isTokenShaped, isRealm: () => true });
  return "input" in read ? read.row.operation : undefined;
}

/** Does any request that a person may make begin with it? */
export function isRequest(word: string): boolean {
  return requestsOf(word).length > 0;
}

/** What a request does, in English, as the documents have it. */
export function aboutInEnglish({ operation, about: own }: Row): string {
  return own ?? about[operation];
}

/** What a request does, in the language that is spoken. */
export function aboutRow(row: Row): string {
  const { operation, pattern } = row;
  if (wording.about === about) return aboutInEnglish(row);
  return wording.aboutRows[pattern.source] ?? wording.about[operation];
}

/** What a command does, in the language that is spoken. */
export function aboutOwn({ name, about: own }: OwnCommand): string {
  return wording.aboutOwn[name] ?? own;
}

/** First words of all commands and requests, each once. */
export const commandWords: readonly string[] = [
  ...new Set([
    ...ownCommands.map(({ name }) => name),
    ...requests.map(({ pattern }) => pattern.words[0] as string),
    "exit",
  ]),
].sort();

const takesOf: Readonly<Partial<Record<KindName, Takes | Words>>> = {
  role: { words: roles },
  access: { words: accesses },
  history: { words: reaches },
  posting: { words: postings },
  listed: { words: ["yes", "no"] },
  user: "user",
  "user[@realm]": "user",
  "from[@realm]": "user",
  members: "user",
  group: "group",
  "group[@realm]": "group",
  "#group[@realm]": "place",
  "user,user": "user",
  realm: "realm",
  own: "realm",
  with: "place",
  receiver: "place",
  to: "place",
  filename: "path",
  "filename%": "path",
  "filename...": "file",
  request: "command",
  "text...": "text",
  "note...": "text",
  "announcement...": "text",
  emoji: "emoji",
};

/** Whose `<id>` is that of a message. */
const idOf: Readonly<Partial<Record<Operation, Takes>>> = {
  reply: "message",
  postReply: "message",
  react: "message",
  unreact: "message",
  forward: "message",
  pin: "message",
  unpin: "message",
  versions: "message",
  report: "message",
  editMessage: "own message",
  deleteMessage: "deletable",
};

/** What each word after the literal ones of a request is. */
export function parametersOf({ operation, pattern }: Row): readonly (Takes | Words)[] {
  return pattern.elements.slice(pattern.words.length).flatMap((element) => {
    switch (element.is) {
      case "literal":
        return [{ words: [element.word] }];
      case "token":
        return ["word" as const];
      case "option":
        return [{ words: [element.word] }, takesOf[element.kind] ?? "word"];
      default:
        return [(element.kind === "id" ? idOf[operation] : undefined) ?? takesOf[element.kind] ?? "word"];
    }
  });
}
