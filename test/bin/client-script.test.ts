/** chat-client with several commands: -c, a file of them, standard input. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { newScene, objects } from "../support/chat-client.ts";
import { Gate } from "../support/gate.ts";
import { history, loggedIn, ok } from "../support/people.ts";
import type { Ended } from "../support/program-here.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { as, run, start } = scene;
const alice = (args: readonly string[], input = ""): Promise<Ended> => run([...as(scene.alice), ...args], { input });

/** What alice and bob, or a group, have said. */
async function said(place = scene.alice): Promise<readonly string[]> {
  const { client } = await loggedIn(scene.server, scene.bob);
  const texts = await history(client, place);
  client.close();
  return texts;
}

describe("commands", () => {
  test("after -c are done in order", async () => {
    const { bob } = scene;
    const ended = await alice(["-c", `send ${bob} satu`, "--command", `@${bob} dua`, "-c", "ping"]);
    expect(ended).toMatchObject({ code: 0, stdout: "sent\nsent\npong\n" });
    expect(await said()).toEqual(["satu", "dua"]);
  });

  test("after -c may hold commas, quotes and several blanks: the text is as it stands", async () => {
    await alice(["-c", `send ${scene.bob} satu,dua   "tiga" 'empat`]);
    expect(await said()).toEqual([`satu,dua   "tiga" 'empat`]);
  });

  test("of a file are done in order; comments and empty lines are passed over", async () => {
    const group = `kelas-${scene.alice}`;
    const lines = [
      "#!/usr/bin/env chat-client",
      "# kepada kelas",
      `addgroup ${group}`,
      "",
      "  # dan bob",
      "#",
      `#${group} halo # semua`,
      `  `,
      `@${scene.bob} halo`,
      `/send ${scene.bob} lagi`,
    ];
    for (const [end, input] of [
      ["\n", undefined],
      ["\r\n", ""],
    ] as const) {
      const file = scene.write("script", lines.join(end).replaceAll(group, group + (input === "" ? "2" : "")));
      const { code, stdout } = await alice(["-f", file], "ping\n");
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.not.stringContaining("pong") });
      expect(stdout.trimEnd().split("\n")).toHaveLength(4);
    }
    expect(await said()).toEqual(["halo", "lagi", "halo", "lagi"]);
    const { stdout } = await alice(["--plain", "history", `#${group}`]);
    expect(stdout).toMatch(/\thalo # semua\n$/);
  });

  test("of standard input are done as they come, with -f - and without", async () => {
    for (const options of [["-f", "-"], []]) {
      const running = start([...as(scene.alice), ...options], { input: "open" });
      running.stdin.write("ping\n");
      await until("the first is done", () => running.stdout === "pong\n");
      running.stdin.end("ping");
      expect(await running.ended).toMatchObject({ code: 0, stdout: "pong\npong\n" });
    }
  });

  test("that are no lines of a script say so", async () => {
    for (const line of ["listen", "completion bash", "man", "open bob", "quit"]) {
      expect(await alice([], `${line}\n`)).toMatchObject({ code: 64, stdout: "" });
    }
  });

  test("hear what happens meanwhile, once they have asked", async () => {
    const running = start([...as(scene.bob), "--json"], { input: "open" });
    running.stdin.write("watch on\n");
    await until("it watches", () => running.stdout !== "");
    await alice(["send", scene.bob, "halo"]);
    await until("it has come", () => objects(running.stdout).some(({ message }) => message === "halo"));
    running.stdin.end();
    expect(await running.ended).toMatchObject({ code: 0 });
  });
});

describe("one that fails", () => {
  test.each([
    ["one that the server refuses", "send nobody halo", 67],
    ["a slip", "sned bob halo", 64],
    ["a file that is not here", "sendfile bob ./nowhere", 66],
    ["a history of nobody", "history nobody", 67],
  ])("ends the script with its exit code: %s", async (_, line, code) => {
    expect(await alice([], `ping\n${line}\nping\n`)).toMatchObject({ code, stdout: "pong\n" });
    expect(await alice(["-c", "ping", "-c", line, "-c", "ping"])).toMatchObject({ code, stdout: "pong\n" });
  });

  test("lets the others go on with --keep-going; what went wrong is said, and is the exit code", async () => {
    const ended = await alice(["--keep-going"], "ping\nsned\nsend nobody halo\nping\n");
    expect(ended).toMatchObject({ code: 64, stdout: "pong\npong\n" });
    expect(ended.stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^chat-client: .*did you mean send\?$/),
      "chat-client: there is no such user",
    ]);
  });
});

