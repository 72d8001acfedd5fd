/** The prompt: a person, a console, a session; what is typed is said or done, what comes is shown. */
import chalk from "chalk";
import type { Operation } from "../../operations/contract.ts";
import { isOk, type Trace } from "../client.ts";
import { complete } from "../complete.ts";
import type { Transfers } from "../files/transfers.ts";
import { wording } from "../language/wording.ts";
import type { LinkState } from "../link.ts";
import * as lists from "../lists.ts";
import { same } from "../messages.ts";
import { type Fate, type Post, Posts } from "../posts.ts";
import { RefusedRequest } from "../reading.ts";
import { refusalInWords, replyInWords } from "../render.ts";
import { hiddenIn, isNearlyLogin, isSecret, masked, mayAsk } from "../secrets.ts";
import type { OuterAction } from "../terminal/bindings.ts";
import type { Completion } from "../terminal/completing.ts";
import type { Console } from "../terminal/console.ts";
import type { History } from "../terminal/history.ts";
import { inert } from "../terminal/inert.ts";
import { operationOf } from "../vocabulary.ts";
import { wordsOf } from "../words.ts";
import { Conversations } from "./conversations.ts";
import { Deeds } from "./deeds.ts";
import { logInByAsking, registerByAsking } from "./entering.ts";
import { Incoming } from "./incoming.ts";
import { Leaving, withinPatience } from "./leaving.ts";
import type { Marks } from "./marks.ts";
import { type Meaning, meaningOf } from "./meaning.ts";
import { Preferences } from "./preferences.ts";
import { type Self, Session } from "./session.ts";
import { promptOf, statusOf } from "./standing.ts";

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
  readonly history: History;
  readonly marks: Marks;
  readonly reconnect: boolean;
  /** How long a request may take to be answered, in ms. */
  readonly timeout: number;
  /** @param around what transfers ask of the chat. */
  transfers(around: { self(): Self | undefined; say(text: string): void; onMoved(): void }): Transfers;
  /** What a terminal is sent that is to tell its person; empty for nothing. */
  notification(title: string, body: string): string;
  /** Somebody has logged in, or is not logged in any more. */
  onSelf(self: Self | undefined): void;
  /** The wire, where somebody wants to see it. */
  readonly trace: Trace | undefined;
}

export class Chat {
  readonly session: Session;
  readonly #options: ChatOptions;
  readonly #console: Console;
  readonly #posts: Posts;
  readonly #incoming: Incoming;
  readonly #deeds: Deeds;
  readonly #conversations = new Conversations();
  readonly #transfers: Transfers;
  #preferences = new Preferences();
  #focused = true;
  /** Lines are done one after the other: a login counts for the next. */
  #chain: Promise<void> = Promise.resolve();
  readonly #leaving: Leaving;
  #countdown: NodeJS.Timeout | undefined;
  /** Somebody is there. */
  #running = false;
  /** Lines that were typed, and the last of them that was typed before it was said that a conversation cannot be opened. */
  #typed = 0;
  #doubted = 0;

