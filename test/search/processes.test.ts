/** The index follows the messages through restarts, kills, damage and full disks; they do not depend on it. */
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, test } from "vitest";
import { canFillDisk, fillDisk, freeDisk } from "../support/disk.ts";
import { testFolder } from "../support/folder.ts";
import { history, loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { damagePiece, lastPiece } from "../support/pieces.ts";
import type { ServerProcess, TestServer } from "../support/server.ts";
import { started, startedPassing, startedProcess } from "../support/started.ts";
import { meanwhile } from "../support/time.ts";
import { until } from "../support/until.ts";
import { answered, childrenOf, found, indexerOf } from "./support.ts";

let data: string;
let index: string;

beforeEach(() => {
  data = join(testFolder(), "data");
  index = join(data, "search.db");
});

interface Chat<Server> {
  readonly server: Server;
  readonly alice: Person;
  readonly bob: Person;
}

async function chatOn<Server extends TestServer>(server: Server): Promise<Chat<Server>> {
  return { server, alice: await newUser(server, "alice"), bob: await newUser(server, "bob") };
}

async function chatting(): Promise<Chat<TestServer>> {
  return chatOn(await started("--data", data));
}

/** On a server whose process matters, or what it has started. */
async function chattingOnProcess(start = startedProcess): Promise<Chat<ServerProcess>> {
  return chatOn(await start("--data", data));
}

/** Sends that many, and resolves when all are acknowledged. */
async function say({ client }: Person, first: number, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => ok(client.request(`send bob baris nomor${first + i}`))));
}

test("what was said before a restart is found after it, and what is said then", async () => {
  const { server, alice, bob } = await chatting();
  await say(alice, 0, 5);
  expect(await found(bob.client, "nomor4")).toEqual(["baris nomor4"]);
  await say(alice, 5, 5);
  await server.end();
  const again = await started("--data", data);
  const { client } = await loggedIn(again, "bob");
  expect(await found(client, "nomor*")).toEqual(Array.from({ length: 10 }, (_, i) => `baris nomor${9 - i}`));
  await ok(client.request("send alice baris nomor10"));
  expect(await found(client, "nomor10")).toEqual(["baris nomor10"]);
});

test("the index is readable by its owner only, holds no text, and ends with the server", async () => {
  const { server, alice, bob } = await chattingOnProcess();
  await say(alice, 0, 3);
  await found(bob.client, "baris");
  const pid = indexerOf(server.pid);
  expect(pid).toBeDefined();
  for (const end of ["", "-wal"]) if (existsSync(index + end)) expect(statSync(index + end).mode & 0o777).toBe(0o600);
  await server.end();
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(existsSync(`${index}-wal`)).toBe(false);
});

test("nobody's index process is started for a few messages; many are indexed unasked", async () => {
  const { server, alice } = await chattingOnProcess();
  await say(alice, 0, 10);
  expect(childrenOf(server.pid).filter((pid) => pid === indexerOf(server.pid))).toEqual([]);
  for (let i = 0; i < 10; i++) await say(alice, 10 + i * 1000, 1000);
  await until("it has been started", () => indexerOf(server.pid) !== undefined);
});

test.each(["once", "again and again"])("killed %s while it indexes, it is found complete afterwards", async (how) => {
  const { server, alice, bob } = await chattingOnProcess();
  await say(alice, 0, 3000);
  const killed = new Set<number>();
  for (let i = 0; i < (how === "once" ? 1 : 4); i++) {
    const pid = await until("there is another index process", async () => {
      void bob.client.request("search nomor1");
      // Whoever was killed may be seen for a moment more.
      const one = indexerOf(server.pid);
      return one !== undefined && !killed.has(one) && one;
    });
    process.kill(pid, "SIGKILL");
    killed.add(pid);
  }
  expect(await found(bob.client, "limit 1000 nomor29*")).toHaveLength(111);
  expect(await found(bob.client, "limit 1000 baris")).toHaveLength(1000);
  await until("the log says so", () => server.log().includes(" search-ended"));
});

test("after a kill of the server in the middle, everything acknowledged is found, once", async () => {
  const { server, alice, bob } = await chattingOnProcess();
  await say(alice, 0, 1500);
  void bob.client.request("search nomor1").catch(() => {});
  const more = say(alice, 1500, 1500).catch(() => {});
  await until("it indexes", () => existsSync(index));
  await server.kill("SIGKILL");
  await more;
  const again = await startedProcess("--data", data);
  const { client } = await loggedIn(again, "bob");
  const reply = await ok(client.request("history alice limit 1000"));
  const newest = (reply.data as { message: string }[]).map(({ message }) => message).toReversed();
  expect(await found(client, "limit 1000 baris")).toEqual(newest);
});