describe("the session of a script", () => {
  /** How many sessions alice has, but the one that asks. */
  async function sessions(): Promise<number> {
    const { client } = await loggedIn(scene.server, scene.alice);
    const { data } = await ok(client.request("sessions"));
    await ok(client.request("logout"));
    client.close();
    return (data as object[]).length;
  }

  test.each([
    ["for a text on standard input", (bob: string) => ["send", bob, "-"]],
    ["for its next line", () => []],
  ])("ends with SIGINT while it waits %s", async (_, words) => {
    const before = await sessions();
    const running = start([...as(scene.alice), ...words(scene.bob)], { input: "open" });
    await until("it is logged in", async () => (await sessions()) === before + 1);
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130 });
    expect(await sessions()).toBe(before);
  });

  test("ends with SIGINT while an answer does not come", async () => {
    const before = await sessions();
    const gate = await Gate.before(scene.server);
    const running = start(as(scene.alice), { input: "open", port: gate.port });
    running.stdin.write("ping\n");
    await until("the first is done", () => running.stdout === "pong\n");
    gate.allow("down", gate.passed("down"));
    running.stdin.write("whoami\n");
    await gate.full("down");
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130, stdout: "pong\n" });
    expect(await sessions()).toBe(before);
  });

  test("ends where its file is not there", async () => {
    const before = await sessions();
    expect(await alice(["-f", "missing.txt"])).toMatchObject({ code: 66 });
    expect(await sessions()).toBe(before);
  });
});

describe("a login in a script", () => {
  test("counts for the lines after it, files too", async () => {
    scene.write("a.iso", "isi");
    const lines = [
      "whoami",
      `auth ${scene.alice} rahasia`,
      `send ${scene.bob} halo`,
      `history ${scene.bob}`,
      `sendfile ${scene.bob} a.iso`,
      `auth ${scene.bob} rahasia`,
      "getfile a.iso",
      "whoami",
    ];
    const { code, stdout, stderr } = await run(["--keep-going"], { input: lines.join("\n") });
    // The first whoami is nobody's.
    expect(code).toBe(77);
    expect(stderr).toContain(`a.iso sent to ${scene.bob}`);
    expect(stdout).toMatch(new RegExp(`^${scene.bob} `, "m"));
    expect(readFileSync(scene.path(`downloads/${scene.bob}/a.iso`), "utf8")).toBe("isi");
  });

  test("of a new account is one, too", async () => {
    const name = `carl-${scene.alice}`;
    const { code, stdout } = await run([], { input: `register ${name} rahasia Carl indonesia\nwhoami\nfiles\n` });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(new RegExp(`^${name} `, "m")) });
    expect(stdout).toContain("(nothing)\n");
  });

  test.each([
    ["by a password", () => Promise.resolve(as(scene.alice))],
    ["by a token", async () => ["--token-file", await scene.tokenOf(scene.alice)]],
  ])("takes the place of the one it began with: %s", async (_, login) => {
    scene.write("a.iso", "isi");
    const input = `whoami\nauth ${scene.bob} rahasia\nwhoami\nsend ${scene.alice} halo\nsendfile ${scene.alice} a.iso\n`;
    const { code, stdout } = await run([...(await login()), "--plain"], { input });
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^username\t(.*)$/gm)].map(([, name]) => name);
    expect(names).toEqual([scene.alice, scene.bob]);
    const { stdout: inbox } = await alice(["--plain", "inbox"]);
    expect(inbox.split("\n").map((line) => line.split("\t")[1])).toEqual([scene.bob, scene.bob, undefined]);
  });
});
