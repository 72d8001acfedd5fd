/** `chat-client export`: a whole conversation, as whoever asks sees it, in a file or on standard output. */
import { execFileSync } from "node:child_process";
import { createReadStream, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { newScene, objects } from "../support/chat-client.ts";
import { HouseProcess } from "../support/house.ts";
import { lyingServer, reply, somebody } from "../support/lying.ts";
import { loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { as, run, start, startProcess } = scene;

let alice: Person;
beforeEach(async () => {
  alice = await loggedIn(scene.server, scene.alice);
});

const TOKEN = "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c";

/** @returns its id */
async function says(person: Person, request: string): Promise<string> {
  return String((await ok(person.client.request(request)))["id"]);
}

async function saysMany(person: Person, to: string, count: number, size = 0): Promise<void> {
  const all = Array.from({ length: count }, (_, i) => `send ${to} pesan ${i} ${"x".repeat(size)}`);
  await Promise.all(all.map((request) => ok(person.client.request(request))));
}

/** Files of a folder, its hidden ones too. */
function filesIn(path: string): string[] {
  return readdirSync(scene.path(path)).toSorted();
}

describe("a conversation", () => {
  test("is a text with what has become of each message", async () => {
    const bob = await loggedIn(scene.server, scene.bob);
    const one = await says(alice, `send ${scene.bob} satu`);
    await says(bob, `reply ${one} dua\ntiga`);
    const gone = await says(alice, `send ${scene.bob} rahasia`);
    const changed = await says(alice, `send ${scene.bob} salah`);
    await says(alice, `edit ${changed} benar`);
    await says(alice, `delete ${gone}`);
    await says(bob, `react ${one} 👍`);
    await says(alice, `sendfile ${scene.bob} a.txt ${Buffer.from("halo").toString("base64")}`);
    const { code, stdout, stderr } = await run([...as(scene.bob), "export", `@${scene.alice}`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d/gm, "TIME").replace(/edited [\d: -]+/, "edited TIME")).toBe(
      [
        `TIME ${scene.alice}: satu`,
        `    👍 ${scene.bob}`,
        `TIME ${scene.bob}:`,
        `    > ${scene.alice}: satu`,
        "    dua",
        "    tiga",
        "TIME (deleted)",
        `TIME ${scene.alice}: benar (edited TIME)`,
        `TIME ${scene.alice}: file a.txt (4 B)`,
        "",
      ].join("\n"),
    );
    bob.client.close();
  });

  test("with --json is the server's own objects, also of more than a page, and with --plain rows", async () => {
    await saysMany(alice, scene.bob, 2100);
    const { code, stdout } = await run([...as(scene.bob), "export", scene.alice, "--json"]);
    expect(code).toBe(0);
    const found = objects(stdout);
    expect(found.map(({ message }) => String(message).trim())).toEqual(
      Array.from({ length: 2100 }, (_, i) => `pesan ${i}`),
    );
    const { data } = await ok(alice.client.request(`history ${scene.bob} limit 2`));
    expect(found.slice(-2)).toEqual((data as object[]).map((one) => ({ type: "message", v: 1, ...one })));
    const rows = await run([...as(scene.bob), "--plain", "export", scene.alice, "--since", "2999-01-01"]);
    expect(rows).toMatchObject({ code: 0, stdout: "" });
    const plain = await run([...as(scene.bob), "--plain", "export", scene.alice]);
    expect(plain.stdout.split("\n")[0]).toMatch(new RegExp(`^\\S+Z\t${scene.alice}\t${scene.alice}\tpesan 0 $`));
  });

  test("of a group is shown to its members, and to nobody else", async () => {
    await ok(alice.client.request(`addgroup k-${scene.alice}`));
    await ok(alice.client.request(`sendgroup k-${scene.alice} halo`));
    const ours = await run([...as(scene.alice), "export", `#k-${scene.alice}`]);
    expect(ours.stdout).toMatch(new RegExp(`^\\S+ \\S+ ${scene.alice}: halo\n$`));
    const theirs = await run([...as(scene.bob), "export", `#k-${scene.alice}`, "-o", "k.txt"]);
    expect(theirs).toMatchObject({ code: 1, stdout: "", stderr: "chat-client: you are not in that group\n" });
    expect(filesIn(".").filter((name) => name.includes("k.txt"))).toEqual([]);
  });
});

describe("everything", () => {
  test("is a folder: each conversation in a file, the files, the account, and all of it as it came", async () => {
    const bob = await loggedIn(scene.server, scene.bob);
    await says(alice, `send ${scene.bob} halo`);
    await says(bob, `send ${scene.alice} hai`);
    await ok(alice.client.request(`addgroup ${scene.bob}`));
    await says(alice, `sendgroup ${scene.bob} semua`);
    for (const [from, to] of [
      [alice, scene.bob],
      [bob, scene.alice],
    ] as const) {
      await says(from, `sendfile ${to} b.txt ${Buffer.from(to).toString("base64")}`);
    }
    const { code, stdout, stderr } = await run([...as(scene.alice), "export", "--all", "-o", "semua"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "",
      stderr: "2 conversations, 5 messages, 2 files → semua\n",
    });
    expect(filesIn("semua")).toEqual(["account.json", "conversations", "export.ndjson", "files"]);
    expect(filesIn("semua/conversations")).toEqual([`${scene.bob}.txt`, "group"]);
    expect(filesIn("semua/conversations/group")).toEqual([`${scene.bob}.txt`]);
    expect(filesIn("semua/files")).toEqual(["b (2).txt", "b.txt"]);
    const one = await run([...as(scene.alice), "export", `@${scene.bob}`]);
    expect(readFileSync(scene.path(`semua/conversations/${scene.bob}.txt`), "utf8")).toBe(one.stdout);
    const account = JSON.parse(readFileSync(scene.path("semua/account.json"), "utf8")) as Record<string, unknown>;
    expect(account).toMatchObject({ account: [{ username: scene.alice }], group: [{ group: scene.bob }] });
    for (const path of ["semua/export.ndjson", "semua/account.json", `semua/conversations/${scene.bob}.txt`]) {
      expect([path, statSync(scene.path(path)).mode & 0o777]).toEqual([path, 0o600]);
    }
    const json = await run([...as(scene.alice), "--json", "export", "-o", "lagi", "--all"]);
    expect(objects(json.stdout)).toEqual([
      { type: "export", v: 1, all: true, conversations: 2, messages: 5, files: 2, path: "lagi" },
    ]);
    expect(objects(readFileSync(scene.path(`lagi/conversations/${scene.bob}.ndjson`), "utf8"))).toHaveLength(4);
    bob.client.close();
  });

  test("goes into no folder in which there is something, and says what is wrong with the command", async () => {
    mkdirSync(scene.path("ada/isi"), { recursive: true });
    const full = await run([...as(scene.alice), "export", "--all", "-o", "ada"]);
    expect(full).toMatchObject({ code: 73, stderr: "chat-client: there is something in ada already\n" });
    expect(filesIn("ada")).toEqual(["isi"]);
    for (const words of [["--all"], ["--all", "-o"], [scene.bob, "--all", "-o", "x"], ["--all", "-o", "x", "y"]]) {
      expect(await run([...as(scene.alice), "export", ...words])).toMatchObject({ code: 64 });
    }
    const dry = await run(["-n", "export", "--all", "-o", "x"]);
    expect(dry).toMatchObject({ code: 0, stdout: "export-all\r\n\r\n" });
  });

  test("comes without the file that is not to be had, and says which", async () => {
    const id = "0a0a0a0a-0000-4000-8000-000000000001";
    const lines = [
      { type: "account", v: 1, username: "alice" },
      { type: "file", v: 1, received: true, id, name: "../../b.txt", size: 4, sha256: "00", time: "x" },
      {
        type: "message",
        v: 1,
        with: "../#kelas",
        id,
        from: "bob",
        to: "alice",
        message: "halo",
        time: "2026-11-21T05:26:53.431Z",
      },
    ];
    const bytes = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const port = await lyingServer((request, socket) => {
      if (request.startsWith("auth")) return { status: "OK", data: TOKEN, tokenid: TOKEN, user: "alice" };
      if (request.startsWith("download")) return { status: "ERROR", code: "file-not-found", message: "tidak ada" };
      if (!request.startsWith("export-all")) return { status: "OK" };
      reply(socket, { status: "OK", data: "export.ndjson", length: bytes.length });
      socket.write(bytes);
      return undefined;
    });
    const { code, stderr } = await start([...as("alice"), "export", "--all", "-o", "kurang"], { port }).ended;
    expect(code).toBe(66);
    expect(stderr).toContain("the file ../../b.txt is missing");
    expect(filesIn("kurang")).toEqual(["account.json", "conversations", "export.ndjson", "files"]);
    expect(filesIn("kurang/files")).toEqual([]);
    expect(filesIn("kurang/conversations")).toHaveLength(1);
  });

  test("that is not what was promised is an error, and nothing is left", async () => {
    for (const bytes of ["null\n", "{\n"]) {
      const port = await lyingServer((request, socket) => {
        if (request.startsWith("auth")) return { status: "OK", data: TOKEN, tokenid: TOKEN, user: "alice" };
        if (!request.startsWith("export-all")) return { status: "OK" };
        reply(socket, { status: "OK", data: "export.ndjson", length: bytes.length });
        socket.write(bytes);
        return undefined;
      });
      const ended = await start([...as("alice"), "export", "--all", "-o", `salah${bytes.length}`], { port }).ended;
      expect(ended).toMatchObject({ code: 74 });
    }
  });
});

describe("a file", () => {
  test("is its owner's alone, and none that is there is replaced", async () => {
    await says(alice, `send ${scene.bob} halo`);
    mkdirSync(scene.path("ke"));
    for (const out of ["x.txt", "x.txt", "ke", "ke/baru/y.txt"]) {
      const { code } = await run([...as(scene.alice), "export", scene.bob, "-o", out]);
      expect(code).toBe(0);
    }
    expect(filesIn(".").filter((name) => name.includes("x"))).toEqual(["x (2).txt", "x.txt"]);
    expect(filesIn("ke")).toEqual(["baru", `${scene.bob}.txt`]);
    expect(filesIn("ke/baru")).toEqual(["y.txt"]);
    expect(readFileSync(scene.path("x.txt"), "utf8")).toMatch(/: halo\n$/);
    expect(statSync(scene.path("x.txt")).mode & 0o777).toBe(0o600);
  });

  test("is told of: on standard error, with --json as an object", async () => {
    await says(alice, `send ${scene.bob} halo`);
    const words = await run([...as(scene.alice), "export", scene.bob, "-o", "x.txt"]);
    expect(words).toMatchObject({ stdout: "", stderr: `${scene.bob}: 1 messages → x.txt\n` });
    const json = await run([...as(scene.alice), "--json", "export", scene.bob, "-o", "."]);
    expect(objects(json.stdout)).toEqual([
      { type: "export", v: 1, with: scene.bob, count: 1, path: `${scene.bob}.ndjson` },
    ]);
    expect(objects(readFileSync(scene.path(`${scene.bob}.ndjson`), "utf8"))).toMatchObject([{ message: "halo" }]);
  });

  test("a device stays what it is", async () => {
    await says(alice, `send ${scene.bob} halo`);
    expect(await run([...as(scene.alice), "export", scene.bob, "-o", "/dev/null"])).toMatchObject({ code: 0 });
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test("is not left behind by what was interrupted", async () => {
    let asked = 0;
    const port = await lyingServer((request) => {
      if (request.startsWith("auth")) return { status: "OK", data: TOKEN, tokenid: TOKEN, user: "alice" };
      if (request.startsWith("resume")) return { status: "OK", data: somebody };
      if (!request.startsWith("history")) return { status: "OK" };
      const told = { id: TOKEN, from: "bob", to: "alice", message: "halo", time: "2026-11-21T05:26:53.431Z" };
      return ++asked === 1 ? { status: "OK", data: [told], after: TOKEN } : undefined;
    });
    const running = start([...as("alice"), "export", "bob", "-o", "x.txt"], { port });
    await until("the second page is asked for", () => asked === 2);
    expect(filesIn(".").some((name) => /^\.x\.txt\..*\.tmp$/.test(name))).toBe(true);
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130, stdout: "", stderr: "chat-client: interrupted\n" });
    expect(filesIn(".").filter((name) => name.includes("x.txt"))).toEqual([]);
  });
});

describe("what cannot be done", () => {
  test.each([
    ["a date that is none", ["bob", "--since", "besok"], /^chat-client: date: a day as/],
    ["nobody", [], /^chat-client: use: export NAME/],
    ["two at once", ["bob", "carl"], /^chat-client: use: export NAME/],
  ])("%s ends it before anybody is asked", async (_, words, why) => {
    const { code, stderr } = await run([...as(scene.alice), "export", ...words], { port: 1 });
    expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringMatching(why) });
  });

  test("who is not there is told as ever, and so is a folder that nobody can write into", async () => {
    expect((await run([...as(scene.alice), "export", "nobody"])).code).toBe(67);
    await says(alice, `send ${scene.bob} halo`);
    expect((await run([...as(scene.alice), "export", scene.bob, "-o", "/proc/x.txt"])).code).toBeGreaterThan(0);
    expect((await run(["export", scene.bob])).code).toBe(77);
  });

  test("a dry run prints what would be asked for first", async () => {
    const { stdout } = await run(["-n", "export", "bob", "--since", "2026-11-01"]);
    expect(stdout).toBe("history bob since 2026-11-01T00:00:00.000Z\r\n\r\n");
  });
});

test("a reader that has seen enough ends it quietly", async () => {
  await saysMany(alice, scene.bob, 1500, 300);
  const running = startProcess([...as(scene.alice), "export", scene.bob]);
  await until("something comes", () => running.stdout !== "");
  running.child.stdout.destroy();
  expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
});

test("through a server that is killed in the middle and comes back each message comes once and in order", async () => {
  const house = await HouseProcess.of("kampus");
  const person = await newUser(house, scene.alice);
  (await newUser(house, scene.bob)).client.close();
  await saysMany(person, scene.bob, 3000, 500);
  person.client.close();
  const pipe = scene.path("pipe");
  execFileSync("mkfifo", [pipe]);
  const running = startProcess([...as(scene.alice), "export", scene.bob, "-o", "pipe"], { port: house.port });
  // What is not read is not asked for: most of it is still at the server.
  const reader = createReadStream(pipe, { encoding: "utf8" });
  const pieces = reader[Symbol.asyncIterator]();
  let text = String((await pieces.next()).value);
  await house.kill();
  await house.start();
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) text += String(next.value);
  expect((await running.ended).code).toBe(0);
  const numbers = Array.from(text.matchAll(/: pesan (\d+) /g), ([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: 3000 }, (_, i) => i));
});
