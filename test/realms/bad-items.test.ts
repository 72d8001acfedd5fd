/** Whatever a linked realm delivers or calls, the answer has a code, and the next item is taken. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Dialer } from "../support/dialer.ts";
import type { Answer } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { groupMessage, type Item, item, message, person, post } from "../support/items.ts";
import { inbox, ok } from "../support/people.ts";
import { withAlice } from "./scene.ts";

const KIB = 1024;
const REFUSED = { code: expect.any(String) };
/** C0 but tab and LF, DEL, C1. */
const CONTROL = /[^\P{Cc}\t\n]/u;

async function linked() {
  const { server, alice } = await withAlice();
  return { server, alice, peer: await Dialer.linked(server, newIdentity("rumah")) };
}

/** An item that is right but for these values. */
const but = (values: Record<string, unknown>): Item => message("wati", ["alice"], "salah", values);
const from = (name: unknown): Item => but({ from: { name, full: "Wati" } });
const file = (values: Record<string, unknown>): Item =>
  but({ file: { id: randomUUID(), name: "a.txt", size: 4, sha256: "0".repeat(64), ...values } });

const wrong: readonly (readonly [what: string, bad: unknown])[] = [
  ["no object", null],
  ["a number", 7],
  ["a list", []],
  ["an unknown kind", item("terbang", {})],
  ...["constructor", "__proto__", "toString", "hasOwnProperty"].map(
    (kind) => [`kind ${kind}`, item(kind, {})] as const,
  ),
  ["no kind", but({ kind: undefined })],
  ["a kind that is no text", but({ kind: ["message"] })],

  ["no sender", but({ from: undefined })],
  ["a sender that is a text", but({ from: "wati" })],
  ["a sender without a name", but({ from: { full: "Wati" } })],
  ...["", "-wati", "wati budi", "wati@rumah", "__proto__", "wa\nti", "w".repeat(33), 7, null, ["wati"]].map(
    (name) => [`sender ${JSON.stringify(name)}`, from(name)] as const,
  ),

  ...["budi", 7, {}, [7], ["__proto__"], ["budi", "wati@rumah"], Array.from({ length: 101 }, (_, i) => `w${i}`)].map(
    (was) =>
      [`former names ${JSON.stringify(was).slice(0, 40)}`, but({ from: { name: "wati", full: "Wati", was } })] as const,
  ),

  ["no receivers", but({ to: undefined })],
  ["a receiver that is no list", but({ to: "alice" })],
  ["a receiver that is no text", but({ to: ["alice", 7] })],
  ["a receiver that is no name", but({ to: ["__proto__"] })],
  ["ten thousand receivers", but({ to: Array.from({ length: 10_000 }, (_, i) => `user${i}`) })],

  ["no text", but({ text: undefined })],
  ["a text that is a number", but({ text: 7 })],
  ["a text that is an object", but({ text: { toString: "x" } })],

  ["no id", but({ id: undefined })],
  ["an id that is no UUID", but({ id: "satu" })],
  ["an id that is a number", but({ id: 1 })],
  ["an id without end", but({ id: "a".repeat(100_000) })],

  ["no time", but({ time: undefined })],
  ...["besok", null, -1, 1.5, 1e17, 1e300].map((time) => [`time ${time}`, but({ time })] as const),

  ["a file that is a text", but({ file: "a.txt" })],
  ["a file that is null", but({ file: null })],
  ["a file without an id", file({ id: undefined })],
  ...["../../etc/passwd", "a/b", "a\\b", ".", "..", "", "a\u0000b", "x".repeat(256), 7].map(
    (name) => [`file name ${JSON.stringify(name)}`, file({ name })] as const,
  ),
  ...[-1, 0.5, "4", 1e300, null].map((size) => [`file size ${size}`, file({ size })] as const),
  ["a file with a hash that is none", file({ sha256: "x" })],

  ["a post to no group", post("wati", "takada", "salah")],
  ["a post to what is no name", post("wati", "__proto__", "salah")],
  ["a post without a sender", post("wati", "kelas", "salah", { from: undefined })],
  ["a join of no group", item("join", { from: person("wati"), group: "takada" })],
  ["a join of what every object has", item("join", { from: person("wati"), group: "constructor" })],
  ["a join without anything", item("join", {})],
  ["a leave without anything", item("leave", {})],
  ["a group's message without numbers", groupMessage({ name: "wati", realm: "rumah" }, "x", [0, 1], "", { seq: "1" })],
  ["a group's message from nobody", groupMessage({ name: "wati", realm: "rumah" }, "x", [0, 1], "", { from: null })],
  [
    "members that are a text",
    item("members", { group: "x", owner: "wati@rumah", head: 0, add: "alice@a", remove: [] }),
  ],
  ["members without a group", item("members", { owner: "wati@rumah", head: 0, add: [], remove: [] })],
  ["members with numbers", item("members", { group: "x", owner: "wati@rumah", head: 0, add: [1], remove: [{}] })],
  ["heads that are a text", item("heads", { heads: "kelas" })],
  ["heads that are none", item("heads", {})],
  ["heads that are no numbers", item("heads", { heads: { kelas: "satu" } })],
];

