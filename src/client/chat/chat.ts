/** The prompt: a person, a console, a session; what is typed is said or done, what comes is shown. */
import chalk from "chalk";
import type { Operation } from "../../operations/contract.ts";
import { isSameName } from "../chat-message.ts";
import { isOk, type Trace } from "../client.ts";
import { complete } from "../complete.ts";
import type { Transfers } from "../files/transfers.ts";
import { wording } from "../language/wording.ts";
import type { LinkState } from "../link.ts";
import * as lists from "../lists.ts";
import { RefusedRequest } from "../message-history.ts";
import { type Fate, type Post, Posts } from "../posts.ts";
import { refusalInWords, replyInWords } from "../render.ts";
import { hiddenIn, isNearlyLogin, isSecret, masked, mayAsk } from "../secrets.ts";
import { splitWords } from "../shell-words.ts";
import type { OuterAction } from "../terminal/bindings.ts";
import type { Completion } from "../terminal/completion.ts";
import type { Console } from "../terminal/console.ts";
import { inert } from "../terminal/inert.ts";
import type { InputHistory } from "../terminal/input-history.ts";
import { operationOf } from "../vocabulary.ts";
import { ChatCommands } from "./commands.ts";
import { Conversations } from "./conversations.ts";
import { Feed } from "./feed.ts";
import { type Interpretation, interpret } from "./interpret.ts";
import { logInByAsking, registerByAsking } from "./login.ts";
import { Preferences } from "./preferences.ts";
import { promptRow, statusRows } from "./prompt-rows.ts";
import { type Login, Session } from "./session.ts";
import { Shutdown, withinGrace } from "./shutdown.ts";
import type { Symbols } from "./symbols.ts";

/** How long, in ms, completing a word waits for names. */
const NAMES_MS = 500;

/** After these a name may be new, or gone. */
const NAMING: ReadonlySet<Operation> = new Set([
  "createGroup",
  "joinGroup",
  "leaveGroup",
  "register",
  "addRealm",
] as const);

export interface ChatOptions {
  readonly host: string;
  readonly port: number;
  readonly console: Console;
  readonly history: InputHistory;
  readonly symbols: Symbols;
  readonly reconnect: boolean;
  /** How long a request may take to be answered, in ms. */
  readonly timeout: number;
  /** Makes what runs the file commands. @param host what it asks of the chat */
  transfers(host: { login(): Login | undefined; say(text: string): void; onMoved(): void }): Transfers;
  /** What a terminal is sent that is to tell its person; empty for nothing. */
  notification(title: string, body: string): string;
  /** Somebody has logged in, or is not logged in any more. */
  onLogin(login: Login | undefined): void;
  /** The wire, where somebody wants to see it. */
  readonly trace: Trace | undefined;
}

export class Chat {
  readonly session: Session;
  readonly #options: ChatOptions;
  readonly #console: Console;
  readonly #posts: Posts;
  readonly #feed: Feed;
  readonly #commands: ChatCommands;
  readonly #conversations = new Conversations();
  readonly #transfers: Transfers;
  #preferences = new Preferences();
  #focused = true;
  /** Lines are done one after the other: a login counts for the next. */
  #queue: Promise<void> = Promise.resolve();
  readonly #shutdown: Shutdown;
  #countdown: NodeJS.Timeout | undefined;
  /** Somebody is there. */
  #running = false;
  /** Lines that were typed, and the last of them that was typed before it was said that a conversation cannot be opened. */
  #typed = 0;
  #failedOpening = 0;

