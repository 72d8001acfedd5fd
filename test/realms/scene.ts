/** Realm `a` with its user alice, and what it says of other realms. */
import { expect } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import type { Wire } from "../../src/connection/wire.ts";
import { residentMb } from "../bench/processes.ts";
import { type Channel, wellBehaved } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { type Instead, Listener } from "../support/listener.ts";
import { newUser, ok } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { started, startedPassing, startedProcess } from "../support/started.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";

/** What a server that keeps everything it is told would exceed. */
const ROOM_MB = 150;

type Row = Readonly<Record<string, unknown>>;

export async function withAlice(...options: readonly string[]): Promise<{ server: TestServer; alice: Wire }> {
  const server = await started("--realm", "a", ...options);
  return { server, alice: (await newUser(server, "alice")).client };
}

/** The row of `realms`; empty for a realm that is not known. */
export async function realmRow(client: { request(text: string): Promise<Reply> }, name: string): Promise<Row> {
  const { data } = await ok(client.request("realms"));
  return (data as Row[]).find(({ realm }) => realm === name) ?? {};
}

export async function reachesState(client: Wire, name: string, state: string): Promise<Row> {
  return until(`${name} is ${state}`, async () => {
    const row = await realmRow(client, name);
    return row["state"] === state && row;
  });
}

/** Lines of the log that say what went wrong with a realm. */
export function complaints(server: TestServer, name: string): readonly string[] {
  return server
    .log()
    .split("\n")
    .filter((line) => /^\S+ \w+ realm-(?!linked|added)/.test(line) && line.includes(`realm=${name} `));
}

export interface House {
  readonly server: TestServer;
  /** Of its process, where it has one of its own: whose memory can be told. */
  readonly pid: number | undefined;
  readonly alice: Wire;
  readonly bob: Wire;
}

/** In this process: while something is waited for here, its time passes. */
export async function house(): Promise<House> {
  return peopled(await started("--realm", "a"), undefined);
}

/** In a process of its own: where it is its memory that counts. */
export async function houseProcess(): Promise<House & { readonly pid: number }> {
  const server = await startedProcess("--realm", "a");
  return { ...(await peopled(server, server.pid)), pid: server.pid };
}

/** The same, and its time can be let pass. */
export async function housePassing(): Promise<House & { readonly pid: number }> {
  const server = await startedPassing("--realm", "a");
  return { ...(await peopled(server, server.pid)), pid: server.pid };
}

async function peopled(server: TestServer, pid: number | undefined): Promise<House> {
  return { server, pid, alice: (await newUser(server, "alice")).client, bob: (await newUser(server, "bob")).client };
}

/** A listener that the house knows as `rumah`. */
export async function rumah({ alice }: House): Promise<Listener> {
  const peer = await Listener.start(newIdentity("rumah"));
  await ok(alice.request(`addrealm rumah ${peer.host} ${peer.port}`));
  return peer;
}

/** Somebody here is served until something has happened, and memory, where it counts, stays where it was. */
export async function servedUntil<T>(
  { server, pid, bob }: House,
  what: string,
  look: () => T | Promise<T>,
  next = pid === undefined ? passing(server) : undefined,
): Promise<void> {
  const memory = (): number => (pid === undefined ? 0 : residentMb(pid));
  const before = memory();
  await until(
    what,
    async () => {
      await ok(bob.request("ping"));
      expect(memory()).toBeLessThan(before + ROOM_MB);
      return (await look()) && true;
    },
    next,
  );
}

/** alice's message gets through once the peer behaves, and is there once. */
export async function getsThrough({ server, alice }: House, peer: Listener, text: string): Promise<void> {
  peer.answers = wellBehaved;
  peer.instead = () => false;
  const next = passing(server);
  await until(`${text} is delivered`, () => peer.items.some((given) => given["text"] === text), next);
  await until("nothing waits", async () => (await realmRow(alice, "rumah"))["queued"] === 0, next);
}

/** In place of the answer to a request that begins so. */
export const instead =
  (start: string, say: (channel: Channel) => void): Instead =>
  (request, channel) => {
    if (!request.startsWith(start)) return false;
    say(channel);
    return true;
  };