  constructor(options: ChatOptions) {
    const { host, port, console, reconnect, marks, timeout, trace } = options;
    this.#options = options;
    this.#console = console;
    const session = new Session({
      host,
      port,
      reconnect,
      timeout,
      trace,
      onEvent: (event) => this.#incoming.onEvent(event),
      onState: (state) => this.#onLink(state),
      watch: (client) => this.#incoming.watch(client),
      onSelf: (self, other) => this.#onSelf(self, other),
      onEnded: (user) => console.print(chalk.red(wording.enter.ended(inert(user)))),
    });
    this.session = session;
    const shared = {
      console,
      conversations: this.#conversations,
      names: session.names,
      marks,
      preferences: () => this.#preferences,
      me: () => session.user,
      request: session.request,
    };
    this.#incoming = new Incoming({
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
    this.#deeds = new Deeds({ ...shared, incoming: this.#incoming, quit: () => this.#leaving.quit() });
    this.#transfers = options.transfers({
      self: () => session.self,
      say: (text) => console.print(text),
      onMoved: () => console.changed(),
    });
    this.#leaving = new Leaving({
      console,
      transfers: this.#transfers,
      isUnderWay: () => this.#posts.pending.length > 0 && session.link.is === "up",
      done: () => this.#chain,
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
      typed: () => this.#leaving.typed(),
      onFocus: (focused) => {
        this.#focused = focused;
      },
    });
    const how = await this.#leaving.over;
    this.#posts.giveUp();
    await this.#leaving.pauseAll();
    return how;
  }

  async logOut(): Promise<void> {
    const { session } = this;
    if (!session.self || session.link.is !== "up") return;
    await withinPatience(session.patient("logout").catch(() => undefined));
  }

  /** Nothing of it goes on. */
  close(): void {
    this.session.close();
    this.#incoming.close();
    clearInterval(this.#countdown);
  }

  #onSelf(self: Self | undefined, other: boolean): void {
    const { host, port, onSelf } = this.#options;
    if (other) {
      this.#conversations.forget();
      this.#incoming.forget();
    }
    this.#preferences = self ? Preferences.of(`${self.user.toLowerCase()}@${host}:${port}`) : new Preferences();
    onSelf(self);
    this.#console.changed();
  }

  #onLink(state: LinkState): void {
    clearInterval(this.#countdown);
    if (state.is === "up") this.#posts.goOn();
    if (state.is === "down") {
      const again = state.at !== undefined;
      // The seconds to the next try are counted down.
      if (again && this.#console.lively) this.#countdown = setInterval(() => this.#console.changed(), 1000);
      else if (this.#running) this.#console.print(chalk.red(inert(state.reason)));
      if (!again) this.#leaving.lost();
    }
    this.#console.changed();
  }

  #accept(line: string): void {
    this.#leaving.accepted(line);
    if (line.trim() === "") {
      this.session.tryNow();
      return;
    }
    const { token } = this.session.self ?? {};
    const isKept = !isSecret(line) && !isNearlyLogin(line) && (token === undefined || !line.includes(token));
    if (isKept) this.#options.history.add(line);
    // What is typed next may be a password: it is not shown, and no line. It was a login when it was typed, whatever is
    // open when it is done.
    const isLogIn = mayAsk(line);
    const meaning = this.#meaningOf(line);
    if (isLogIn) this.#console.hold(true);
    const number = ++this.#typed;
    this.#chain = this.#chain
      .then(() => this.#perform(line, number, isLogIn ? meaning : undefined))
      .catch((error: Error) => this.#fail(error))
      .finally(() => isLogIn && this.#console.hold(false));
  }

  #fail(error: Error): void {
    const words = error instanceof RefusedRequest ? error.message : inert(error.message);
    this.#console.print(chalk.red(words));
  }

  /** @param typed what the line meant when it was typed, if that counts */
  async #perform(line: string, number: number, typed?: Meaning): Promise<void> {
    let meaning = typed ?? this.#meaningOf(line);
    // A name may have come since.
    if ("unsure" in meaning && meaning.unsure && this.session.link.is === "up") {
      await this.session.names.refresh(this.session.request);
      meaning = this.#meaningOf(line);
    }
    if (meaning.is === "nothing") return;
    if (meaning.is === "refused") {
      this.#refuse(line, meaning.why);
      return;
    }
    if (meaning.is === "message") {
      if (!this.session.self) this.#refuse(line, wording.logInFirst);
      else if (number <= this.#doubted && !/^[@#]/.test(line)) this.#refuse(line, wording.chat.meantForAnother);
      else this.#posts.send(meaning.to, meaning.text);
      return;
    }
    this.#echo(line);
    switch (meaning.is) {
      case "open":
        return this.#opening(() => this.#deeds.open(meaning.name));
      case "login":
        return this.#logIn(meaning.word, meaning.user);
      case "files":
        // It goes on while more is typed.
        void this.#transfers.run(meaning.command);
        return;
      case "command":
        return this.#opening(() => this.#deeds.run(meaning.words));
      case "request":
        return this.#ask(meaning.text);
    }
  }

  /** What was typed in the belief that another conversation is open must not be said in this one. */
  async #opening(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#doubted = this.#typed;
      throw error;
    }
  }

  #meaningOf(line: string): Meaning {
    const { names } = this.session;
    return meaningOf(line, {
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
    if (this.#console.lively) this.#console.print(chalk.dim(`${this.#options.marks.sign} ${inert(masked(line))}`));
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
    const [word = "", second = ""] = wordsOf(text.toLowerCase());
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
    return same(name, `#${group}`) || (same(name, `#${bare}`) && !this.session.names.hasGroup(bare));
  }

  #settled({ to, text, time }: Post, fate: Fate): void {
    const { marks } = this.#options;
    const group = to.startsWith("#") ? { group: to.slice(1) } : {};
    const message = { id: "", from: this.session.user ?? "", to, ...group, message: text, time: time.toISOString() };
    if (fate.is === "accepted" || fate.is === "queued") {
      this.#incoming.accepted(fate.id);
      this.#conversations.touch(this.#conversations.of(to));
    }
    const mark = {
      accepted: () => chalk.green(marks.accepted),
      queued: () => chalk.yellow(marks.queued),
      unknown: () => chalk.yellow(marks.unknown),
      unsent: () => chalk.red(`${marks.refused} ${wording.chat.notSent}`),
      refused: () => chalk.red(`${marks.refused} ${fate.is === "refused" ? refusalInWords(fate.reply) : ""}`),
    }[fate.is];
    this.#incoming.show(message, mark());
    if (fate.is !== "refused" || this.#console.draft !== "") return;
    const isOpen = same(this.#conversations.open?.name ?? "", to);
    // As it must be typed to be said there again.
    const isSaid = this.#meaningOf(text).is === "message" && !/^[@#]/.test(text);
    const again = isSaid ? text : ` ${text}`;
    this.#console.offer(isOpen ? again : `${to.startsWith("#") ? to : `@${to}`} ${text}`);
  }

  #act(action: OuterAction): void {
    if (action !== "interrupt" && action !== "end") this.#leaving.typed();
    const done = (run: () => Promise<void>): void => {
      this.#chain = this.#chain.then(run).catch((error: Error) => this.#fail(error));
    };
    switch (action) {
      case "interrupt":
        this.#leaving.interrupt();
        return;
      case "end":
        this.#leaving.quit();
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
        done(() => this.#deeds.turn("unread"));
        return;
      case "nextConversation":
      case "previousConversation":
        done(() => this.#deeds.turn(action === "nextConversation" ? 1 : -1));
    }
  }

  /** Who has come since the names were asked for is known to the server: it is asked again, for a moment at the most. */
  #complete(before: string): Completion | undefined | Promise<Completion | undefined> {
    const { names, link, self } = this.session;
    const found = (): Completion | undefined => {
      const { users, groups, realms, files } = names;
      return complete(before, { users, groups, realms, files, speaking: this.#conversations.open !== undefined });
    };
    const known = found();
    if (!self || link.is !== "up" || (known && names.isFresh)) return known;
    const moment = new Promise<void>((resolve) => {
      setTimeout(resolve, NAMES_MS).unref();
    });
    return Promise.race([this.session.refresh().catch(() => undefined), moment]).then(found);
  }

  #prompt(columns: number): string {
    return promptOf(
      {
        me: this.session.user,
        open: this.#conversations.open?.name,
        unread: this.#conversations.unread.filter(({ name }) => !this.#preferences.mutes(name)),
        up: this.session.link.is === "up",
        marks: this.#options.marks,
      },
      columns,
    );
  }

  #status(columns: number): string[] {
    const transfers = this.#transfers.status(columns - 1);
    return statusOf(
      { pending: this.#posts.pending, link: this.session.link, marks: this.#options.marks, transfers },
      columns,
    );
  }
}