  constructor(options: ChatOptions) {
    const { host, port, console, reconnect, symbols, timeout, trace } = options;
    this.#options = options;
    this.#console = console;
    const session = new Session({
      host,
      port,
      reconnect,
      timeout,
      trace,
      onEvent: (event) => this.#feed.onEvent(event),
      onState: (state) => this.#onLink(state),
      watch: (client) => this.#feed.watch(client),
      onLogin: (login, other) => this.#onLogin(login, other),
      onEnded: (user) => console.print(chalk.red(wording.enter.ended(inert(user)))),
    });
    this.session = session;
    const shared = {
      console,
      conversations: this.#conversations,
      names: session.names,
      symbols,
      preferences: () => this.#preferences,
      me: () => session.user,
      request: session.request,
    };
    this.#feed = new Feed({
      ...shared,
      notify: (title, body) => {
        if (!this.#focused) console.signal(options.notification(title, body));
      },
    });
    this.#posts = new Posts({
      request: session.patient,
      isUp: () => session.link.is === "up",
      onSettled: (post, fate) => this.#settled(post, fate),
      onChanged: () => console.changed(),
    });
    this.#commands = new ChatCommands({ ...shared, feed: this.#feed, quit: () => this.#shutdown.quit() });
    this.#transfers = options.transfers({
      login: () => session.login,
      say: (text) => console.print(text),
      onMoved: () => console.changed(),
    });
    this.#shutdown = new Shutdown({
      console,
      transfers: this.#transfers,
      isUnderWay: () => this.#posts.pending.length > 0 && session.link.is === "up",
      done: () => this.#queue,
    });
  }

  /** Stays until the person leaves, or a link is lost that does not come back. */
  async run(): Promise<"left" | "lost"> {
    this.#running = true;
    this.#console.start({
      accept: (line) => this.#accept(line),
      act: (action) => this.#act(action),
      complete: (before) => this.#complete(before),
      lines: () => this.#options.history.lines,
      prompt: (columns) => this.#prompt(columns),
      status: (columns) => this.#status(columns),
      masked: hiddenIn,
      typed: () => this.#shutdown.typed(),
      onFocus: (focused) => {
        this.#focused = focused;
      },
    });
    const how = await this.#shutdown.ended;
    this.#posts.giveUp();
    await this.#shutdown.pauseAll();
    return how;
  }

  async logOut(): Promise<void> {
    const { session } = this;
    if (!session.login || session.link.is !== "up") return;
    await withinGrace(session.patient("logout").catch(() => undefined));
  }

  /** Nothing of it goes on. */
  close(): void {
    this.session.close();
    this.#feed.close();
    clearInterval(this.#countdown);
  }

  #onLogin(login: Login | undefined, other: boolean): void {
    const { host, port, onLogin } = this.#options;
    if (other) {
      this.#conversations.forget();
      this.#feed.forget();
    }
    this.#preferences = login ? Preferences.of(`${login.user.toLowerCase()}@${host}:${port}`) : new Preferences();
    onLogin(login);
    this.#console.changed();
  }

  #onLink(state: LinkState): void {
    clearInterval(this.#countdown);
    if (state.is === "up") this.#posts.resend();
    if (state.is === "down") {
      const again = state.at !== undefined;
      // The seconds to the next try are counted down.
      if (again && this.#console.lively) this.#countdown = setInterval(() => this.#console.changed(), 1000);
      else if (this.#running) this.#console.print(chalk.red(inert(state.reason)));
      if (!again) this.#shutdown.lost();
    }
    this.#console.changed();
  }

  #accept(line: string): void {
    this.#shutdown.accepted(line);
    if (line.trim() === "") {
      this.session.tryNow();
      return;
    }
    const { token } = this.session.login ?? {};
    const isKept = !isSecret(line) && !isNearlyLogin(line) && (token === undefined || !line.includes(token));
    if (isKept) this.#options.history.add(line);
    // What is typed next may be a password: it is not shown, and no line. It was a login when it was typed, whatever is
    // open when it is done.
    const isLogIn = mayAsk(line);
    const meaning = this.#interpret(line);
    if (isLogIn) this.#console.hold(true);
    const number = ++this.#typed;
    this.#queue = this.#queue
      .then(() => this.#perform(line, number, isLogIn ? meaning : undefined))
      .catch((error: Error) => this.#fail(error))
      .finally(() => isLogIn && this.#console.hold(false));
  }

  #fail(error: Error): void {
    const words = error instanceof RefusedRequest ? error.message : inert(error.message);
    this.#console.print(chalk.red(words));
  }

  /** @param typed what the line meant when it was typed, if that counts */
  async #perform(line: string, number: number, typed?: Interpretation): Promise<void> {
    let meaning = typed ?? this.#interpret(line);
    // A name may have come since.
    if ("unsure" in meaning && meaning.unsure && this.session.link.is === "up") {
      await this.session.names.refresh(this.session.request);
      meaning = this.#interpret(line);
    }
    if (meaning.is === "nothing") return;
    if (meaning.is === "refused") {
      this.#refuse(line, meaning.why);
      return;
    }
    if (meaning.is === "message") {
      if (!this.session.login) this.#refuse(line, wording.logInFirst);
      else if (number <= this.#failedOpening && !/^[@#]/.test(line)) this.#refuse(line, wording.chat.meantForAnother);
      else this.#posts.send(meaning.to, meaning.text);
      return;
    }
    this.#echo(line);
    switch (meaning.is) {
      case "open":
        return this.#opening(() => this.#commands.open(meaning.name));
      case "login":
        return this.#logIn(meaning.word, meaning.user);
      case "files":
        // It goes on while more is typed.
        void this.#transfers.run(meaning.command);
        return;
      case "command":
        return this.#opening(() => this.#commands.run(meaning.words));
      case "request":
        return this.#ask(meaning.text);
    }
  }

  /** What was typed in the belief that another conversation is open must not be said in this one. */
  async #opening(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#failedOpening = this.#typed;
      throw error;
    }
  }

  #interpret(line: string): Interpretation {
    const { names } = this.session;
    return interpret(line, {
      open: this.#conversations.open?.name,
      hasUser: (name) => names.hasUser(name),
      hasGroup: (name) => names.hasGroup(name),
      hasRealm: (name) => names.hasRealm(name),
    });
  }

  /** What was typed is not lost. */
  #refuse(line: string, why: string): void {
    this.#console.print(chalk.red(inert(why)));
    if (isSecret(line)) return;
    // Only an empty line takes it: what is being typed is not replaced.
    if (this.#console.draft === "") this.#console.offer(line);
    else this.#echo(line);
  }

  #echo(line: string): void {
    // Where nothing is drawn twice, the line stands there as it was typed.
    if (this.#console.lively) this.#console.print(chalk.dim(`${this.#options.symbols.prompt} ${inert(masked(line))}`));
  }

  async #logIn(word: string, user: string): Promise<void> {
    const isNew = word.toLowerCase().endsWith("register");
    const reply = isNew
      ? await registerByAsking(this.#console, this.session.request, user)
      : await logInByAsking(this.#console, this.session.request, user, false);
    if (!reply) return;
    this.#console.print(replyInWords(reply, {}, isNew ? "register" : "login"));
    if (reply["tokenid"] !== undefined) await this.session.loggedIn(reply);
  }

  async #ask(text: string): Promise<void> {
    const reply = await this.session.request(text);
    const operation = operationOf(text);
    const { columns } = this.#console;
    this.#console.print(replyInWords(reply, { me: this.session.user, columns, lists }, operation));
    if (!isOk(reply)) return;
    const [word = "", second = ""] = splitWords(text.toLowerCase());
    if (typeof reply["tokenid"] === "string" && typeof reply["user"] === "string") await this.session.loggedIn(reply);
    else if (operation === "logout") this.session.loggedOut();
    else if (word === "inbox" && second !== "all" && second !== "since") this.#conversations.readAll();
    else if (operation === "leaveGroup" && this.#isOpen(String(reply["group"]))) {
      // Who has left a group can say nothing in it: it is closed, and the line is that of no conversation.
      this.#console.draft = this.#conversations.enter(undefined, "");
    }
    if (operation !== undefined && NAMING.has(operation)) void this.session.refresh().catch(() => undefined);
    this.#console.changed();
  }

  /** Is this group what is open? One of another realm may be called by its bare name where none here has it. */
  #isOpen(group: string): boolean {
    const { name = "" } = this.#conversations.open ?? {};
    const bare = group.replace(/@.*$/, "");
    return isSameName(name, `#${group}`) || (isSameName(name, `#${bare}`) && !this.session.names.hasGroup(bare));
  }

  #settled({ to, text, time }: Post, fate: Fate): void {
    const { symbols } = this.#options;
    const group = to.startsWith("#") ? { group: to.slice(1) } : {};
    const message = { id: "", from: this.session.user ?? "", to, ...group, message: text, time: time.toISOString() };
    if (fate.is === "accepted" || fate.is === "queued") {
      this.#feed.accepted(fate.id);
      this.#conversations.touch(this.#conversations.of(to));
    }
    const mark = {
      accepted: () => chalk.green(symbols.accepted),
      queued: () => chalk.yellow(symbols.queued),
      unknown: () => chalk.yellow(symbols.unknown),
      unsent: () => chalk.red(`${symbols.refused} ${wording.chat.notSent}`),
      refused: () => chalk.red(`${symbols.refused} ${fate.is === "refused" ? refusalInWords(fate.reply) : ""}`),
    }[fate.is];
    this.#feed.show(message, mark());
    if (fate.is !== "refused" || this.#console.draft !== "") return;
    const isOpen = isSameName(this.#conversations.open?.name ?? "", to);
    // As it must be typed to be said there again.
    const isSaid = this.#interpret(text).is === "message" && !/^[@#]/.test(text);
    const again = isSaid ? text : ` ${text}`;
    this.#console.offer(isOpen ? again : `${to.startsWith("#") ? to : `@${to}`} ${text}`);
  }

  #act(action: OuterAction): void {
    if (action !== "interrupt" && action !== "end") this.#shutdown.typed();
    const done = (run: () => Promise<void>): void => {
      this.#queue = this.#queue.then(run).catch((error: Error) => this.#fail(error));
    };
    switch (action) {
      case "interrupt":
        this.#shutdown.interrupt();
        return;
      case "end":
        this.#shutdown.quit();
        return;
      case "suspend":
        this.#console.suspend();
        return;
      case "redraw":
        this.#console.clear();
        return;
      case "externalEditor":
        done(() => this.#console.edit());
        return;
      case "nextUnread":
        done(() => this.#commands.turn("unread"));
        return;
      case "nextConversation":
      case "previousConversation":
        done(() => this.#commands.turn(action === "nextConversation" ? 1 : -1));
    }
  }

  /** Who has come since the names were asked for is known to the server: it is asked again, for a moment at the most. */
  #complete(before: string): Completion | undefined | Promise<Completion | undefined> {
    const { names, link, login } = this.session;
    const found = (): Completion | undefined => {
      const { users, groups, realms, files } = names;
      return complete(before, { users, groups, realms, files, speaking: this.#conversations.open !== undefined });
    };
    const known = found();
    if (!login || link.is !== "up" || (known && names.isFresh)) return known;
    const moment = new Promise<void>((resolve) => {
      setTimeout(resolve, NAMES_MS).unref();
    });
    return Promise.race([this.session.refresh().catch(() => undefined), moment]).then(found);
  }

  #prompt(columns: number): string {
    return promptRow(
      {
        me: this.session.user,
        open: this.#conversations.open?.name,
        unread: this.#conversations.unread.filter(({ name }) => !this.#preferences.mutes(name)),
        up: this.session.link.is === "up",
        symbols: this.#options.symbols,
      },
      columns,
    );
  }

  #status(columns: number): string[] {
    const transfers = this.#transfers.status(columns - 1);
    return statusRows(
      { pending: this.#posts.pending, link: this.session.link, symbols: this.#options.symbols, transfers },
      columns,
    );
  }
}