describe("it is made anew where it is", () => {
  /** Some messages, indexed; the server has ended. */
  async function indexed(): Promise<void> {
    const { server, alice, bob } = await chatting();
    await say(alice, 0, 50);
    expect(await found(bob.client, "nomor49")).toEqual(["baris nomor49"]);
    await server.end();
  }

  async function findsAll(): Promise<string> {
    const again = await started("--data", data);
    const { client } = await loggedIn(again, "bob");
    expect(await found(client, "nomor*")).toHaveLength(50);
    return again.log();
  }

  test("missing", async () => {
    await indexed();
    rmSync(index);
    expect(await findsAll()).not.toContain("search-");
  });

  test("no database at all", async () => {
    await indexed();
    writeFileSync(index, "bukan basis data ".repeat(1000));
    expect(await findsAll()).toContain("search-rebuilt");
  });

  test("damaged", async () => {
    await indexed();
    const file = openSync(index, "r+");
    const size = statSync(index).size;
    for (let at = 4096; at < size; at += 4096) writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, at);
    closeSync(file);
    expect(await findsAll()).toContain("search-rebuilt");
  });

  test.each([
    ["another version's", "PRAGMA user_version = 99"],
    ["another database's", "UPDATE reached SET salt = 'ff'"],
    ["of messages that the database does not have", "UPDATE reached SET up_to = up_to + 1000"],
    ["of other messages than the database's", "UPDATE reached SET time = time - 1"],
  ])("%s", async (_, sql) => {
    await indexed();
    const db = new DatabaseSync(index);
    db.exec(sql);
    db.close();
    expect(await findsAll()).toContain("search-rebuilt");
  });
});

test("where it cannot be made, a search says so, and messages are sent and read as ever", async () => {
  const { server, alice, bob } = await chatting();
  await say(alice, 0, 2);
  mkdirSync(index);
  expect(await meanwhile(server, answered(bob.client, "baris"))).toEqual({ texts: [], behind: true });
  await say(alice, 2, 2);
  expect(await history(bob.client, "alice")).toHaveLength(4);
  await until("the log says so", () => server.log().includes("search-stopped"));
  rmSync(index, { recursive: true });
  expect(await found(bob.client, "baris")).toHaveLength(4);
});

describe.each(["among others", "at its end"])("where the database is damaged %s", (where) => {
  test("the log says so once, searches say that they are behind, and the server goes on", async () => {
    const { server, alice } = await chatting();
    // Of how many turns they are depends on how fast the machine is.
    const last = await until("the last of all messages is in a piece", async () => {
      await say(alice, 0, 50);
      return lastPiece(data);
    });
    if (where === "among others") await say(alice, 50, 1);
    await server.end();
    damagePiece(data, last);
    const again = await started("--data", data);
    expect(again.log().match(/ database-damaged .*checksum/g) ?? []).toHaveLength(where === "at its end" ? 1 : 0);
    const { client } = await loggedIn(again, "bob");
    const stopped = (): readonly string[] => again.log().match(/search-stopped .*reason=.*damaged/g) ?? [];
    for (let i = 0; i < 2; i++) {
      expect(await meanwhile(again, answered(client, "nomor*"))).toEqual({ texts: [], behind: true });
      await until("the log says so", () => stopped().length > 0);
    }
    expect(stopped()).toHaveLength(1);
    await ok(client.request("send alice halo"));
  });
});

test.skipIf(!canFillDisk)("on a full disk it stays behind and harms no message; with room it goes on", async () => {
  const { server, alice, bob } = await chattingOnProcess(startedPassing);
  await say(alice, 0, 20);
  expect(await found(bob.client, "nomor19")).toEqual(["baris nomor19"]);
  const pid = indexerOf(server.pid) as number;
  fillDisk(pid, 0);
  await say(alice, 20, 1500);
  for (const [words, texts] of [
    ["nomor1519", []],
    ["nomor19", ["baris nomor19"]],
  ] as const) {
    expect(await meanwhile(server, answered(bob.client, words))).toEqual({ texts, behind: true });
  }
  expect(await history(bob.client, "alice")).toHaveLength(1520);
  freeDisk(pid);
  expect(await found(bob.client, "nomor1519")).toEqual(["baris nomor1519"]);
});
