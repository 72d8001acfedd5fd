/**
 * A node's membership among the nodes that share the log. By a heartbeat each second it says that it is alive and how far it has
 * read, renews its leases, and learns which others are alive, how far the log is, and PostgreSQL's time. It has a connection of
 * its own, because the one for turns may be waiting for the order.
 */
import type { Result, Statement } from "./batch.ts";
import { EngineClient, EngineError, rowOf } from "./client.ts";
import { FORMAT } from "./entry.ts";
import { OVERWRITE } from "./heard.ts";
import { HeldLeases, LEASE_MS, SEIZED } from "./held-leases.ts";
import { before } from "./reconnecting-client.ts";

/** The interval of heartbeats, in ms. */
const BEAT_MS = 1000;

/**
 * How long, in ms, entries of the log are kept at least, for nodes that are restarted; and every how many heartbeats old ones are
 * removed.
 */
const LOG_MS = 60_000;
const PRUNE_EVERY = 10;
/** Every how many heartbeats PostgreSQL's queue of notifications is overwritten: see `OVERWRITE`. */
const OVERWRITE_EVERY = 600;

/**
 * PostgreSQL ends the session of a node that is frozen for so long. Otherwise its queue of notifications would keep everything
 * for that node, until it is full and no turn can be committed. The node reconnects when it is well again.
 */
const SETTINGS = { idle_session_timeout: "60s" };

/** How many client ids `post` still knows after a restart. */
const POSTS_KEPT = 100_000;

/** If a node lacks more entries than this, it reads them before it acquires the order. */
const FAR = 500;

export interface MembershipOptions {
  readonly url: string;
  /** The node's name, and the version of its program. */
  readonly name: string;
  readonly version: string;
  /** The place in the log up to which it has read. */
  readonly place: number;
  /** The channel of notifications about turns. */
  readonly channel: string;
  /**
   * Another node has committed something, or may have. @param process the backend by which it did, if that is known. @param
   * payload as of `told`, or empty
   */
  readonly onNews: (process: number | undefined, payload: string) => void;
  /** The other nodes have taken this one for gone, and count the users who are connected here as offline. */
  readonly onEnded: () => void;
}

/** The place of the newest entry, how many nodes are alive, and the numbers of those that are not. */
interface Others {
  readonly newest: number | null;
  readonly nodes: number;
  readonly gone: readonly string[];
}

export class Membership {
  readonly leases: HeldLeases;
  readonly #options: MembershipOptions;
  #client: EngineClient;
  #node: number;
  #place: number;
  /** The place of the newest entry, as of the last heartbeat. */
  #newest = 0;
  #nodes = 1;
  /** How far PostgreSQL's clock is ahead of this machine's, in ms. */
  #offset: number;
  /** The numbers of nodes whose heartbeats have stopped for too long. */
  #gone: readonly number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #beats = 0;
  #beating: Promise<void> | undefined;
  /** A lease was seized while a heartbeat was under way: another heartbeat must follow at once. */
  #isStale = false;
  #isClosed = false;

