/** Commands without a person: one from a shell, or a line after the other. Each is done before the next. */
import type { Call } from "../../connection/call.ts";
import { isOk, RefusedRequest, type Reply } from "../../connection/errors.ts";
import { type Login, loginOf } from "../../connection/login.ts";
import { addressOf } from "../../contract/names.ts";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { AdminSlip } from "../admin/commands.ts";
import { adminRequest } from "../admin/request.ts";
import { isThere } from "../chat-message.ts";
import { EXPORT_USAGE, parseExport, parseExportAll, type Wanted } from "../export/wanted.ts";
import { FileError } from "../files/errors.ts";
import { type FileCommand, parseFileCommand } from "../files/file-command.ts";
import type { Transfers } from "../files/transfers.ts";
import { wording } from "../language/wording.ts";
import { DEFAULT_COUNT, newestMessages } from "../message-history.ts";
import { errorInWords } from "../refusal-words.ts";
import { type Search, searchIn, searchMessages, searchWithOptions } from "../search.ts";
import { splitWords } from "../shell-words.ts";
import { unknownWord } from "../spelling.ts";
import { insteadOfRequest, isRequest, operationOf, ownCommand } from "../vocabulary.ts";
import { postReceiver } from "./each-line.ts";
import { type Exit, ExitError, exitOf, exitOfError, exits } from "./exits.ts";
import { type Identity, withIdentity } from "./identity.ts";
import { untilLost, withStandardInput } from "./input.ts";
import type { Output } from "./output.ts";

const [auto, native] = [dialectNamed("auto"), dialectNamed("native")];

/** What a search gives at most unless a number is given. */
const MOST_FOUND = 10_000;

const SEARCH_USAGE = "search [NAME|#GROUP] TEXT";

/** Requests under way at once when each line is a message. */
const AT_ONCE = 64;

/** A conversation, or all of one's own in a folder. */
export type Exported = (Wanted & { readonly place: string }) | { readonly folder: string };

export interface ScriptOptions {
  readonly output: Output;
  readonly identity: Identity;
  /** @throws RefusedRequest, LinkError */
  readonly call: Call;
  /** @throws LinkError */
  request(text: string): Promise<Reply>;
  /** Rejects when the connection is lost. */
  readonly lost: Promise<never>;
  /** Somebody has logged in by a request. */
  onLogin(login: Login): void;
  /** What runs the commands about files; made when one is asked for. */
  transfers(): Promise<Transfers>;
  /** Sends each text to a user or a `#group`, exactly once, over a connection that comes back. */
  sendEach(to: string, texts: AsyncIterable<string>): Promise<Exit>;
  /** Writes down a conversation, over a connection that comes back. @throws as exportConversation, and ExitError */
  export(wanted: Exported): Promise<Exit>;
  /** What stands for `-`. */
  readonly stdin: NodeJS.ReadableStream;
  /** Each line of it is a message of its own. */
  readonly eachLine: boolean;
}

export class Script {
  readonly #options: ScriptOptions;
  #identity: Identity;

  constructor(options: ScriptOptions) {
    this.#options = options;
    this.#identity = options.identity;
  }

  /** One command. What is wrong is said. @param words of it; by blanks and quotes unless a shell has found them */
  async run(text: string, words: readonly string[] = splitWords(text)): Promise<Exit> {
    try {
      return await this.#perform(text, words);
    } catch (error) {
      if (error instanceof RefusedRequest) {
        this.#options.output.reply(error.reply);
        return exitOf(error.reply);
      }
      this.#options.output.complain(errorInWords(error as Error));
      return exitOfError(error);
    }
  }

