/** `admin announce` and `admin delete … messages` to many, of many, and the end of a large group: a part in each turn, over failures and restarts, and told when done. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Surrounding } from "../../src/bin/assemble.ts";
import type { Change } from "../../src/state/changes.ts";
import { query } from "../state/talk.ts";
import { operatorOf } from "../support/admin.ts";
import { testFolder } from "../support/folder.ts";
import { history, inbox, loggedIn, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { type LocalServer, startServer } from "../support/server.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";

const USERS = 1050;
const MESSAGES = 1050;
/** What is done in one turn: see src/operations/errands.ts. */
const A_TURN = 200;

/** A disk, and what was kept on it in each turn. It takes nothing while `fails` says so. */
class Disk {
  readonly turns: (readonly Change[])[] = [];
  fails: () => boolean = () => false;
  readonly through: Surrounding["through"] = (log) => ({
    pages: log.pages,
    load: (into) => log.load(into),
    tidy: () => log.tidy(),
    close: () => log.close(),
    commit: (changes) => {
      if (this.fails()) throw new Error("input/output error");
      const done = log.commit(changes);
      this.turns.push([...changes]);
      return done;
    },
  });

  /** How many changes of a kind each turn had that had any. */
  counts(counted: (change: Change) => boolean): readonly number[] {
    return this.turns.map((turn) => turn.filter(counted).length).filter((count) => count > 0);
  }
}

/** Messages that were taken out in each turn that took any. */
function removed(disk: Disk): readonly number[] {
  const of = (turn: readonly Change[]): readonly number[] =>
    turn.flatMap((change) => (change.is === "messages.removed" ? change.seqs.length : []));
  return disk.turns.map((turn) => sum(of(turn))).filter((count) => count > 0);
}

const isDeletion = (change: Change): boolean => change.is === "message.altered" && change.what === "deleted";
const says =
  (text: string) =>
  (change: Change): boolean =>
    change.is === "message.appended" && change.text === text;

async function start(disk: Disk, folder: string, ...options: readonly string[]): Promise<LocalServer> {
  const places = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  const server = await startServer([...places, ...options], disk.through);
  onTestFinished(() => server.stop());
  return server;
}

