/** Data folders that have much in them before a server is started on them. */
import { hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wire } from "../../src/connection/wire.ts";
import { type Cost, Passwords } from "../../src/operations/services/passwords.ts";
import type { User } from "../../src/state/entities.ts";
import type { State } from "../../src/state/state.ts";
import { machine } from "../../src/world/world.ts";
import { ok, PASSWORD } from "../support/people.ts";
import { startProcess } from "../support/server.ts";
import { sqliteState } from "../support/state.ts";
import { range } from "./load.ts";

export interface Contents {
  /** They are called u0, u1 and so on; each has a session. Three at least. */
  readonly users: number;
  /** Of the users, the first so many are in the group `g`. */
  readonly members?: number;
  /** Private ones, spread over all users, of one message each. */
  readonly conversations?: number;
  /** Messages of the group. */
  readonly posts?: number;
  /** Messages that u1 has sent to u0. */
  readonly letters?: number;
  /** What hashing their password has taken. */
  readonly cost?: Cost;
}

/** What a hash takes that is not measured. */
const QUICK: Cost = { memory: 64, passes: 2 };

/** Changes in one transaction: more would be kept in memory twice. */
const TURN = 5000;

/** A new folder with this in it, of which everything is in the index already. @returns where the data is, and how to remove it */
export async function filled(contents: Contents): Promise<{ readonly data: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-filled-"));
  const data = join(folder, "data");
  await fill(data, contents);
  await index(data);
  return { data, remove: () => rmSync(folder, { recursive: true }) };
}

/** The token of the session that the user of this number has. */
export function tokenOf(i: number): string {
  return `00000000-0000-4000-8000-${i.toString(16).padStart(12, "0")}`;
}

export async function fill(data: string, contents: Contents): Promise<void> {
  const { users, members = 0, conversations = 0, posts = 0, letters = 0, cost = QUICK } = contents;
  const password = await new Passwords(cost, machine).hash(PASSWORD);
  const state = sqliteState(data);
  const keep = turns(state);
  const now = Date.now();
  const people = range(users).map((i): User => {
    const name = `u${i}`;
    const user = state.users.add({ name, fullName: name, country: "id", password, created: now });
    state.sessions.add(user, hash("sha256", tokenOf(i), "base64"), now, { address: "127.0.0.1", client: "bench" });
    keep();
    return user;
  });
  const person = (i: number): User => people[i % users] as User;
  const { messages } = state;
  for (const i of range(conversations)) {
    // Each pair once: with the next one, then with the one after that.
    const [a, b] = [person(i), person(i + 1 + Math.floor(i / users))];
    messages.append(messages.conversation(a, b), a, now, `message number ${i} of some words`, undefined);
    keep();
  }
  if (members > 0) {
    const group = state.groups.add("g", person(0), now);
    for (const i of range(members).slice(1)) {
      state.groups.join(group, person(i), 0, true);
      keep();
    }
    const where = messages.groupConversation(group);
    for (const i of range(posts)) {
      messages.append(where, person(i % members), now, `post number ${i} of some words`, undefined);
      keep();
    }
  }
  const where = messages.conversation(person(0), person(1));
  for (const i of range(letters)) {
    messages.append(where, person(1), now, `letter number ${i} of some words`, undefined);
    keep();
  }
  void state.close();
}

/** Called after each change; ends a turn now and then. */
function turns(state: State): () => void {
  let changes = 0;
  return () => {
    if (++changes % TURN === 0) void state.commit();
  };
}

async function index(data: string): Promise<void> {
  const server = await startProcess(["--data", data]);
  const wire = await Wire.connect({ host: server.host, port: server.port });
  await ok(wire.request(`resume ${tokenOf(0)}`));
  while ((await ok(wire.request("search zzzz")))["behind"] === true);
  wire.close();
  await server.stop();
}
