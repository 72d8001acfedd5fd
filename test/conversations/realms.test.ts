/** Conversations over several servers, linked, each connection in its dialect chosen by name. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import { machine, type World } from "../../src/world/world.ts";
import { link } from "../support/realms.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { play } from "./play.ts";
import { isVersion4, realmScripts } from "./scripts.ts";

const names = ["kampus", "rumah", "pasar"] as const;

/** What waits for another realm for seconds waits for long: on a busy machine that one answers late, and is asked all the same. */
const patient: World = { ...machine, after: (ms, then) => machine.after(ms < 1000 ? ms : 20 * ms, then) };

let servers: TestServer[];
/** For each dialect, the rows that a conversation has had answered with OK. */
const answered = new Map<string, Set<string>>();

beforeAll(async () => {
  servers = await Promise.all(names.map((name) => startServer(["--realm", name], undefined, patient)));
  const [a, b, c] = servers.map((server, i) => ({ ...server, realm: names[i] as string }));
  if (!a || !b || !c) throw new Error("three servers");
  await link(a, b);
  await link(a, c);
  await link(b, c);
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));

describe.each(dialectNames)("in %s", (name) => {
  const own = realmScripts.filter(({ dialect }) => dialect === name);

  test.each(own)("$name goes as written", async ({ name: file, text }) => {
    const { exchanges } = await play(file, text, name, ...servers);
    const rows = answered.get(name) ?? new Set();
    answered.set(name, rows);
    const knows = { isToken: isVersion4, isRealm: () => true };
    for (const { request, reply } of exchanges) {
      const read = dialectNamed(name).decode(request, knows);
      if ("input" in read && reply.status.toUpperCase() === "OK") rows.add(read.row.pattern.source);
    }
  });

  // Rows in which a user can name a realm. native has those of basic; `auto` is the mixture of all.
  const basic = name === "native" ? dialectNamed("basic").rows : [];
  const wanted = (name === "auto" ? [] : dialectNamed(name).rows)
    .filter(
      (row) =>
        !basic.includes(row) &&
        !/^(link|legacy|removeRealm)/.test(row.operation) &&
        !row.pattern.source.startsWith("admin ") &&
        !row.pattern.source.includes(" key "),
    )
    .map((row) => row.pattern.source)
    .filter((row) => /realm|<own>/.test(row));
  test("every request that can name a realm is answered with OK in a conversation", () => {
    expect(own.length).toBeGreaterThan(0);
    expect(wanted.filter((row) => !answered.get(name)?.has(row))).toEqual([]);
  });
});