it("an item that is wrong in any way is refused by a code and holds nothing up", async () => {
  const { server, alice, peer } = await linked();
  const taken: string[] = [];
  const right: string[] = [];
  for (const [what, bad] of wrong) {
    // Numbers are given when an item is made: this one shall come after the one before.
    const numbered = typeof bad === "object" && bad !== null && !Array.isArray(bad);
    const answer = await peer.deliver(numbered ? { ...bad, n: item("", {}).n } : bad);
    const { code } = (Array.isArray(answer) ? answer[0] : answer) as Answer;
    if (code === undefined || code === "internal") taken.push(what);
    right.push(`sesudah ${what}`);
    expect(await peer.deliver(message("wati", ["alice"], right.at(-1) as string)), what).toEqual([{}]);
  }
  expect(taken).toEqual([]);
  expect(await inbox(alice, "all")).toEqual(right);
  expect(server.log()).not.toContain("internal");
});

it("a wrong item between right ones does not keep them back", async () => {
  const { alice, peer } = await linked();
  const items = [message("wati", ["alice"], "satu"), but({ to: 7 }), message("wati", ["alice"], "dua")];
  const numbered = items.map((one) => ({ ...one, n: item("", {}).n }));
  expect(await peer.deliver(...numbered)).toMatchObject([{}, REFUSED, {}]);
  expect(await inbox(alice, "all")).toEqual(["satu", "dua"]);
});

it("an item without a number that can be one is refused", async () => {
  const { alice, peer } = await linked();
  for (const n of [undefined, null, "1", -1, 0, 1.5, 1e300, {}]) {
    const answer = await peer.deliver(but({ n }));
    expect.soft(answer, String(n)).toMatchObject(Array.isArray(answer) ? [REFUSED] : REFUSED);
  }
  expect(await peer.deliver(message("wati", ["alice"], "benar"))).toEqual([{}]);
  expect(await inbox(alice, "all")).toEqual(["benar"]);
});

it("no text and no full name brings a control character here", async () => {
  const { alice, peer } = await linked();
  for (const text of ["a\rb", "a\r\n\r\nb", "a\u0000b", "a\u001b[31mb", "a\u007fb", "a\u0085b"]) {
    for (const bad of [{ text }, { from: { name: "wati", full: text } }]) await peer.deliver(but(bad));
  }
  for (const request of ["inbox all", "dialect multirealm", "inbox"]) {
    const { data } = await alice.request(request);
    for (const text of Object.values(data as object).flatMap((part) => texts(part))) expect(text).not.toMatch(CONTROL);
  }
});

it("no full name from elsewhere turns a line around here", async () => {
  const { alice, peer } = await linked();
  const signs = ["\u061c", "\u200e", "\u202e", "\u2066", "\u2028", "\u2029", "\ufeff"];
  await ok(alice.request("addgroup kelas"));
  for (const sign of signs) {
    const full = `${sign}Wa${sign}ti`;
    await peer.deliver(message("wati", ["alice"], "halo", { from: { name: "wati", full } }));
    await peer.deliver(item("join", { from: { name: "wati", full }, group: "kelas" }));
    await peer.deliver(post("wati", "kelas", "halo", { from: { name: "wati", full } }));
  }
  await alice.request("dialect multirealm");
  const { inbox: letters } = await alice.request("inbox");
  const names = Object.values(letters as Record<string, { msg_from: string }[]>).flatMap((list) =>
    list.map((one) => one.msg_from),
  );
  expect(names).toHaveLength(2 * signs.length);
  expect(new Set(names)).toEqual(new Set(["Wati"]));
  await alice.request("dialect native");
  expect((await ok(alice.request("info wati@rumah"))).data).toMatchObject({ username: "wati", name: "Wati" });
});

it("a key `__proto__` in an item changes no object", async () => {
  const { alice, peer } = await linked();
  const proto = '"__proto__":{"kind":"message","text":"x","name":"wati","polluted":true}';
  for (const text of [
    `[{"n":${item("", {}).n},${proto}}]`,
    `[{"n":${item("", {}).n},"kind":"message","from":{${proto}},"to":["alice"],"text":"x","time":1}]`,
    `[{"n":${item("", {}).n},"kind":"heads","heads":{"__proto__":5,"constructor":5}}]`,
  ]) {
    const { data, code } = await peer.callText("deliver", text);
    expect(code ?? data).toBeTruthy();
  }
  expect(await peer.deliver(message("wati", ["alice"], "benar"))).toEqual([{}]);
  expect(await inbox(alice, "all")).toEqual(["benar"]);
});

