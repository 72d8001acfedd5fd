/** Passwords that are tried and tried: who is refused, who waits behind whom, and who gets in all the same. */
import { expect, onTestFinished, test } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import { machine } from "../../src/world/world.ts";
import { hasRead, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const MINUTE_MS = 60_000;
const ELSEWHERE = "127.0.0.2";

interface House {
  readonly server: TestServer;
  /** The passwords that were hashed, in their order. */
  readonly hashed: readonly string[];
  pass(ms: number): void;
  /** Hashes stand still, until they are let. */
  shut(): void;
  /** Lets so many hashes that stand still come to their end; without a number all, from now on. */
  open(count?: number): void;
  /** Once so many hashes stand still. */
  standing(count: number): Promise<unknown>;
}

/** A server whose time passes as the test wants, and its hashes come to an end so; alice and bob have accounts. */
async function house(): Promise<House> {
  let passed = 0;
  let isShut = false;
  const hashed: string[] = [];
  const gates: (() => void)[] = [];
  const world = {
    ...machine,
    elapsed: () => passed,
    // What a server does after a while it does soon.
    after: (ms: number, then: () => void) => machine.after(ms / 100, then),
    argon2id: async (parameters: Parameters<typeof machine.argon2id>[0]) => {
      hashed.push(String(parameters.message));
      if (isShut) await new Promise<void>((resolve) => gates.push(resolve));
      return machine.argon2id(parameters);
    },
  };
  const server = await startServer(["--memory", "--log-level", "debug"], undefined, world);
  const open = (count?: number): void => {
    if (count === undefined) isShut = false;
    for (const gate of gates.splice(0, count ?? gates.length)) gate();
  };
  onTestFinished(() => server.stop());
  onTestFinished(() => open());
  for (const name of ["alice", "bob"]) (await newUser(server, name)).client.close();
  return {
    server,
    hashed,
    pass(ms) {
      passed += ms;
    },
    shut() {
      isShut = true;
    },
    open,
    standing: (count) => until(`${count} hashes stand still`, () => gates.length >= count),
  };
}

/** One login on a connection of its own. @param from the address it comes from */
async function login(server: TestServer, user: string, password: string, from?: string): Promise<Reply> {
  const wire = new Wire(server, from).request(`auth ${user} ${password}`).end();
  const [reply] = await wire.ended();
  return reply as Reply;
}

/** What is answered to so many wrong passwords, one after the other. */
async function guesses(
  server: TestServer,
  user: string,
  count: number,
  from?: string,
): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  for (let i = 0; i < count; i++) codes.push((await login(server, user, `salah${i}`, from)).code);
  return codes;
}

const WRONG = Array.from({ length: 5 }, () => "bad-credentials");

test("after five wrong passwords an address must wait, with the right one too; from elsewhere one gets in", async () => {
  const { server, pass } = await house();
  expect(await guesses(server, "alice", 6)).toEqual([...WRONG, "rate-limited"]);
  expect(await login(server, "alice", PASSWORD)).toMatchObject({ status: "ERROR", code: "rate-limited", retry: 10 });
  expect(await login(server, "ALICE", PASSWORD)).toMatchObject({ code: "rate-limited" });
  expect(await login(server, "alice", PASSWORD, ELSEWHERE)).toMatchObject({ status: "OK" });
  expect(await login(server, "bob", PASSWORD)).toMatchObject({ status: "OK" });
  pass(9000);
  expect(await login(server, "alice", PASSWORD)).toMatchObject({ retry: 1 });
  pass(1000);
  expect(await login(server, "alice", PASSWORD)).toMatchObject({ status: "OK" });
});

test("the wait is longer after each further wrong password, up to a quarter of an hour, and forgotten with time", async () => {
  const { server, pass } = await house();
  await guesses(server, "alice", 5);
  const waits: unknown[] = [];
  for (let i = 0; i < 9; i++) {
    const { retry } = await login(server, "alice", PASSWORD);
    waits.push(retry);
    pass(Number(retry) * 1000);
    expect(await login(server, "alice", "salah")).toMatchObject({ code: "bad-credentials" });
  }
  expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 900, 900]);
  pass(46 * MINUTE_MS);
  expect(await guesses(server, "alice", 6)).toEqual([...WRONG, "rate-limited"]);
});

test("a right password forgets the wrong ones before it", async () => {
  const { server } = await house();
  for (let i = 0; i < 3; i++) {
    expect(await guesses(server, "alice", 4)).toEqual(WRONG.slice(1));
    expect(await login(server, "alice", PASSWORD)).toMatchObject({ status: "OK" });
  }
});

test("a name that nobody has is answered as one that somebody has", async () => {
  const { server, hashed } = await house();
  const answers = async (name: string): Promise<Reply[]> => {
    const all: Reply[] = [];
    for (let i = 0; i < 7; i++) all.push(await login(server, name, "salah"));
    return all;
  };
  const before = hashed.length;
  const known = await answers("alice");
  const looked = hashed.length - before;
  expect(await answers("nobody")).toEqual(known);
  expect(hashed.length - before).toBe(2 * looked);
});

