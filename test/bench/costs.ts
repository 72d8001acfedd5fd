/** What single requests cost a server. */
import type { Wire } from "../../src/connection/wire.ts";
import { loggedIn, ok } from "../support/people.ts";
import type { ServerProcess } from "../support/server.ts";
import { tokenOf } from "./fill.ts";
import { range } from "./load.ts";
import { cpuSeconds } from "./processes.ts";
import { median } from "./table.ts";

/** What is asked, and that its answer is waited for. @param i how often it was asked before */
export type Ask = (i: number) => Promise<unknown>;

/** Requests under way at once. */
const UNDER_WAY = 8;
/** Seconds of the server's processor time after which it is known, and how many requests are enough in any case. */
const ENOUGH_S = 0.15;
const ENOUGH = 2000;
const ROUNDS = 3;

/**
 * Microseconds of processor time that each request takes at each server, asked at one server after the other.
 * @param servers by whatever they are called
 */
export async function costs<Name extends string>(
  servers: Readonly<Record<Name, ServerProcess>>,
  asking: (server: ServerProcess) => Promise<Readonly<Record<string, Ask>>>,
): Promise<Readonly<Record<string, Readonly<Record<Name, number>>>>> {
  const names = Object.keys(servers) as Name[];
  const asked = new Map<Name, Readonly<Record<string, Ask>>>();
  for (const name of names) asked.set(name, await asking(servers[name]));
  const what = Object.keys(asked.get(names[0] as Name) ?? {});
  const result: Record<string, Record<Name, number>> = {};
  for (const one of what) {
    const found = new Map<Name, number[]>(names.map((name) => [name, []]));
    for (const _ of range(ROUNDS)) {
      for (const name of names) {
        found.get(name)?.push(await costOf(servers[name].pid, asked.get(name)?.[one] as Ask));
      }
    }
    result[one] = Object.fromEntries(names.map((name) => [name, median(found.get(name) ?? [])])) as Record<
      Name,
      number
    >;
  }
  return result;
}

/** Of u0, who reads what u1 has written to him (see fill.ts) and writes to u2. */
export async function usual(
  server: ServerProcess,
): Promise<Readonly<Record<"message" | "inbox" | "history" | "login", Ask>>> {
  const wire = await resumed(server, 0);
  return {
    message: (i) => ok(wire.request(`send u2 message number ${i}`)),
    inbox: () => ok(wire.request("unread")),
    history: () => ok(wire.request("history u1 limit 50")),
    async login() {
      const { client } = await loggedIn(server, "u0");
      await ok(client.request("logout"));
      client.close();
    },
  };
}

/** A connection of the user of this number. */
export async function resumed(server: ServerProcess, i: number): Promise<Wire> {
  const wire = await server.connect();
  await ok(wire.request(`resume ${tokenOf(i)}`));
  return wire;
}

async function costOf(pid: number, ask: Ask): Promise<number> {
  const before = cpuSeconds(pid);
  let asked = 0;
  do {
    await Promise.all(range(UNDER_WAY).map((i) => ask(asked + i)));
    asked += UNDER_WAY;
  } while (asked < ENOUGH && cpuSeconds(pid) - before < ENOUGH_S);
  return ((cpuSeconds(pid) - before) / asked) * 1e6;
}
