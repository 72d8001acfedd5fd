/**
 * The way to PostgreSQL for a node's turns: one connection, made anew where it is lost. Where that does not succeed for some
 * seconds PostgreSQL is lost: whoever asks is refused at once, until it can be reached again.
 */
import { setTimeout as pause } from "node:timers/promises";
import { EngineClient, EngineError } from "./client.ts";

/** How long, in ms, somebody waits for PostgreSQL, and how often it is tried to reach it. */
export const PATIENCE_MS = 3000;
const RETRY_MS = 100;

export interface LineOptions {
  readonly url: string;
  /** Of its sessions. */
  readonly settings: Readonly<Record<string, string>>;
  /** A new connection may lead to another server than the one before. @returns why this node cannot go on there */
  check(client: EngineClient): Promise<string | undefined>;
  /** What was under way on the connection has come to nothing. */
  onFailed(): void;
  /** PostgreSQL cannot be reached, and nobody can be served; or it can again. */
  onReach(isReached: boolean, reason?: string): void;
  /** This node cannot go on, and must be started again. */
  onBroken(reason: string): void;
}

export class Line {
  readonly #options: LineOptions;
  #client: EngineClient | undefined;
  #connecting: Promise<EngineClient> | undefined;
  #isLost = false;
  #returned: Promise<void> = Promise.resolve();
  #broken: Error | undefined;
  #isClosed = false;

  /** @param client the first one */
  constructor(options: LineOptions, client: EngineClient) {
    this.#options = options;
    this.#client = client;
  }

  /** @throws EngineError */
  static connect({ url, settings }: Pick<LineOptions, "url" | "settings">): Promise<EngineClient> {
    return EngineClient.connect(url, settings);
  }

  get client(): EngineClient | undefined {
    return this.#client;
  }

  /** It may be used at once. */
  get isReady(): boolean {
    return this.#client?.isOpen === true && !this.#isLost && !this.#broken;
  }

  /** This node cannot go on, or stops: nothing is found out any more. */
  get isOver(): boolean {
    return this.#isClosed || this.#broken !== undefined;
  }

  /** Resolves when it is not lost any more. */
  get returned(): Promise<void> {
    return this.#returned;
  }

  /**
   * Does something with PostgreSQL, if need be again on a new connection. @param end of its patience, by `performance.now`
   * @throws Error then; at once where it is lost, or this node broken
   */
  async run<T>(work: (client: EngineClient) => Promise<T>, end = performance.now() + PATIENCE_MS): Promise<T> {
    if (this.#broken) throw this.#broken;
    if (this.#isClosed) throw new EngineError("this node stops", undefined);
    if (this.#isLost) throw new EngineError("PostgreSQL cannot be reached", undefined);
    for (;;) {
      try {
        const client = await before(end, this.#connected());
        return await before(end, work(client));
      } catch (error) {
        this.#options.onFailed();
        const isGone = error instanceof EngineError && error.code === undefined;
        this.drop();
        // What cannot be read now cannot be read later.
        if (!(error instanceof EngineError)) this.breaks(error as Error);
        if (!isGone || performance.now() + RETRY_MS > end) {
          if (isGone) this.lose((error as Error).message);
          throw error;
        }
        await pause(RETRY_MS);
      }
    }
  }

  /** The connection is of no use any more. @param client only if it is still this one */
  drop(client = this.#client): void {
    if (client !== this.#client) return;
    this.#client?.destroy();
    this.#client = undefined;
  }

  lose(reason: string): void {
    if (this.#isLost || this.#isClosed) return;
    this.#isLost = true;
    this.#options.onReach(false, reason);
    this.#returned = this.#comeBack();
  }

  /** This node cannot go on. */
  breaks(error: Error): void {
    if (this.#broken) return;
    this.#broken = error;
    this.lose(error.message);
    this.#options.onBroken(error.message);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client?.close();
  }

  /** Until PostgreSQL can be reached again; or this node stops. */
  async #comeBack(): Promise<void> {
    while (!this.#isClosed && this.#broken === undefined) {
      await pause(RETRY_MS);
      try {
        const end = performance.now() + PATIENCE_MS;
        const client = await before(end, this.#connected());
        await before(end, client.run({ text: "SELECT 1" }));
        if (this.#broken) return;
        this.#isLost = false;
        this.#options.onReach(true);
        return;
      } catch (error) {
        this.drop();
        if (!(error instanceof EngineError)) this.breaks(error as Error);
      }
    }
  }

  #connected(): Promise<EngineClient> {
    if (this.#client?.isOpen) return Promise.resolve(this.#client);
    if (this.#isClosed) return Promise.reject(new EngineError("this node stops", undefined));
    this.#connecting ??= Line.connect(this.#options)
      .then((client) => this.#checked(client))
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }

  /** It is of use only once it has answered. @throws EngineError. @throws Error in one line where this node cannot go on */
  async #checked(client: EngineClient): Promise<EngineClient> {
    try {
      const reason = await before(performance.now() + PATIENCE_MS, this.#options.check(client));
      if (reason !== undefined) throw new Error(reason);
      if (this.#isClosed) throw new EngineError("this node stops", undefined);
    } catch (error) {
      client.destroy();
      throw error;
    }
    this.#client = client;
    return client;
  }
}

/** @param end by `performance.now`. @throws EngineError once it is past */
export async function before<T>(end: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // Who was held up, or frozen, has not read yet what has come in time.
    const fail = (): void => reject(new EngineError("PostgreSQL does not answer", undefined));
    timer = setTimeout(() => setImmediate(fail), Math.max(0, end - performance.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
