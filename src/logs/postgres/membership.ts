/**
 * A node among the others: that it is there, how far it is, who has gone; and what time it is. On a connection of its own, for
 * the other one may wait for the order.
 */
import type { Result, Statement } from "./batch.ts";
import { EngineClient, EngineError, rowOf } from "./client.ts";
import { FORMAT } from "./entry.ts";
import { OVERWRITE } from "./heard.ts";
import { HeldLeases, LEASE_MS, SEIZED } from "./held-leases.ts";
import { before } from "./line.ts";

/** How often, in ms, a node says that it is there. */
const BEAT_MS = 1000;

/** Entries of the log are kept for so long, in ms, for nodes that start again. */
const LOG_MS = 60_000;
const PRUNE_EVERY = 10;
/** What PostgreSQL has told is overwritten every so many beats. */
const OVERWRITE_EVERY = 600;

/**
 * Of a node that says nothing for so long PostgreSQL ends the connection: what is told of turns would wait for it, and in the end
 * nothing more could be told. It comes back by itself.
 */
const SETTINGS = { idle_session_timeout: "60s" };

/** Client ids that `post` still knows after a restart. */
const POSTS_KEPT = 100_000;

/** So many entries are read ahead of the order. */
const FAR = 500;

export interface MembershipOptions {
  readonly url: string;
  /** What it is called, and the version of its program. */
  readonly name: string;
  readonly version: string;
  readonly place: number;
  /** On which it is told of turns. */
  readonly channel: string;
  /** Something was kept. @param process of the server that did it, if it is known. @param payload as of `told`, or empty */
  readonly onNews: (process: number | undefined, payload: string) => void;
  /** The others have taken this node for gone: whoever is connected here is not there for them. */
  readonly onEnded: () => void;
}

/** Where the log is, and who is there. */
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
  /** The newest place that was seen. */
  #newest = 0;
  #nodes = 1;
  /** PostgreSQL's clock before this one, in ms. */
  #offset: number;
  /** Nodes that have not said for too long that they are there. */
  #gone: readonly number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #beats = 0;
  #beating: Promise<void> | undefined;
  /** Somebody has seized a lease while this node looked whether it has its own. */
  #isStale = false;
  #isClosed = false;

  /** @throws EngineError */
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

  /** Nodes that are there, this one too. */
  get nodes(): number {
    return this.#nodes;
  }

  /** Entries that others have kept, and that are not here yet. */
  get behind(): number {
    return Math.max(0, this.#newest - this.#place);
  }

  get isFarBehind(): boolean {
    return this.behind > FAR;
  }

  now(): number {
    return Math.floor(Date.now() + this.#offset);
  }

  reached(place: number): void {
    this.#place = place;
  }

  /** Says now that this node is there, and gives it another number if the others have taken it for gone. Never rejects. */
  async look(): Promise<void> {
    // What is under way may have been answered before.
    await this.#beating;
    await this.#beat();
  }

  /** Whoever waits for its leases need not wait until they run out. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    const release: Statement = { text: "DELETE FROM leases WHERE node = $1", values: [this.#node] };
    try {
      // It ends, too, because PostgreSQL was away, and may be there again.
      const client = this.#client.isOpen ? this.#client : await EngineClient.connect(this.#options.url, SETTINGS);
      await soon(client, client.run(release), BEAT_MS).catch(() => {});
      await client.close();
    } catch {
      // They run out.
    }
  }

  /** One look at a time; what fails is tried again with the next. */
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
        // A slow answer says less.
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

  /** And ids of posts that no node would read at its start. */
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

/** Removes from the log what every node that is there has seen, and that is old enough. The last entry stays: it says where the log is. */
export function pruning(now: number): Statement {
  return {
    name: "prune",
    text: `DELETE FROM log WHERE time < $1 AND place < (SELECT max(place) FROM log)
      AND place <= (SELECT min(place) FROM nodes WHERE seen > clock_timestamp() - make_interval(secs => $2))`,
    values: [now - LOG_MS, LOG_MS / 1000],
  };
}

/** What is not answered in time will not be: the connection is ended. */
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