it("fifty items are taken, fifty-one are refused as a whole", async () => {
  const { alice, peer } = await linked();
  const many = (count: number) => Array.from({ length: count }, (_, i) => message("wati", ["alice"], String(i)));
  expect(await peer.deliver(...many(51))).toMatchObject(REFUSED);
  expect(await inbox(alice, "all")).toEqual([]);
  expect(await peer.deliver(...many(50))).toEqual(Array.from({ length: 50 }, () => ({})));
  expect(await inbox(alice, "all")).toHaveLength(50);
});

it("an item too large or too deep is refused, and the link goes on", async () => {
  const { alice, peer } = await linked();
  const large = await peer.deliver(but({ text: "x".repeat(300 * KIB) }));
  expect(large).toMatchObject(Array.isArray(large) ? [REFUSED] : REFUSED);
  const { n } = item("", {});
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  for (const value of ["text", "from", "to", "file", "more"]) {
    await peer.callText("deliver", `[{"n":${n},"kind":"message","${value}":${deep}}]`);
  }
  await peer.callText("deliver", deep);
  expect(await peer.deliver(message("wati", ["alice"], "benar"))).toEqual([{}]);
  expect(await inbox(alice, "all")).toEqual(["benar"]);
});

it("a call that is none is refused, and the link goes on", async () => {
  const { alice, peer } = await linked();
  for (const method of ["terbang", "constructor", "__proto__", "toString", "send", "DELIVER2"]) {
    expect(await peer.call(method, {}), method).toMatchObject(REFUSED);
  }
  const bodies: readonly (readonly [method: string, body: string])[] = [
    ["deliver", "{}"],
    ["deliver", "null"],
    ["deliver", '"x"'],
    ["deliver", "[{"],
    ["deliver", ""],
    ["names", "[]"],
    ["names", '{"users":-1,"groups":0}'],
    ["names", '{"users":"0","groups":null}'],
    ["names", '{"users":1e300,"groups":0.5}'],
    ["piece", "null"],
    ["piece", '{"file":{},"offset":0}'],
    ["piece", "{}"],
  ];
  for (const [method, body] of bodies) {
    expect.soft(await peer.callText(method, body), `${method} ${body}`).toMatchObject(REFUSED);
  }
  for (const text of [
    "link",
    "link call",
    "link answer",
    "link answer x {}",

    "link fly",
  ]) {
    expect.soft(await peer.request(text), text).toMatchObject(REFUSED);
  }
  expect(await peer.deliver(message("wati", ["alice"], "benar"))).toEqual([{}]);
  expect(await inbox(alice, "all")).toEqual(["benar"]);
});

it("whatever JSON stands in an item or a call is answered, and never by a fault", async () => {
  const { server, alice, peer } = await linked();
  const name = fc.constantFrom("alice", "wati", "kelas", "wati@rumah", "alice@a", "__proto__");
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    name,
    fc.array(name),
    fc.record({ name, full: name, realm: name }),
  );
  const kind = fc.constantFrom("message", "post", "join", "leave", "group", "members", "heads");
  const keys = ["id", "from", "to", "text", "time", "file", "group", "seq", "prev", "owner", "head", "add", "remove"];
  const values = fc.dictionary(fc.constantFrom(...keys, "whole", "heads"), value);
  await fc.assert(
    fc.asyncProperty(kind, values, async (what, given) => {
      const answer = await peer.deliver(item(what, given));
      expect(JSON.stringify(answer)).not.toMatch(/"internal"/);
    }),
    { numRuns: 500 },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("deliver", "names", "piece", "news", "ping"), value, async (method, body) => {
      const { data, code } = await peer.call(method, body);
      expect(code ?? data).toBeDefined();
      expect(code).not.toBe("internal");
    }),
    { numRuns: 500 },
  );
  await ok(alice.request("inbox all"));
  expect(server.log()).not.toMatch(/ error /);
});

it("what a realm may not do, it may not do with a link either: the connection is no user's", async () => {
  const { alice, peer } = await linked();
  for (const request of ["inbox", "send alice halo", "history alice", "addgroup klub", "whoami", "sessions"]) {
    expect(await peer.request(request), request).toMatchObject({ code: "no-session" });
  }
  await ok(alice.request("ping"));
  expect(await inbox(alice, "all")).toEqual([]);
});

/** Every text in a value. */
function texts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}