  async #perform(text: string, words: readonly string[]): Promise<Exit> {
    const command = parseFileCommand(words);
    if (command) return this.#transfer(command);
    const [word = "", ...rest] = words;
    switch (word.toLowerCase()) {
      case "help":
        return this.#help(rest);
      case "history":
        if (rest.length <= 2 && !/^(before|limit)$/i.test(rest[1] ?? "")) return this.#history(rest);
        break;
      case "search":
        return this.#search(words);
      case "export":
        return this.#options.export(exportOf(rest));
    }
    return this.#request(requestOf(text, words));
  }

  async #request(text: string): Promise<Exit> {
    const { stdin, eachLine } = this.#options;
    const all = withStandardInput(text, stdin, eachLine);
    if (!all) return this.#ask(text);
    const to = eachLine ? postReceiver(text) : undefined;
    if (to !== undefined) return this.#options.sendEach(to, textsOf(all, text));
    let worst: Exit = exits.done;
    let failure: unknown;
    const under = new Set<Promise<void>>();
    for await (const one of untilLost(all, this.#options.lost)) {
      const asked = this.#ask(one)
        .then(
          (code) => {
            worst ||= code;
          },
          (error: unknown) => {
            failure ??= error;
          },
        )
        .finally(() => under.delete(asked));
      under.add(asked);
      if (under.size >= AT_ONCE) await Promise.race(under);
      if (failure !== undefined) break;
    }
    await Promise.all(under);
    if (failure !== undefined) throw failure;
    return worst;
  }

  async #ask(text: string): Promise<Exit> {
    const { output, request, onLogin } = this.#options;
    const reply = await request(withIdentity(text, this.#identity));
    const operation = operationOf(text);
    await output.expect(operation);
    output.reply(reply, operation);
    const login = isOk(reply) ? loginOf(reply) : undefined;
    if (login) {
      // From now on the connection is logged in itself.
      this.#identity = { ...login, temporary: true };
      onLogin(login);
    }
    return exitOf(reply);
  }

  async #transfer(command: FileCommand): Promise<Exit> {
    const transfers = await this.#options.transfers();
    const outcome = await transfers.run(command);
    if (outcome === "done") return exits.done;
    if (outcome === "paused") return exits.interrupted;
    const { failure } = transfers;
    if (failure instanceof RefusedRequest) return exitOf(failure.reply);
    if (!(failure instanceof FileError)) return exitOfError(failure);
    return { "no-file": exits.noInput, usage: exits.usage, login: exits.login, content: exits.io }[failure.fault];
  }

  async #help([word]: readonly string[]): Promise<Exit> {
    const { helpFor } = await import("../help.ts");
    const text = helpFor(word, "shell");
    if (text === undefined) throw new ExitError(exits.usage, unknownWord(word as string));
    this.#options.output.text("help", text);
    return exits.done;
  }

  async #history(rest: readonly string[]): Promise<Exit> {
    const [place, count = String(DEFAULT_COUNT)] = rest;
    if (place === undefined || !/^[1-9]\d*$/.test(count)) {
      throw new ExitError(exits.usage, wording.use("history NAME|#GROUP [COUNT]"));
    }
    const { messages } = await newestMessages(this.#call, place.replace(/^@/, ""), Number(count));
    for (const message of messages.filter(isThere)) this.#options.output.message(message);
    return exits.done;
  }

  async #search(words: readonly string[]): Promise<Exit> {
    const { output } = this.#options;
    const { messages, behind } = await searchMessages(this.#call, searchOf(words), MOST_FOUND);
    for (const message of messages) output.message(message);
    if (messages.length === 0) output.aside(wording.chat.nothingFound);
    if (behind) output.aside(wording.chat.behind);
    return messages.length === 0 ? exits.nothing : exits.done;
  }

  /** Asks as whoever acts. */
  readonly #call: Call = (operation, input) => {
    const { token, temporary } = this.#identity;
    return this.#options.call(operation, input, { token: temporary ? undefined : token });
  };
}

/** The texts of requests that differ in nothing else. @param request with `-` for the text */
async function* textsOf(requests: AsyncIterable<string>, request: string): AsyncGenerator<string> {
  for await (const one of requests) yield one.slice(request.length - 1);
}

/** `search bob rapat`, `search rapat`, `search from bob rapat`. @throws ExitError */
export function searchOf(words: readonly string[]): Search {
  const [, first, ...texts] = words;
  if (first === undefined || first === "") throw new ExitError(exits.usage, wording.use(SEARCH_USAGE));
  const alone = texts.join("") === "";
  return searchWithOptions(words) ?? (alone ? searchIn(undefined, [first]) : searchIn(first.replace(/^@/, ""), texts));
}

/** @param words behind `export`. @throws ExitError */
export function exportOf(words: readonly string[]): Exported {
  const all = parseExportAll(words);
  if (typeof all === "string") throw new ExitError(exits.usage, all);
  if (all) return all;
  const wanted = parseExport(words);
  if (typeof wanted === "string") throw new ExitError(exits.usage, wanted);
  const { place } = wanted;
  if (place === undefined) throw new ExitError(exits.usage, wording.use(EXPORT_USAGE));
  return { ...wanted, place };
}

/** Does a command end in free text? */
export function takesText(text: string, words: readonly string[]): boolean {
  if (/^[@#]/.test(text) || words[0]?.toLowerCase() === "search") return true;
  if (parseFileCommand(words)) return false;
  const probe = auto.decode(text, { isToken: () => false, isRealm: () => true });
  return "input" in probe && typeof (probe.input as { text?: unknown }).text === "string";
}

/** Refuses what is no command before the server is asked for anything. @throws ExitError */
export function refuseSlip(text: string, words: readonly string[]): void {
  const [word = "", ...rest] = words;
  const isOwn = /^(help|history|search|export)$/i.test(word);
  if (word.toLowerCase() === "export") exportOf(rest);
  if (!isOwn && !parseFileCommand(words)) requestOf(text, words);
}

/** @throws ExitError */
function ofAdmin(words: readonly string[]): string | undefined {
  try {
    return adminRequest(words);
  } catch (error) {
    throw error instanceof AdminSlip ? new ExitError(exits.usage, error.message) : error;
  }
}

/** The request of a command; `@bob text` and `#kelas text` too. @throws ExitError */
export function requestOf(text: string, words: readonly string[]): string {
  const [first = ""] = words;
  const [, sign, to, said] = /^([@#])(\S+)\s([\s\S]+)$/.exec(text) ?? [];
  if (to !== undefined && said !== undefined) {
    const address = addressOf(to);
    return sign === "@"
      ? native.encode("send", { user: address, text: said })
      : native.encode("sendGroup", { group: address, text: said });
  }
  const asAdmin = ofAdmin(words);
  if (asAdmin !== undefined) return asAdmin;
  const word = first.replace(/^\//, "");
  const own = ownCommand(word);
  const instead = insteadOfRequest(word);
  if (instead !== undefined) throw new ExitError(exits.usage, wording.use(instead));
  if (!isRequest(word)) {
    if (own?.in === "prompt") throw new ExitError(exits.usage, wording.script.onlyPrompt(word));
    if (own) throw new ExitError(exits.usage, wording.use(own.usage));
    throw new ExitError(exits.usage, unknownWord(word));
  }
  return text.replace(/^\//, "");
}
