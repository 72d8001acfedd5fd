/** The prompt: puts its parts together, and passes on what comes from the console and from the connection. */
import chalk from "chalk";
import type { ConnectionSettings, ConnectionState } from "../../connection/connection-options.ts";
import type { Login } from "../../connection/login.ts";
import type { Posts } from "../../connection/posts.ts";
import type { Transfers } from "../files/transfers.ts";
import { wording } from "../language/wording.ts";
import { Links } from "../links.ts";
import { errorInWords, refusalInWords } from "../refusal-words.ts";
import { hiddenIn } from "../secrets.ts";
import type { OuterAction } from "../terminal/commands.ts";
import type { Console } from "../terminal/console.ts";
import { inert } from "../terminal/inert.ts";
import type { InputHistory } from "../terminal/input-history.ts";
import { ChatCommands } from "./commands.ts";
import { completeLine } from "./completing.ts";
import { Conversations } from "./conversations.ts";
import { Exports } from "./exports.ts";
import { Feed } from "./feed.ts";
import { LastMessages } from "./last-messages.ts";
import { LineQueue } from "./line-queue.ts";
import { Mutes } from "./mutes.ts";
import { createOwnMessages } from "./own-messages.ts";
import { Preferences } from "./preferences.ts";
import { promptRow, statusRows } from "./prompt-rows.ts";
import { Session } from "./session.ts";
import { Shutdown, withinGrace } from "./shutdown.ts";
import type { Symbols } from "./symbols.ts";
import { Typing } from "./typing.ts";

export interface ChatOptions extends ConnectionSettings {
  readonly console: Console;
  readonly history: InputHistory;
  /** The folder of what is kept from run to run. */
  readonly state: string;
  readonly symbols: Symbols;
  /** What opens links: browser.ts. */
  readonly browser: readonly string[] | undefined;
  /** The terminal shows emoji: their names are completed. */
  readonly emoji: boolean;
  /** Folder that files are saved in. */
  readonly downloads: string;
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
  readonly #exports: Exports;
  readonly #commands: ChatCommands;
  readonly #typing: Typing;
  readonly #conversations = new Conversations();
  readonly #transfers: Transfers;
  #preferences = new Preferences();
  readonly #mutes = new Mutes();
  #focused = true;
  readonly #lines: LineQueue;
  readonly #last: LastMessages;
  readonly #shutdown: Shutdown;
  #countdown: NodeJS.Timeout | undefined;
  /** The prompt is shown: from now on the person is told why a connection ends. */
  #running = false;

  constructor(options: ChatOptions) {
    const { console, symbols } = options;
    this.#options = options;
    this.#console = console;
    const session = new Session({
      ...options,
      onEvent: (event) => {
        if (!this.#typing.heard(event)) this.#feed.onEvent(event);
      },
      onState: (state) => this.#onLink(state),
      onDismissed: (refusal) => console.print(chalk.red(refusalInWords(refusal))),
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
      links: new Links(),
      preferences: () => this.#preferences,
      mutes: this.#mutes,
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
    this.#typing = new Typing({
      ...shared,
      isUp: () => session.login !== undefined && session.link.is === "up",
      interpret: (line) => this.#lines.interpret(line),
    });
    this.#exports = new Exports({
      ...options,
      login: () => session.login,
      say: (text) => console.print(text),
    });
    this.#last = new LastMessages({ ...shared, feed: this.#feed });
    this.#commands = new ChatCommands({
      ...shared,
      feed: this.#feed,
      exports: this.#exports,
      browser: options.browser,
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
    const [transfers, exports] = [this.#transfers, this.#exports];
    this.#shutdown = new Shutdown({
      console,
      transfers: {
        get busy() {
          return transfers.busy || exports.busy;
        },
        pause() {
          transfers.pause();
          exports.stop();
        },
      },
      isUnderWay: () => this.#posts.pending.length > 0 && session.link.is === "up",
      done: () => this.#lines.done,
    });
  }

  /** Stays until the person leaves, or the connection is lost for good. */
  async run(): Promise<"left" | "lost"> {
    this.#running = true;
    this.#console.start({
      accept: (line) => this.#accept(line),
      act: (action) => this.#act(action),
      complete: (before) =>
        completeLine(before, {
          session: this.session,
          emoji: this.#options.emoji,
          open: this.#conversations.open?.name,
          choices: () => ({ ...this.session.names.all, ...this.#last.choices }),
        }),
      lines: () => this.#options.history.lines,
      prompt: (columns) => this.#prompt(columns),
      status: (columns) => this.#status(columns),
      masked: hiddenIn,
      typed: () => {
        this.#last.typed(this.#console.draft);
        this.#shutdown.typed();
        this.#typing.typed();
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

  /** Ends the connection and every timer. */
  close(): void {
    this.session.close();
    this.#feed.close();
    this.#typing.close();
    this.#exports.stop();
    clearInterval(this.#countdown);
  }

  #onLogin(login: Login | undefined, other: boolean): void {
    const { host, port, state, onLogin } = this.#options;
    if (other) {
      this.#conversations.forget();
      this.#feed.forget();
      this.#typing.close();
    }
    const account = `${login?.user.toLowerCase()}@${host}:${port}`;
    this.#preferences = login ? Preferences.of(account, state) : new Preferences();
    if (other) this.#mutes.begin(this.#preferences.muted);
    onLogin(login);
    this.#console.changed();
  }

  #onLink(state: ConnectionState): void {
    clearInterval(this.#countdown);
    if (state.is === "up") {
      this.#posts.resend();
      this.#typing.linked();
    }
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

  #prompt(columns: number): string {
    return promptRow(
      {
        me: this.session.user,
        open: this.#conversations.open?.name,
        unread: this.#conversations.unread.filter(({ name, calls }) => !this.#mutes.silences(name, calls)),
        up: this.session.link.is === "up",
        symbols: this.#options.symbols,
      },
      columns,
    );
  }

  #status(columns: number): string[] {
    const { symbols } = this.#options;
    const transfers = this.#transfers.status(columns - 1);
    const { words: typing } = this.#typing;
    const about = this.#last.about(this.#console.draft);
    const { pending } = this.#posts;
    return statusRows({ pending, link: this.session.link, symbols, transfers, typing, about }, columns);
  }
}