  /** Registers this node, and begins its heartbeats. @throws EngineError */
  static async join(options: MembershipOptions): Promise<Membership> {
    const client = await EngineClient.connect(options.url, SETTINGS);
    try {
      const { id, time } = await soon(client, register(client, options));
      const membership = new Membership(options, client, id, time);
      await membership.#listen();
      return membership;
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  private constructor(options: MembershipOptions, client: EngineClient, node: number, time: number) {
    this.#options = options;
    this.#client = client;
    this.#node = node;
    this.#place = options.place;
    this.#offset = time - Date.now();
    this.leases = new HeldLeases({ node: () => this.#node, ask: (statements) => this.#asked(statements) });
    this.#timer = setInterval(() => void this.#beat(), BEAT_MS);
  }

  get node(): number {
    return this.#node;
  }

  get gone(): readonly number[] {
    return this.#gone;
  }

  /** How many nodes are alive, with this one. */
  get nodes(): number {
    return this.#nodes;
  }

  /** How many entries of the log this node lacks. */
  get behind(): number {
    return Math.max(0, this.#newest - this.#place);
  }

  get isFarBehind(): boolean {
    return this.behind > FAR;
  }

  /** The time in ms since 1970, by PostgreSQL's clock. */
  now(): number {
    return Math.floor(Date.now() + this.#offset);
  }

  /** Notes that this node has everything up to a place. The others may then remove it from the log. */
  reached(place: number): void {
    this.#place = place;
  }

  /** Sends a heartbeat now: if the others have taken this node for gone, it has another number afterwards. Never rejects. */
  async look(): Promise<void> {
    // One that is under way may have been answered before the others did so.
    await this.#beating;
    await this.#beat();
  }

  /** Ends the heartbeats, and releases this node's leases, so that others need not wait until they expire. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    const release: Statement = { text: "DELETE FROM leases WHERE node = $1", values: [this.#node] };
    try {
      // The connection may have been lost, which may even be why this node stops; PostgreSQL may be reachable again.
      const client = this.#client.isOpen ? this.#client : await EngineClient.connect(this.#options.url, SETTINGS);
      await soon(client, client.run(release), BEAT_MS).catch(() => {});
      await client.close();
    } catch {
      // The leases will expire.
    }
  }

  /** A heartbeat. There is one at a time. If it fails, the next one tries again on a new connection. */
  #beat(): Promise<void> {
    this.#beating ??= this.#beatOnce().finally(() => {
      this.#beating = undefined;
      if (this.#isStale) void this.#beat();
    });
    return this.#beating;
  }

  async #beatOnce(): Promise<void> {
    this.#isStale = false;
    if (this.#isClosed) return;
    try {
      if (!this.#client.isOpen) {
        this.#client = await EngineClient.connect(this.#options.url, SETTINGS);
        if (this.#isClosed) {
          this.#client.destroy();
          return;
        }
        await this.#listen();
        this.#options.onNews(undefined, "");
      }
      const [began, asked] = [Date.now(), performance.now()];
      const held = this.leases.names;
      const [mine, renewed, others] = await this.#asked([
        {
          name: "beat",
          text: `UPDATE nodes SET seen = clock_timestamp(), place = $2 WHERE id = $1
            RETURNING extract(epoch FROM clock_timestamp()) * 1000 AS time`,
          values: [this.#node, this.#place],
        },
        this.leases.renewing(held),
        {
          name: "others",
          text: `SELECT (SELECT max(place) FROM log) AS newest,
              (SELECT count(*) FROM nodes WHERE seen >= clock_timestamp() - make_interval(secs => $1)) AS nodes,
              array(SELECT id FROM nodes WHERE seen < clock_timestamp() - make_interval(secs => $1)) AS gone`,
          values: [LEASE_MS / 1000],
        },
      ]);
      const { newest, nodes, gone } = rowOf<Others>(others);
      this.#newest = newest ?? 0;
      this.#nodes = nodes;
      this.#gone = gone.map(Number);
      if (mine?.rowCount === 1) {
        this.leases.renewed(held, renewed, asked);
        const { time } = mine.rows[0] as { readonly time: string };
        // A slow answer would make the time inexact.
        if (Date.now() - began < BEAT_MS / 10) this.#offset = Number(time) - Date.now();
      } else {
        const options = { ...this.#options, place: this.#place };
        this.#node = (await soon(this.#client, register(this.#client, options))).id;
        this.leases.lose(held);
        this.#options.onEnded();
      }
      if (++this.#beats % PRUNE_EVERY === 0) await this.#prune();
      if (this.#beats % OVERWRITE_EVERY === 0) await this.#asked([OVERWRITE]);
      if (this.#newest > this.#place) this.#options.onNews(undefined, "");
    } catch {
      this.#client.destroy();
    }
    this.leases.expire();
  }

  /** Removes old entries from the log, and client ids that no node would load at its start. */
  async #prune(): Promise<void> {
    await this.#asked([
      pruning(this.now()),
      { text: "DELETE FROM posts WHERE n < (SELECT max(n) FROM posts) - $1", values: [POSTS_KEPT] },
    ]);
  }

  #asked(statements: readonly Statement[]): Promise<readonly Result[]> {
    return soon(this.#client, this.#client.run(...statements));
  }

  async #listen(): Promise<void> {
    const client = this.#client;
    await soon(
      client,
      client.listen(this.#options.channel, (process, payload) => this.#options.onNews(process, payload)),
    );
    await soon(
      client,
      client.listen(SEIZED, (process) => {
        if (process === client.process || this.leases.names.length === 0) return;
        this.#isStale = true;
        void this.#beat();
      }),
    );
  }
}

/**
 * Removes entries from the log that are old enough, and that every node that was alive lately has. The last entry always stays:
 * the next place follows from it. @param now ms since 1970
 */
export function pruning(now: number): Statement {
  return {
    name: "prune",
    text: `DELETE FROM log WHERE time < $1 AND place < (SELECT max(place) FROM log)
      AND place <= (SELECT min(place) FROM nodes WHERE seen > clock_timestamp() - make_interval(secs => $2))`,
    values: [now - LOG_MS, LOG_MS / 1000],
  };
}

/**
 * Waits for an answer for so many ms. If none comes, or the connection has ended, destroys the client. @throws EngineError then
 */
async function soon<T>(client: EngineClient, work: Promise<T>, ms = BEAT_MS * 2): Promise<T> {
  try {
    return await before(performance.now() + ms, work);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code === undefined) client.destroy();
    throw error;
  }
}

async function register(
  client: EngineClient,
  { name, version, place }: MembershipOptions,
): Promise<{ readonly id: number; readonly time: number }> {
  const [result] = await client.run({
    text: `INSERT INTO nodes (name, version, format, since, place, seen)
      VALUES ($1, $2, $3, extract(epoch FROM clock_timestamp()) * 1000, $4, clock_timestamp())
      RETURNING id, extract(epoch FROM clock_timestamp()) * 1000 AS time`,
    values: [name, version, FORMAT, place],
  });
  const { id, time } = rowOf<{ readonly id: number; readonly time: string }>(result);
  return { id, time: Number(time) };
}