test("a wrong old password of `passwd` counts as a wrong login does", async () => {
  const { server } = await house();
  const client = await server.connect();
  await ok(client.request(`auth alice ${PASSWORD}`));
  for (const code of WRONG) expect(await refused(client.request("passwd salah baru"))).toBe(code);
  expect(await client.request(`passwd ${PASSWORD} baru`)).toMatchObject({ code: "rate-limited", retry: 10 });
  expect(await login(server, "alice", PASSWORD)).toMatchObject({ code: "rate-limited" });
});

test("many connections at once have no more tries than one", async () => {
  const { server, shut, open, standing, hashed } = await house();
  shut();
  const before = hashed.length;
  const asked = Array.from({ length: 30 }, (_, i) => login(server, "alice", `salah${i}`));
  await standing(2);
  open();
  const codes = (await Promise.all(asked)).map(({ code }) => code);
  expect(new Set(codes)).toEqual(new Set(["bad-credentials", "rate-limited"]));
  // One more may have been looked at when the fifth was found to be wrong.
  expect(hashed.length - before).toBeLessThanOrEqual(6);
});

test("who tries many names waits behind all others, and leaves one of the two places to them", async () => {
  const { server, shut, open, standing, hashed } = await house();
  for (let i = 0; i < 10; i++) await login(server, `name${i}`, "salah");
  shut();
  const guessers = Array.from({ length: 20 }, (_, i) => login(server, `other${i}`, "guess"));
  await standing(1);
  await hasRead(server);
  const before = hashed.length;
  const comes = login(server, "alice", PASSWORD, ELSEWHERE);
  await standing(2);
  expect(hashed.slice(before)).toEqual([PASSWORD]);
  open();
  expect(await comes).toMatchObject({ status: "OK" });
  await Promise.all(guessers);
});

test("who comes to a name that is tried from everywhere waits behind other names, and gets in", async () => {
  const { server, shut, open, standing, hashed } = await house();
  for (let i = 0; i < 10; i++) await login(server, "alice", "salah", `127.0.1.${i + 1}`);
  shut();
  // They have both places.
  const first = [1, 2].map((i) => login(server, "alice", "guess", `127.0.2.${i}`));
  await standing(2);
  const before = hashed.length;
  const asked = [
    login(server, "alice", "guess", "127.0.2.3"),
    login(server, "alice", PASSWORD, ELSEWHERE),
    login(server, "bob", "salah", "127.0.0.3"),
  ];
  await hasRead(server);
  open(1);
  await standing(2);
  expect(hashed.slice(before)).toEqual(["salah"]);
  open();
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(["ERROR", "OK", "ERROR"]);
  await Promise.all(first);
});

test("what somebody has asked for who has gone is not looked at", async () => {
  const { server, shut, open, standing, hashed } = await house();
  shut();
  const first = ["a", "b"].map((name) => login(server, name, "first"));
  await standing(2);
  const gone = Array.from({ length: 5 }, () => new Wire(server).request("auth alice gone"));
  const comes = login(server, "bob", PASSWORD);
  await hasRead(server);
  const ended = server.log().split(" disconnected ").length;
  for (const wire of gone) wire.reset();
  await until("they have gone", () => server.log().split(" disconnected ").length >= ended + 5);
  open();
  expect(await comes).toMatchObject({ status: "OK" });
  await Promise.all(first);
  expect(hashed).not.toContain("gone");
});

test("who has ended his half, and may have gone, is answered after those at his address who have not", async () => {
  const { server, shut, open, standing, hashed } = await house();
  shut();
  const first = ["a", "b"].map((name) => login(server, name, "first"));
  await standing(2);
  const leaving = login(server, "alice", PASSWORD);
  await hasRead(server);
  const stays = new Wire(server).request("auth bob stays");
  await hasRead(server);
  open(1);
  await standing(2);
  expect(hashed.at(-1)).toBe("stays");
  open();
  expect(await leaving).toMatchObject({ status: "OK" });
  await Promise.all([...first, stays.first(1)]);
  stays.close();
});

test("the log tells who has tried and from where, a few times a second, and never a password", async () => {
  const { server, pass } = await house();
  const lines = (event: string): string[] => server.log().match(new RegExp(`^.* info ${event}.*$`, "gm")) ?? [];
  pass(1000);
  await guesses(server, "alice", 8, ELSEWHERE);
  await login(server, "alice", PASSWORD);
  expect(lines("login-failed")).toHaveLength(5);
  expect(lines("login-failed")[0]).toMatch(/ login-failed user=alice address=127\.0\.0\.2$/);
  expect(lines("login-throttled")).toHaveLength(3);
  expect(lines("logged-in")[0]).toMatch(/ logged-in user=alice address=127\.0\.0\.1$/);
  expect(lines("registered")).toHaveLength(2);
  await guesses(server, "bob", 3, ELSEWHERE);
  expect(lines("login-failed")).toHaveLength(5);
  pass(1000);
  await login(server, "bob", "salah", "127.0.0.4");
  expect(lines("login-failed").at(-1)).toMatch(/ user=bob address=127\.0\.0\.4 omitted=3$/);
  expect(server.log()).not.toMatch(/salah|rahasia/);
});
