/** What a server keeps is for its owner alone; and a server whose database is gone does not go on as if nothing had happened. */
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { newUser, ok } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

interface Place {
  readonly data: string;
  readonly uploads: string;
  start(...options: readonly string[]): Promise<TestServer>;
}

function place(): Place {
  const folder = testFolder();
  const [data, uploads] = [join(folder, "data"), join(folder, "uploads")];
  return {
    data,
    uploads,
    async start(...options) {
      const server = await startServer(["--data", data, "--uploads", uploads, ...options]);
      onTestFinished(() => server.end());
      return server;
    },
  };
}

/** With the umask of who lets all others read and write. */
function withoutUmask(): void {
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
}

/** Every file and folder that a server has made, by its mode. */
function allModes({ data, uploads }: Place): readonly number[] {
  const files = [data, uploads].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return [...new Set([data, uploads, ...files].map(modeOf))].toSorted((a, b) => a - b);
}

describe("only the owner can read", () => {
  test("what a server makes, whatever the umask", async () => {
    withoutUmask();
    const here = place();
    const server = await here.start();
    const { client } = await newUser(server, "alice");
    await ok(client.request(`send_file alice catatan.txt ${Buffer.from("rahasia").toString("base64")}`));
    await server.end();
    expect(allModes(here)).toEqual([0o600, 0o700]);
    expect(server.log()).not.toContain("made-private");
  });

  test("what an earlier server has made for others, too: it is said, once", async () => {
    const here = place();
    await (await here.start()).end();
    for (const path of [here.data, here.uploads]) chmodSync(path, 0o755);
    chmodSync(join(here.data, "obrol.db"), 0o644);
    const again = await here.start();
    await again.end();
    expect(allModes(here)).toEqual([0o600, 0o700]);
    const said = [...again.log().matchAll(/made-private .*path=(\S+)/g)].map(([, path]) => path);
    expect(said).toEqual(expect.arrayContaining([here.data, here.uploads, join(here.data, "obrol.db")]));
    const third = await here.start();
    await third.end();
    expect(third.log()).not.toContain("made-private");
  });

  test("a folder that is everybody's is not taken, and stays as it is", async () => {
    const here = place();
    mkdirSync(here.uploads);
    chmodSync(here.uploads, 0o1777);
    await expect(here.start()).rejects.toThrow("everybody's");
    expect(statSync(here.uploads).mode & 0o7777).toBe(0o1777);
  });
});

describe("a key without its database", () => {
  test.each([
    ["is gone", (path: string): void => rmSync(path)],
    ["is empty", (path: string): void => truncateSync(path)],
  ])("that %s starts no server, unless it is meant", async (_, lose) => {
    const here = place();
    await (await here.start()).end();
    for (const name of readdirSync(here.data)) if (name.startsWith("obrol.db-")) rmSync(join(here.data, name));
    lose(join(here.data, "obrol.db"));
    const key = statSync(join(here.data, "realm.key"));
    await expect(here.start()).rejects.toThrow(/no database.*--new/);
    const server = await here.start("--new");
    await newUser(server, "alice");
    await server.end();
    expect(statSync(join(here.data, "realm.key")).ino).toBe(key.ino);
    // It is there from now on.
    await (await here.start()).end();
  });

  test("is none of the business of a server that keeps nothing", async () => {
    const here = place();
    await (await here.start()).end();
    const server = await startServer(["--memory", "--realm-key", join(here.data, "realm.key")]);
    await server.stop();
  });

  test("a folder without either is a new server's", async () => {
    const here = place();
    mkdirSync(here.data);
    writeFileSync(join(here.data, "note.txt"), "");
    await (await here.start()).end();
  });
});
