/** The lines that were typed, done one after the other: a login counts for the next. */
import chalk from "chalk";
import type { Posts } from "../../connection/posts.ts";
import { conversationOf } from "../chat-message.ts";
import type { Transfers } from "../files/transfers.ts";
import { wording } from "../language/wording.ts";
import { errorInWords } from "../refusal-words.ts";
import { isNearlySecret, isSecret, masked, mayAsk } from "../secrets.ts";
import { inert } from "../terminal/inert.ts";
import type { InputHistory } from "../terminal/input-history.ts";
import type { ChatCommands } from "./commands.ts";
import type { ChatContext } from "./context.ts";
import type { Feed } from "./feed.ts";
import { type Interpretation, interpret } from "./interpret.ts";
import type { Counted, LastMessages } from "./last-messages.ts";
import { eraseByAsking, logInAs } from "./login.ts";
import { makeRequest } from "./request.ts";
import type { Session } from "./session.ts";

export interface LineQueueOptions extends ChatContext {
  readonly session: Session;
  readonly feed: Feed;
  readonly commands: ChatCommands;
  readonly posts: Posts;
  readonly transfers: Transfers;
  readonly history: InputHistory;
  readonly last: LastMessages;
}

/** A line, and what counts of the moment when it was typed. */
interface TypedLine {
  readonly line: string;
  /** Of the lines typed so far. */
  readonly number: number;
  readonly counted: Counted;
  /** What it meant then, if that counts. */
  readonly meant: Interpretation | undefined;
}

export class LineQueue {
  readonly #options: LineQueueOptions;
  #last: Promise<void> = Promise.resolve();
  /** Lines typed so far. */
  #typed = 0;
  /** How many lines had been typed when the person was told that a conversation cannot be opened. */
  #failedOpening = 0;

  constructor(options: LineQueueOptions) {
    this.#options = options;
  }

  /** Resolves when all that is in the queue now has been done. */
  get done(): Promise<void> {
    return this.#last;
  }

  /** @param line not empty */
  add(line: string): void {
    const { console, session, history, last } = this.#options;
    const { token } = session.login ?? {};
    const isKept = !isSecret(line) && !isNearlySecret(line) && (token === undefined || !line.includes(token));
    if (isKept) history.add(line);
    // After a login what is typed next may be the password, so it is neither shown nor taken for a line. Whether it is a
    // login is decided now, whatever conversation is open when it is done.
    const isLogIn = mayAsk(line);
    const meant = isLogIn ? this.interpret(line) : undefined;
    if (isLogIn) console.holdInput(true);
    const typed = { line, number: ++this.#typed, counted: last.seen, meant };
    this.run(() => this.#perform(typed), isLogIn ? () => console.holdInput(false) : undefined);
  }

  /** Does something in its turn; why it fails is shown. */
  run(task: () => Promise<void>, after?: () => void): void {
    this.#last = this.#last.then(task).catch((error: Error) => {
      this.#options.console.print(chalk.red(errorInWords(error)));
    });
    if (after) this.#last = this.#last.finally(after);
  }

  /** @param counted the messages that it names by numbers */
  interpret(line: string, counted = this.#options.last.now): Interpretation {
    const { conversations, session, feed, last, me } = this.#options;
    // Typed before another conversation was opened, it is about that one.
    const { messages } = counted.open === conversations.open?.name ? counted : last.now;
    const { names } = session;
    return interpret(line, {
      open: conversations.open?.name,
      hasUser: (name) => names.hasUser(name),
      hasGroup: (name) => names.hasGroup(name),
      hasRealm: (name) => names.hasRealm(name),
      last: messages,
      message: (id) => feed.recent.get(id.toLowerCase()),
      placeOf: (message) => conversationOf(message, me()),
    });
  }

  async #perform({ line, number, counted, meant }: TypedLine): Promise<void> {
    const { console, session, commands, posts, transfers } = this.#options;
    let meaning = meant ?? this.interpret(line, counted);
    // A name that is not known may have been made since the names were asked for.
    if ("unsure" in meaning && meaning.unsure && session.link.is === "up") {
      await session.refresh();
      meaning = this.interpret(line, counted);
    }
    if (meaning.is === "nothing") return;
    if (meaning.is === "refused") {
      this.#refuse(line, meaning.why);
      return;
    }
    if (meaning.is === "message") {
      if (!session.login) this.#refuse(line, wording.logInFirst);
      else if (number <= this.#failedOpening && !meaning.reply && !/^[@#]/.test(line))
        this.#refuse(line, wording.chat.meantForAnother);
      else {
        const { id = "", from = "", message = "" } = meaning.reply ?? {};
        // What was pasted often ends in line ends, below which nothing would stand.
        const text = meaning.text.replace(/\n+$/, "");
        posts.send(meaning.to, text, undefined, meaning.reply && { id, from, text: message });
      }
      return;
    }
    this.#echo(line);
    switch (meaning.is) {
      case "open":
        return this.#opening(commands.open(meaning.name));
      case "login":
        return logInAs(meaning.user, meaning.word.toLowerCase().endsWith("register"), console, session);
      case "erase":
        return this.#erase();
      case "files":
        // The next line does not wait for a transfer.
        void transfers.run(meaning.command);
        return;
      case "command":
        return this.#opening(commands.run(meaning.words));
      case "request":
        return makeRequest(meaning.text, this.#options);
    }
  }

  /** Lines typed in the belief that another conversation is open must not be said in this one. */
  #opening(opened: Promise<void>): Promise<void> {
    return opened.catch((error: Error) => {
      this.#failedOpening = this.#typed;
      throw error;
    });
  }

  /** Says why, and offers the line again unless something else is being typed. */
  #refuse(line: string, why: string): void {
    const { console } = this.#options;
    console.print(chalk.red(inert(why)));
    if (isSecret(line)) return;
    if (console.draft === "") console.offer(line);
    else this.#echo(line);
  }

  /** A console that draws nothing twice leaves the line as it was typed. */
  #echo(line: string): void {
    const { console, symbols } = this.#options;
    if (console.redraws) console.print(chalk.dim(`${symbols.prompt} ${inert(masked(line))}`));
  }

  async #erase(): Promise<void> {
    const { console, me } = this.#options;
    const user = me();
    if (user === undefined) return console.print(wording.logInFirst);
    const request = await eraseByAsking(console, user);
    if (request !== undefined) await makeRequest(request, this.#options);
  }
}
