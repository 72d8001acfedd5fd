/** What a server costs before anyone speaks: its start, and people who are only there. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Wire } from "../../src/connection/wire.ts";
import { startProcess } from "../support/server.ts";
import { sqliteState } from "../support/state.ts";
import { range } from "./load.ts";
import { residentMb } from "./servers.ts";

/** Seconds from the process's start to its first answer, on a data folder with so much in it. */
export async function start(users: number, messages: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-start-"));
  const data = join(folder, "data");
  fill(data, users, messages);
  const began = performance.now();
  const server = await startProcess(["--data", data]);
  const client = await server.connect();
  await client.request("ping");
  const seconds = (performance.now() - began) / 1000;
  client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
  return seconds;
}

/** The server's resident memory in MB with so many connections that are logged in and idle. */
export async function idle(connections: number): Promise<number> {
  const server = await startProcess();
  const first = await server.connect();
  await first.request("register idle rahasia Idle indonesia");
  const clients: Wire[] = [];
  for (const _ of range(connections)) {
    const client = await server.connect();
    await client.request("auth idle rahasia");
    clients.push(client);
  }
  const memory = residentMb(server.pid);
  for (const client of clients) client.close();
  await server.stop();
  return memory;
}

function fill(data: string, users: number, messages: number): void {
  const stores = sqliteState(data);
  const people = range(users).map((i) =>
    stores.users.add({ name: `user${i}`, fullName: `User ${i}`, country: "id", password: "-", created: 0 }),
  );
  void stores.commit();
  for (const i of range(messages)) {
    const [a, b] = [people[i % users], people[(i * 7 + 1) % users]];
    if (a && b)
      stores.messages.append(stores.messages.conversation(a, b), a, i, `message number ${i} of some words`, undefined);
    if (i % 1000 === 999) void stores.commit();
  }
  void stores.close();
}
