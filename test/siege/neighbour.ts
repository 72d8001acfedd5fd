/** Somebody elsewhere who only wants to chat: what he notices of it while others mean ill. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../../src/connection/errors.ts";
import { Wire } from "../../src/connection/wire.ts";
import type { ServerProcess } from "../support/server.ts";
import type { Times } from "./figures.ts";

/** Where he comes from, and where those do who mean ill. */
const ELSEWHERE = "127.0.0.2";
export const ILL = "127.0.0.3";

/** Between two tries of each thing that is measured. */
const PAUSE_MS = 100;

export type Act = "login" | "sendfile" | "send" | "ping";

export class Neighbour {
  readonly #server: ServerProcess;
  readonly #wires: readonly Wire[];
  readonly #acts: Readonly<Record<Act, () => Promise<unknown>>>;

  /** Makes an account. @param code of an invitation, with its colon, where one is needed */
  static async come(server: ServerProcess, name = "alice", code = ""): Promise<Neighbour> {
    const wire = await wireFrom(server, ELSEWHERE);
    await taken(wire.request(`register ${name} ${code}rahasia ${name} indonesia`));
    return new Neighbour(server, name, wire, await wireFrom(server, ELSEWHERE));
  }

  /** @param other a connection for what must not wait behind the rest */
  private constructor(server: ServerProcess, name: string, wire: Wire, other: Wire) {
    this.#server = server;
    this.#wires = [wire, other];
    this.#acts = {
      login: () => this.#logIn(name),
      sendfile: () => taken(wire.request(`sendfile ${name} a.txt YWJjZGU=`)),
      send: () => taken(wire.request(`send ${name} halo`)),
      ping: () => taken(other.request("ping")),
    };
  }

  /** Does each of them again and again, for so long. */
  async notices(seconds: number, acts: readonly Act[] = ["ping", "send"]): Promise<Readonly<Record<string, Times>>> {
    const end = performance.now() + seconds * 1000;
    return this.noticesUntil(() => performance.now() >= end, acts);
  }

  /** The same, until something is over. */
  async noticesUntil(
    isOver: () => boolean,
    acts: readonly Act[] = ["ping", "send"],
  ): Promise<Readonly<Record<string, Times>>> {
    const times = acts.map(async (act) => [act, await timesOf(this.#acts[act], isOver)] as const);
    return Object.fromEntries(await Promise.all(times));
  }

  leave(): void {
    for (const wire of this.#wires) wire.close();
  }

  async #logIn(name: string): Promise<void> {
    const wire = await wireFrom(this.#server, ELSEWHERE);
    await taken(wire.request(`auth ${name} rahasia`));
    await taken(wire.request("logout"));
    wire.close();
  }
}

/** A new user who means ill, and the token of his session. */
export async function newToken(server: ServerProcess, name: string): Promise<string> {
  const wire = await wireFrom(server, ILL);
  const reply = await taken(wire.request(`register ${name} rahasia ${name} indonesia`));
  wire.close();
  return String(reply["tokenid"]);
}

/** A connection that comes from an address of loopback. */
export async function wireFrom({ port }: Pick<ServerProcess, "port">, localAddress: string): Promise<Wire> {
  const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true });
  await once(socket, "connect");
  return new Wire(socket, {});
}

async function taken(reply: Promise<Reply>): Promise<Reply> {
  const got = await reply;
  if (got.status !== "OK") throw new Error(`somebody else was refused: ${JSON.stringify(got)}`);
  return got;
}

async function timesOf(act: () => Promise<unknown>, isOver: () => boolean): Promise<Times> {
  const times: number[] = [];
  while (!isOver()) {
    const begun = performance.now();
    try {
      await act();
      times.push(performance.now() - begun);
    } catch (error) {
      // It was waited for in vain, or refused: that is a figure, too.
      console.log(`    ${(error as Error).message}`);
      times.push(Number.POSITIVE_INFINITY);
      return times;
    }
    await sleep(PAUSE_MS);
  }
  return times;
}
