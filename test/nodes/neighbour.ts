/**
 * Another realm, one server on a database of its own, that calls the nodes by their balancer; and those who write from there and to
 * there.
 */
import type { Client } from "../../src/connection/client.ts";
import type { Chance } from "../simulator/chance.ts";
import { newUser, ok } from "../support/people.ts";
import { type LocalServer, startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import type { Place } from "./asking.ts";
import { Correspondent, SHARED } from "./correspondent.ts";
import type { Diary } from "./diary.ts";
import { openings } from "./opening.ts";

/** How long, in ms, a link may take to be made; and the longest that a realm waits before it calls again. */
const LINKING_MS = 1000;
const LONGEST_PAUSE_MS = 300_000;

const HERE = ["d0", "d1"];
const THERE = ["s0", "s1"];

export class Neighbour {
  readonly realm = "desa";
  /** Who lives here, and who in the realm of the nodes. */
  readonly here: readonly Correspondent[];
  readonly there: readonly Correspondent[];
  readonly #server: LocalServer;

  /** Linked, and everybody is in the group of both. @param home the realm of the nodes. @param node where its people register */
  static async of(home: string, node: TestServer, balancer: Place, diary: Diary, chance: Chance): Promise<Neighbour> {
    const server = await startServer(["--realm", "desa", "--peer", `${home}=${balancer.host}:${balancer.port}`]);
    try {
      const here = await Promise.all(HERE.map((name) => newUser(server, name)));
      const there = await Promise.all(THERE.map((name) => newUser(node, name)));
      for (const [i, { client }] of there.entries()) {
        await ok(client.request(`${i === 0 ? "addgroup" : "joingroup"} ${SHARED}`));
      }
      for (const { client } of here) {
        await until("the group is joined", async () => {
          const { status, code, state } = await client.request(`joingroup ${SHARED}@${home}`);
          return (status === "OK" && state === undefined) || code === "already-member";
        });
      }
      const people = [...here.entries()].map(([i, one]) => [HERE[i] as string, one] as const);
      const others = [...there.entries()].map(([i, one]) => [THERE[i] as string, one] as const);
      const since = await openings([...people, ...others]);
      for (const { client } of [...here, ...there]) client.close();
      const common = { home, diary, chance };
      return new Neighbour(
        server,
        HERE.map((name, i) => {
          const others = THERE.map((other) => `${other}@${home}`);
          return new Correspondent(name, {
            ...common,
            realm: "desa",
            others,
            place: server,
            since: since[i] as string,
          });
        }),
        THERE.map((name, i) => {
          const others = HERE.map((other) => `${other}@desa`);
          const opening = since[HERE.length + i] as string;
          return new Correspondent(name, { ...common, realm: home, others, place: balancer, since: opening });
        }),
      );
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(server: LocalServer, here: readonly Correspondent[], there: readonly Correspondent[]) {
    this.#server = server;
    this.here = here;
    this.there = there;
  }

  get place(): Place {
    return this.#server;
  }

  get log(): string {
    return this.#server.log();
  }

  /** Until neither realm has anything that waits for the other. @param here a connection to this one, somebody logged in; `there`: to the other */
  async settled(here: Client, there: Client): Promise<void> {
    let patience = LINKING_MS;
    let passed = performance.now();
    await until("nothing waits for another realm", async () => {
      const [ours, theirs] = await Promise.all([here.call("realms", {}), there.call("realms", {})]);
      const isLinked = ours.data.every(({ own, state }) => own || state === "linked");
      if (!isLinked && performance.now() - passed > patience) {
        // It does not wait any longer before it calls again; longer each time, for the call takes as long as it takes.
        this.#server.pass(LONGEST_PAUSE_MS);
        passed = performance.now();
        patience *= 2;
      }
      return [...ours.data, ...theirs.data].every(({ own, queued }) => own || queued === 0);
    });
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
