/** What grows with users, with members of a group, and with what was said. */
import { ok } from "../support/people.ts";
import { type ServerProcess, startProcess } from "../support/server.ts";
import { type Ask, costs, resumed, usual } from "./costs.ts";
import { DELIVERY, deliveryCells } from "./deliveries.ts";
import { type Contents, filled } from "./fill.ts";
import { group, PINGER, range } from "./load.ts";
import { all, inRounds, withServer } from "./rounds.ts";
import { show, shown } from "./table.ts";

const USERS = [1000, 10_000, 100_000];
const MEMBERS = [10, 100, 1000, 10_000];
const HISTORY = [1000, 100_000, 1_000_000];

export async function growth(): Promise<void> {
  await curve("users", USERS, (users) => ({ users }), ofUsers);
  await curve("messages in one conversation", HISTORY, (letters) => ({ users: 3, letters }), ofHistory);
  for (const count of MEMBERS) await ofMembers(count);
}

/** CPU of requests at stores that grow. */
async function curve(
  what: string,
  counts: readonly number[],
  contents: (count: number) => Contents,
  asking: (server: ServerProcess) => Promise<Readonly<Record<string, Ask>>>,
): Promise<void> {
  const kept = [];
  const servers: Record<string, ServerProcess> = {};
  for (const count of counts) {
    const folder = await filled(contents(count));
    kept.push(folder);
    servers[count.toLocaleString("en")] = await startProcess(["--data", folder.data]);
  }
  const cost = await costs(servers, asking);
  for (const server of Object.values(servers)) await server.stop();
  for (const folder of kept) folder.remove();
  const names = Object.keys(servers);
  const rows = Object.entries(cost).map(([request, at]) => [request, ...names.map((name) => shown(at[name], 0))]);
  show(`CPU of a request, µs, with so many ${what}`, ["request", ...names], rows);
}

async function ofUsers(server: ServerProcess): Promise<Readonly<Record<string, Ask>>> {
  const wire = await resumed(server, 0);
  const { message, login } = await usual(server);
  return { message, login, "a page of users": () => ok(wire.request("users")) };
}

async function ofHistory(server: ServerProcess): Promise<Readonly<Record<string, Ask>>> {
  const wire = await resumed(server, 0);
  const { history } = await usual(server);
  const newest = await ok(wire.request("history u1 limit 500"));
  return {
    "the newest page": history,
    "a page further back": () => ok(wire.request(`history u1 before ${newest["before"]} limit 50`)),
    "a search": () => ok(wire.request("search limit 20 number words")),
    message: (i) => ok(wire.request(`send u1 message number ${i}`)),
  };
}

async function ofMembers(count: number): Promise<void> {
  const members = ["s0", ...range(count).map((i) => `r${i}`)];
  const people = { users: [PINGER, ...members], members };
  // The others tell everybody of everybody who joins.
  const few = all.filter(({ name }) => name.startsWith("obrol") || name === "redis" || count <= 1000);
  const figures = await inRounds(few, (bench) => withServer(bench, people, (server) => group(bench, server, count)), 1);
  const rows = [...figures].map(([{ name }, list]) => [name, ...deliveryCells(list)]);
  show(`One speaker, ${count.toLocaleString("en")} members`, ["server", ...DELIVERY], rows);
}
