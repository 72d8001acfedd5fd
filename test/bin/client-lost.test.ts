/** `--each-line` over a server that is killed, and servers that say nothing: each line arrives once, and nothing waits for ever. */
import { describe, expect, test } from "vitest";
import { newScene } from "../support/chat-client.ts";
import { HouseProcess } from "../support/house.ts";
import { lyingServer } from "../support/lying.ts";
import { history, loggedIn, newUser } from "../support/people.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { as, start, run } = scene;

describe("--each-line", () => {
  test("through a server that is killed in the middle and comes back: each line arrives once, in order", async () => {
    const { alice, bob } = scene;
    const house = await HouseProcess.of("kampus");
    for (const name of [alice, bob]) (await newUser(house, name)).client.close();
    const wanted = Array.from({ length: 60 }, (_, i) => `baris ${i + 1}`);
    const running = start([...as(alice), "--each-line", "send", bob, "-"], { port: house.port, input: "open" });
    const sent = (): number => running.stdout.split("sent\n").length - 1;
    running.stdin.write(
      wanted
        .slice(0, 20)
        .map((text) => `${text}\n`)
        .join(""),
    );
    await until("some have been answered", () => sent() >= 5);
    running.stdin.write(
      wanted
        .slice(20, 40)
        .map((text) => `${text}\n`)
        .join(""),
    );
    await house.kill();
    // Nobody is there meanwhile: it is said on standard error, and lines go on coming.
    await until("it is told of", () => running.stderr !== "");
    running.stdin.end(
      wanted
        .slice(40)
        .map((text) => `${text}\n`)
        .join(""),
    );
    await house.start();
    const { code, stdout } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "sent\n".repeat(60) });
    const { client } = await loggedIn(house, bob);
    expect(await history(client, alice)).toEqual(wanted);
    client.close();
  });

  test("to a group, too, and with --json each answer is an object", async () => {
    const { alice, bob } = scene;
    const group = `kelas-${alice}`;
    await run([...as(alice), "addgroup", group]);
    await run([...as(bob), "joingroup", group]);
    const input = "satu\ndua\n";
    const ended = await run([...as(alice), "--json", "--each-line", "sendgroup", group, "-"], { input });
    expect(ended.code).toBe(0);
    expect(
      ended.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { type: "reply", v: 1, status: "OK" },
      { type: "reply", v: 1, status: "OK" },
    ]);
    const { client } = await loggedIn(scene.server, bob);
    expect(await history(client, `#${group}`)).toEqual(["satu", "dua"]);
    client.close();
  });

  test("with --no-reconnect ends with 75 when the link is lost, and says so", async () => {
    const { alice, bob } = scene;
    const house = await HouseProcess.of("kampus");
    for (const name of [alice, bob]) (await newUser(house, name)).client.close();
    const words = [...as(alice), "--no-reconnect", "--each-line", "send", bob, "-"];
    const running = start(words, { port: house.port, input: "open" });
    running.stdin.write("satu\n");
    await until("it is answered", () => running.stdout === "sent\n");
    await house.kill();
    const { code, stderr } = await running.ended;
    expect(code).toBe(75);
    expect(stderr).toMatch(/^chat-client: [^\n]+\n|^[^\n]+\n/);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

describe("a server that takes the call, and answers nothing", () => {
  test.each([
    ["a request", ["ping"], ""],
    ["a login", ["-u", "ALICE", "--password-file", "PASSWORD", "ping"], ""],
    ["listen", ["--token-file", "TOKEN", "listen"], ""],
    ["a message", ["--token-file", "TOKEN", "send", "bob", "halo"], ""],
    ["a file", ["--token-file", "TOKEN", "sendfile", "bob", "FILE"], ""],
    ["a list of files", ["--token-file", "TOKEN", "files"], ""],
    ["a script", ["-f", "-"], "ping\n"],
  ])("is not waited for longer than --timeout, which is said, exit code 75: %s", async (_, words, input) => {
    const port = await lyingServer(() => undefined);
    const files: Readonly<Record<string, string>> = {
      PASSWORD: scene.write("password", "rahasia\n"),
      TOKEN: scene.write("token", "5f0d4f6a-9c37-4d2e-8f4a-5b6c9b2f8c1e\n"),
      FILE: scene.write("a.iso", "isi"),
      ALICE: scene.alice,
    };
    const ended = await run(["--timeout", "300ms", ...words.map((word) => files[word] ?? word)], { port, input });
    expect(ended).toMatchObject({ code: 75, stdout: "", stderr: "chat-client: no answer within 0.3 s\n" });
  });

  test.each([
    ["listen", ["listen"], "", 75],
    ["a list of files", ["files"], "", 75],
    // What has begun can be gone on with, however little that is.
    ["getfile", ["getfile", "a.iso"], "", 130],
    ["sendfile", ["sendfile", "bob", "FILE"], "", 130],
    ["--each-line", ["--no-reconnect", "--each-line", "send", "bob", "-"], "satu\n", 75],
  ])("nor to what follows a login: %s", async (_, words, input, code) => {
    let logins = 0;
    const port = await lyingServer((request) => {
      if (request.startsWith("auth ")) logins++;
      if (logins === 0 && /^(dialect auto$|client )/.test(request)) return { status: "OK", message: "ok" };
      return request.startsWith("auth ") ? { status: "OK", tokenid: "token", user: "alice" } : undefined;
    });
    const file = scene.write("a.iso", "isi");
    const all = ["--timeout", "300ms", ...as("alice"), ...words.map((word) => (word === "FILE" ? file : word))];
    const ended = await run(all, { port, input });
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toContain("no answer within 0.3 s");
  });
});