/** u1, u2 … */
function manyUsers(folder: string): readonly string[] {
  const users = Array.from({ length: USERS }, (_, i) => ({
    ...{ username: `u${i + 1}`, name: `U${i + 1}`, country: "indonesia", password: PASSWORD },
  }));
  writeFileSync(join(folder, "users.json"), JSON.stringify({ users }));
  return ["--seed-users", join(folder, "users.json")];
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

test("an announcement reaches everybody once, a part in a turn, and is answered when all have it", async () => {
  const [disk, folder] = [new Disk(), testFolder()];
  const server = await start(disk, folder, ...manyUsers(folder));
  const [operator, { client }] = [await operatorOf(server), await loggedIn(server, "u1")];
  const [{ users }] = await Promise.all([
    ok(operator.request("admin announce ditutup jam 22")),
    ...Array.from({ length: 3 }, () => ok(client.request("send u2 sementara itu"))),
  ]);
  expect(users).toBe(USERS);
  const counts = disk.counts(says("ditutup jam 22"));
  expect([sum(counts), Math.max(...counts)]).toEqual([USERS, A_TURN]);
  for (const name of ["u2", `u${USERS}`]) {
    const texts = await inbox((await loggedIn(server, name)).client, "all");
    expect(texts.filter((text) => text === "ditutup jam 22")).toHaveLength(1);
  }
  expect(server.log()).toMatch(new RegExp(` info announced users=${USERS}\n`));
});

test("one that a dead disk or a stop has interrupted goes on where it was: nobody has it twice, or not", async () => {
  const [disk, folder] = [new Disk(), testFolder()];
  const server = await start(disk, folder, ...manyUsers(folder));
  const announced = says("ditutup jam 22");
  disk.fails = () => disk.counts(announced).length === 2;
  const operator = await operatorOf(server);
  operator.request("admin announce ditutup jam 22").catch(() => {});
  await until("a part is kept, and one is not", () => server.log().includes(" error commit-failed "));
  disk.fails = () => disk.counts(announced).length === 4;
  await until("it goes on, and is stopped again", () => disk.counts(announced).length === 4, passing(server));
  await server.end().catch(() => {});
  disk.fails = () => false;
  const again = await start(disk, folder);
  await until("it is done", () => again.log().includes(" info announced "), passing(again));
  expect(again.log()).toMatch(new RegExp(` info announced users=${USERS}\n`));
  const told = disk.turns.flat().filter(announced) as { readonly conversation: number }[];
  expect([told.length, new Set(told.map(({ conversation }) => conversation)).size]).toEqual([USERS, USERS]);
  const { data } = await ok((await operatorOf(again)).request("admin audit"));
  expect((data as { what: string }[]).filter(({ what }) => what === "announce")).toHaveLength(1);
});

test("an account is put out at once, its messages go a part in a turn, and the answer says how many went", async () => {
  const [disk, folder] = [new Disk(), testFolder()];
  const server = await start(disk, folder);
  const alice = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  await Promise.all(Array.from({ length: MESSAGES }, (_, i) => ok(alice.client.request(`send bob ${i}`))));
  const [one, other] = [await operatorOf(server), await operatorOf(server)];
  const answers = await Promise.all([
    ok(one.request("admin delete alice messages")),
    // Who asks meanwhile hears of the same.
    ok(other.request("admin delete ALICE messages")),
    ok(bob.request("send bob sementara itu")),
  ]);
  expect(answers.slice(0, 2)).toEqual([
    expect.objectContaining({ user: "alice", deleted: MESSAGES }),
    expect.objectContaining({ user: "alice", deleted: MESSAGES }),
  ]);
  const counts = disk.counts(isDeletion);
  expect([sum(counts), Math.max(...counts)]).toEqual([MESSAGES, A_TURN]);
  expect((await history(bob, "alice")).every((text) => text === undefined)).toBe(true);
  expect(await refused((await server.connect()).request(`whoami ${alice.token}`))).toBe("no-session");
  expect(await refused(bob.request("send alice halo"))).toBe("user-not-found");
  expect(server.log()).toMatch(new RegExp(` info words-deleted user=alice messages=${MESSAGES}\n`));
});

test("a deletion that a stop has interrupted goes on, nobody gets into the account meanwhile, and the log says how many went", async () => {
  const [disk, folder] = [new Disk(), testFolder()];
  const server = await start(disk, folder);
  const alice = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  await Promise.all(Array.from({ length: MESSAGES }, (_, i) => ok(alice.client.request(`send bob ${i}`))));
  await ok(bob.request("send alice dari bob"));
  disk.fails = () => disk.counts(isDeletion).length === 2;
  (await operatorOf(server)).request("admin delete alice messages").catch(() => {});
  await until("a part is gone", () => server.log().includes(" error commit-failed "));
  expect(await refused((await server.connect()).request(`auth alice ${PASSWORD}`))).toBe("bad-credentials");
  await server.end().catch(() => {});
  disk.fails = () => false;
  const again = await start(disk, folder);
  await until("it is done", () => again.log().includes(" info words-deleted "), passing(again));
  expect(again.log()).toMatch(new RegExp(` info words-deleted user=alice messages=${MESSAGES}\n`));
  expect(Math.max(...disk.counts(isDeletion))).toBe(A_TURN);
  const { client } = await loggedIn(again, "bob");
  expect((await history(client, "alice")).filter((text) => text !== undefined)).toEqual(["dari bob"]);
  expect(await refused(client.request("send alice halo"))).toBe("user-not-found");
});

test("a large group is gone at once, and what was said in it a part in a turn, over a dead disk and a stop", async () => {
  const [disk, folder] = [new Disk(), testFolder()];
  const server = await start(disk, folder);
  const { client: alice } = await newUser(server, "alice");
  await ok(alice.request("creategroup kelas"));
  await Promise.all(Array.from({ length: MESSAGES }, (_, i) => ok(alice.request(`sendgroup kelas rahasia ${i}`))));
  disk.fails = () => removed(disk).length === 2;
  await ok(alice.request("group delete kelas"));
  await until("a part is gone", () => server.log().includes(" error commit-failed "));
  await server.end().catch(() => {});
  disk.fails = () => false;
  const again = await start(disk, folder);
  const { client } = await loggedIn(again, "alice");
  expect(await refused(client.request("history #kelas"))).toBe("group-not-found");
  const texts = (): unknown => query(join(folder, "data"), "SELECT count(*) AS n FROM messages WHERE text <> ''");
  await until("all of it is gone", () => sum(removed(disk)) === MESSAGES, passing(again));
  expect(Math.max(...removed(disk))).toBe(A_TURN);
  expect(texts()).toEqual([{ n: 0 }]);
  expect(query(join(folder, "data"), "SELECT id FROM errands")).toEqual([]);
  await ok(client.request("creategroup kelas"));
});
