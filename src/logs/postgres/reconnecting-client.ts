/**
 * A node's connection to PostgreSQL for its turns, which is made again when it is lost. If that does not succeed for some
 * seconds, PostgreSQL counts as lost: whatever is asked fails at once, until PostgreSQL can be reached again.
 */
import { setTimeout as pause } from "node:timers/promises";
import { EngineClient, EngineError } from "./client.ts";

/**
 * How long, in ms, an answer of PostgreSQL is waited for, reconnecting included; and the pause between two attempts to connect.
 */
export const PATIENCE_MS = 3000;
const RETRY_MS = 100;

export interface ReconnectingOptions {
  readonly url: string;
  /** Settings of each session. */
  readonly settings: Readonly<Record<string, string>>;
  /**
   * Checks a new connection, which may lead to another server than the last one, such as a standby that was promoted. @returns
   * why this node cannot go on there; undefined if it can
   */
  check(client: EngineClient): Promise<string | undefined>;
  /** What was under way on the connection has failed. */
  onFailed(): void;
  /** PostgreSQL cannot be reached, so that nobody can be served; or it can be reached again. */
  onReach(isReached: boolean, reason?: string): void;
  /** This node cannot go on, and must be started again. */
  onBroken(reason: string): void;
}

export class ReconnectingClient {
  readonly #options: ReconnectingOptions;
  #client: EngineClient | undefined;
  #connecting: Promise<EngineClient> | undefined;
  #isLost = false;
  #returned: Promise<void> = Promise.resolve();
  /** Why this node cannot go on. */
  #broken: Error | undefined;
  #isClosed = false;

  /** @param client the first connection, which is checked already */
  constructor(options: ReconnectingOptions, client: EngineClient) {
    this.#options = options;
    this.#client = client;
  }

  /** @throws EngineError */
  static connect({ url, settings }: Pick<ReconnectingOptions, "url" | "settings">): Promise<EngineClient> {
    return EngineClient.connect(url, settings);
  }

  /** The current connection, which may have ended; undefined while there is none. */
  get client(): EngineClient | undefined {
    return this.#client;
  }

  /** Whether there is a connection that can be used at once. */
  get isReady(): boolean {
    return this.#client?.isOpen === true && !this.#isLost && !this.#broken;
  }

  /** Whether this node cannot go on, or stops: nothing can be asked any more. */
  get isOver(): boolean {
    return this.#isClosed || this.#broken !== undefined;
  }

  /** Resolves when PostgreSQL is not lost, or no longer; also if this node stops. */
  get returned(): Promise<void> {
    return this.#returned;
  }

  /**
   * Asks PostgreSQL something. If the connection ends, `work` runs again on a new one, so it must be repeatable.
   * @param end until when that is tried, in ms of `performance.now`; then PostgreSQL is lost
   * @throws EngineError of PostgreSQL, without trying again. @throws Error when it is lost, at once if it is so already; or if
   * this node cannot go on
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
        // An error that is not PostgreSQL's: its answer cannot be read, and will not be readable later.
        if (!(error instanceof EngineError)) this.breaks(error as Error);
        if (!isGone || performance.now() + RETRY_MS > end) {
          if (isGone) this.lose((error as Error).message);
          throw error;
        }
        await pause(RETRY_MS);
      }
    }
  }

  /** Destroys the connection, which is of no use any more. @param client does so only if that is still the current one */
  drop(client = this.#client): void {
    if (client !== this.#client) return;
    this.#client?.destroy();
    this.#client = undefined;
  }

  /** Makes PostgreSQL count as lost, and tries to reach it again until that succeeds. */
  lose(reason: string): void {
    if (this.#isLost || this.#isClosed) return;
    this.#isLost = true;
    this.#options.onReach(false, reason);
    this.#returned = this.#comeBack();
  }

  /** Notes that this node cannot go on. PostgreSQL is lost to it for good. */
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

  /** Resolves when PostgreSQL can be reached again, or this node stops or cannot go on. */
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
    this.#connecting ??= ReconnectingClient.connect(this.#options)
      .then((client) => this.#checked(client))
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }

  /**
   * Checks a new connection, and makes it the current one. @throws EngineError. @throws Error in one line if this node cannot go
   * on there
   */
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

/** Waits for something, but not longer than until `end`, in ms of `performance.now`. @throws EngineError then, without a code */
export async function before<T>(end: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // If this process itself was frozen, an answer that came in time is read first, in this pass of the event loop.
    const fail = (): void => reject(new EngineError("PostgreSQL does not answer", undefined));
    timer = setTimeout(() => setImmediate(fail), Math.max(0, end - performance.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
