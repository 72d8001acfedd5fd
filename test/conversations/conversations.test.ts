/** Every conversation, each in its dialect chosen by `dialect NAME`, against a real server process. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Operation } from "../../src/contract/operations.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { play } from "./play.ts";
import { isVersion4, scripts } from "./scripts.ts";

let server: TestServer;
/** What is for servers only, and for the operator. */
const notForUsers: ReadonlySet<Operation> = new Set([
  "linkHello",
  "linkProve",
  "linkAnswer",
  "linkCall",
  "legacyRealm",
  "legacyMessage",
  "adminUsers",
  "adminPassword",
  "removeRealm",
  "adminInvite",
  "adminInvitations",
  "adminUninvite",
  "adminBan",
  "adminUnban",
  "adminBans",
] as const);
/** For each dialect, the rows that a conversation has had answered with OK. */
const answered = new Map<string, Set<string>>();

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

describe.each(dialectNames)("in %s", (name) => {
  const own = scripts.filter(({ dialect }) => dialect === name);

  test.each(own)("$name goes as written", async ({ name: file, text }) => {
    const { exchanges } = await play(file, text, name, server);
    const rows = answered.get(name) ?? new Set();
    answered.set(name, rows);
    const knows = { isToken: isVersion4, isRealm: () => true };
    for (const { request, reply } of exchanges) {
      const read = dialectNamed(name).decode(request, knows);
      if ("input" in read && reply.status.toUpperCase() === "OK") rows.add(read.row.pattern.source);
    }
  });

  // `auto` is the mixture of the others: its conversations show which row answers, not every row.
  // What servers say to each other is for more than one of them: test/realms, and realms.test.ts here; for the operator: test/bin.
  const rows = dialectNamed(name).rows.filter(({ operation }) => !notForUsers.has(operation));
  const wanted = name === "auto" ? [] : rows.map((row) => row.pattern.source);
  test("every request of the dialect is answered with OK in a conversation", () => {
    expect(own.length).toBeGreaterThan(0);
    expect(wanted.filter((row) => !answered.get(name)?.has(row))).toEqual([]);
  });
});
