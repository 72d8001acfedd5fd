/** The prompt: puts its parts together, and passes on what comes from the console and from the link. */
import chalk from "chalk";
import type { ConnectionSettings, ConnectionState } from "../../connection/connection.ts";
import type { Login } from "../../connection/login.ts";
import type { Posts } from "../../connection/posts.ts";
import { complete } from "../complete.ts";
import type { Transfers } from "../files/transfers.ts";
import { wording } from "../language/wording.ts";
import { errorInWords } from "../render.ts";
import { hiddenIn } from "../secrets.ts";
import type { OuterAction } from "../terminal/commands.ts";
import type { Completion } from "../terminal/completion.ts";
import type { Console } from "../terminal/console.ts";
import { inert } from "../terminal/inert.ts";
import type { InputHistory } from "../terminal/input-history.ts";
import { ChatCommands } from "./commands.ts";
import { Conversations } from "./conversations.ts";
import { Feed } from "./feed.ts";
import { LastMessages } from "./last-messages.ts";
import { LineQueue } from "./line-queue.ts";
import { createOwnMessages } from "./own-messages.ts";
import { Preferences } from "./preferences.ts";
import { promptRow, statusRows } from "./prompt-rows.ts";
import { Session } from "./session.ts";
import { Shutdown, withinGrace } from "./shutdown.ts";
import type { Symbols } from "./symbols.ts";

/** How long, in ms, completing a word waits for names. */
const NAMES_MS = 500;

export interface ChatOptions extends ConnectionSettings {
  readonly console: Console;
  readonly history: InputHistory;
  /** The folder of what is kept from run to run. */
  readonly state: string;
  readonly symbols: Symbols;
  /** Makes what runs the file commands. @param host what it asks of the chat */
  transfers(host: { login(): Login | undefined; say(text: string): void; onMoved(): void }): Transfers;
  /** What a terminal is sent that is to tell its person; empty for nothing. */
  notification(title: string, body: string): string;
  /** Somebody has logged in, or is not logged in any more. */
  onLogin(login: Login | undefined): void;
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
  readonly #lines: LineQueue;
  readonly #last: LastMessages;
  readonly #shutdown: Shutdown;
  #countdown: NodeJS.Timeout | undefined;
  /** The prompt is shown: what ends a link is said. */
  #running = false;

  constructor(options: ChatOptions) {
    const { console, symbols } = options;
    this.#options = options;
    this.#console = console;
    const session = new Session({
      ...options,
      onEvent: (event) => this.#feed.onEvent(event),
      onState: (state) => this.#onLink(state),
      watch: (call) => this.#feed.watch(call),
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
      call: session.call,
    };
    this.#feed = new Feed({
      ...shared,
      notify: (title, body) => {
        if (!this.#focused) console.signal(options.notification(title, body));
      },
    });
    this.#posts = createOwnMessages({
      ...shared,
      feed: this.#feed,
      call: session.patient,
      isUp: () => session.link.is === "up",
      isSaidAsTyped: (text) => this.#lines.interpret(text).is === "message" && !/^[@#]/.test(text),
    });
    this.#last = new LastMessages({ ...shared, feed: this.#feed });
    this.#commands = new ChatCommands({
      ...shared,
      feed: this.#feed,
      last: this.#last,
      quit: () => this.#shutdown.quit(),
    });
    this.#transfers = options.transfers({
      login: () => session.login,
      say: (text) => console.print(text),
      onMoved: () => console.changed(),
    });
    this.#lines = new LineQueue({
      ...shared,
      session,
      feed: this.#feed,
      commands: this.#commands,
      posts: this.#posts,
      transfers: this.#transfers,
      history: options.history,
      last: this.#last,
    });
    this.#shutdown = new Shutdown({
      console,
      transfers: this.#transfers,
      isUnderWay: () => this.#posts.pending.length > 0 && session.link.is === "up",
      done: () => this.#lines.done,
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
      typed: () => {
        this.#last.typed(this.#console.draft);
        this.#shutdown.typed();
      },
      onFocus: (focused) => {
        this.#focused = focused;
      },
    });
    const how = await this.#shutdown.ended;
    this.#posts.giveUp();
    await this.#shutdown.pauseAll();
    return how;
  }

  /** Ends the session, if that can be done in the time a program may take to end. */
  async logOut(): Promise<void> {
    const { session } = this;
    if (!session.login || session.link.is !== "up") return;
    await withinGrace(session.patient("logout", {}).catch(() => undefined));
  }

  /** Ends the link and every timer. */
  close(): void {
    this.session.close();
    this.#feed.close();
    clearInterval(this.#countdown);
  }

  #onLogin(login: Login | undefined, other: boolean): void {
    const { host, port, state, onLogin } = this.#options;
    if (other) {
      this.#conversations.forget();
      this.#feed.forget();
    }
    const account = `${login?.user.toLowerCase()}@${host}:${port}`;
    this.#preferences = login ? Preferences.of(account, state) : new Preferences();
    onLogin(login);
    this.#console.changed();
  }

  #onLink(state: ConnectionState): void {
    clearInterval(this.#countdown);
    if (state.is === "up") this.#posts.resend();
    if (state.is === "down") {
      const again = state.at !== undefined;
      // The seconds to the next try are counted down.
      if (again && this.#console.redraws) this.#countdown = setInterval(() => this.#console.changed(), 1000);
      else if (this.#running) this.#console.print(chalk.red(errorInWords(state.error)));
      if (!again) this.#shutdown.lost();
    }
    this.#console.changed();
  }

  #accept(line: string): void {
    this.#shutdown.accepted(line);
    if (line.trim() === "") this.session.tryNow();
    else this.#lines.add(line);
  }

  #act(action: OuterAction): void {
    if (action !== "interrupt" && action !== "end") this.#shutdown.typed();
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
        this.#lines.run(() => this.#console.edit());
        return;
      case "nextUnread":
        this.#lines.run(() => this.#commands.turn("unread"));
        return;
      case "nextConversation":
      case "previousConversation":
        this.#lines.run(() => this.#commands.turn(action === "nextConversation" ? 1 : -1));
    }
  }

  /** Where the known names do not do, the server is asked for them again, and waited for NAMES_MS at the most. */
  #complete(before: string): Completion | undefined | Promise<Completion | undefined> {
    const { names, link, login } = this.session;
    const found = (): Completion | undefined => complete(before, { ...names.all, ...this.#last.choices });
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
    const { symbols } = this.#options;
    const transfers = this.#transfers.status(columns - 1);
    const about = this.#last.about(this.#console.draft);
    return statusRows({ pending: this.#posts.pending, link: this.session.link, symbols, transfers, about }, columns);
  }
}
