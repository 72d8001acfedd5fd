/** Every conversation, each in its dialect chosen by `dialect NAME`, against a real server process. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Code } from "../../src/contract/codes.ts";
import type { Operation } from "../../src/contract/operations.ts";
import { refusals } from "../../src/contract/refusals.ts";
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
  "adminReports",
  "adminReportDone",
  "adminReload",
  "adminUser",
  "adminKick",
  "adminDelete",
  "adminRename",
  "adminGroups",
  "adminGroupDelete",
  "adminMessageDelete",
  "adminRealmPin",
  "adminAnnounce",
  "adminStats",
  "adminAudit",
  "adminBackup",
] as const);
/** What names something that may not be there, or is not for everybody, by the kinds of a row's parameters. */
const named: Readonly<Partial<Record<Code, RegExp>>> = {
  "user-not-found": /user|^to$|^with$|^receiver$|^from/,
  "group-not-found": /group|^to$|^with$|^receiver$/,
  "not-member": /group|^to$|^with$|^receiver$/,
  "realm-not-found": /realm/,
  forbidden: /^group/,
};
/** Refusals that a user of one server does not meet, though another server may refuse so. */
const elsewhere: ReadonlySet<string> = new Set([
  "joinGroup not-member",
  // Who was not invited is told that first.
  "acceptGroup group-not-found",
  "acceptGroup realm-not-found",
  "acceptGroup not-member",
  // With members whom the operator has banned.
  "createGroup forbidden",
]);
/** Operations with a code that a conversation has had them refused with, in any dialect. */
const refused = new Set<string>();
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
      if (!("input" in read)) continue;
      if (reply.status.toUpperCase() === "OK") rows.add(read.row.pattern.source);
      else refused.add(`${read.row.operation} ${reply.code}`);
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

test("every request that names a user, a group or a realm is refused in a conversation as it can be", () => {
  const rows = dialectNamed("native").rows.filter(({ operation }) => !notForUsers.has(operation));
  const wanted = rows.flatMap(({ operation, pattern }) =>
    refusals[operation].flatMap((code) => {
      const kind = named[code];
      return kind && pattern.elements.some((one) => "kind" in one && kind.test(one.kind))
        ? [`${operation} ${code}`]
        : [];
    }),
  );
  expect(wanted.length).toBeGreaterThan(0);
  expect([...new Set(wanted)].filter((one) => !refused.has(one) && !elsewhere.has(one))).toEqual([]);
  expect([...elsewhere].filter((one) => refused.has(one))).toEqual([]);
});
