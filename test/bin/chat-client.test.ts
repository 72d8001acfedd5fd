/** chat-client as it is run from a shell: one request, a script, and what it says when something is wrong. */
import { describe, expect, test } from "vitest";
import { newScene, objects } from "../support/chat-client.ts";
import type { Ended } from "../support/program-here.ts";
import { startServer } from "../support/server.ts";
import { startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { as, run } = scene;

describe("one request", () => {
  test("is sent as it stands after a login, its reply printed, exit code 0", async () => {
    const { alice, bob } = scene;
    const args = ["--user", alice, "--password-file", scene.path("password")];
    const sent = await run([...args, "send", bob, "halo", "bob"]);
    expect(sent).toMatchObject({ code: 0, stdout: "sent\n", stderr: "" });
    const { stdout } = await run([...as(bob), "--json", "inbox"]);
    expect(objects(stdout)).toMatchObject([
      { type: "reply", v: 1, status: "OK", data: [{ from: alice, message: "halo bob" }] },
    ]);
  });

  test("that is refused says so on stderr", async () => {
    const ended = await run([...as(scene.alice), "send", "nobody", "halo"]);
    expect(ended).toMatchObject({ code: 67, stdout: "", stderr: "chat-client: there is no such user\n" });
  });

  test("that is refused with --json prints the reply", async () => {
    const { code, stdout, stderr } = await run(["--json", "whoami"]);
    expect({ code, stderr }).toEqual({ code: 77, stderr: "" });
    expect(objects(stdout)).toMatchObject([{ type: "reply", v: 1, status: "ERROR", code: "no-session" }]);
  });

  test("can act by a token instead of a password, which goes on being good", async () => {
    const file = await scene.tokenOf(scene.alice);
    for (const _ of [1, 2]) {
      const { code, stdout } = await run(["--token-file", file, "whoami"]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(new RegExp(`^${scene.alice} `, "m")) });
    }
  });

  test("takes the password from standard input when asked to", async () => {
    const args = ["-u", scene.alice, "--password-file", "-", "whoami"];
    expect(await scene.runProcess(args, { input: "rahasia\n" })).toMatchObject({ code: 0, stderr: "" });
  });

  test("keeps words that look like options: they are the text's", async () => {
    const { alice, bob } = scene;
    const args = [...as(alice), "send", bob, "--json", "is", "an", "option", "-q"];
    expect(await run(args)).toMatchObject({ code: 0, stdout: "sent\n" });
    expect((await run([...as(bob), "inbox"])).stdout).toContain(": --json is an option -q\n");
  });

  test("leaves no session behind that a password has opened", async () => {
    const { alice } = scene;
    const { stderr } = await run([...as(alice), "--trace", "whoami"]);
    expect(stderr).toContain("> logout\n");
    expect(stderr.trimEnd()).toMatch(/< \{"status":"OK".*\}$/);
  });
});

describe("a password on the command line", () => {
  test.each([
    ["auth", ["auth", "NAME", "rahasia"]],
    ["a login of another dialect", ["AUTH_LOGIN", "NAME", "rahasia"]],
    ["register", ["register", "carl", "rahasia", "carl", "indonesia"]],
    ["passwd", ["passwd", "rahasia", "baru"]],
    ["auth after -c", ["-c", "ping", "-c", "auth NAME rahasia"]],
  ])("is refused before anything is sent: %s", async (_, words) => {
    const ended = await run(words.map((word) => word.replace("NAME", scene.alice)));
    expect(ended).toMatchObject({ code: 64, stdout: "" });
    expect(ended.stderr).toMatch(/^chat-client: [^\n]*--password-file[^\n]*\n$/);
    expect(ended.stderr).not.toContain("rahasia");
  });
});

describe("lines on standard input", () => {
  test("are requests in order, replies in words without a token, exit code 0", async () => {
    const { alice, bob } = scene;
    const { code, stdout } = await run([], { input: `auth ${alice} rahasia\nsend ${bob} dari skrip\nping\n` });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "logged in\nsent\npong\n" });
  });

  test("one of which is refused: nothing after it is sent", async () => {
    const { code, stdout } = await run(["--json"], { input: "ping\nsend\nping\n" });
    const said = objects(stdout).map(({ status }) => status);
    expect({ code, said }).toEqual({ code: 64, said: ["OK", "ERROR"] });
  });

  test("may be none at all: there is nothing to do", async () => {
    expect(await run([])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });
});

describe("what keeps it from working is one line", () => {
  test.each([
    [
      "a wrong password",
      77,
      ["-u", "ALICE", "--password-file", "WRONG", "ping"],
      /alice\d+: unknown name or wrong password/,
    ],
    ["no terminal to ask for a password on", 77, ["-u", "ALICE", "ping"], /--password-file/],
    ["a password file that is not there", 66, ["-u", "x", "--password-file", "/nowhere/pw", "ping"], /\/nowhere\/pw/],
    ["an option it does not have", 64, ["--pasword", "x", "ping"], /pasword/],
    ["a port that is none", 64, ["--port", "70000", "ping"], /--port/],
  ])("%s, exit code %d", async (_, exit, args, says) => {
    const wrong = scene.write("wrong", "salah\n");
    const ended = await run(args.map((arg) => ({ WRONG: wrong, ALICE: scene.alice })[arg] ?? arg));
    expect(ended).toMatchObject({ code: exit, stdout: "" });
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr).toMatch(/^chat-client: .*\n$/);
  });

  test("a server that is not there", async () => {
    const gone = await startServer(["--memory"]);
    await gone.stop();
    const ended = await run(["ping"], { port: gone.port });
    expect(ended).toMatchObject({ code: 69, stdout: "" });
    expect(ended.stderr).toMatch(/^chat-client: cannot reach .*\n$/);
  });

  test("a server that goes away while the next line is waited for", async () => {
    const going = await startedProcess("--memory");
    const running = scene.startProcess([], { port: going.port, input: "open" });
    running.stdin.write("ping\n");
    await until("it is answered", () => running.stdout === "pong\n");
    await going.kill("SIGKILL");
    let over: Ended | undefined;
    void running.ended.then((ended) => (over = ended));
    expect(await until("it ends", () => over)).toMatchObject({
      code: 75,
      stderr: "chat-client: the server closed the connection\n",
    });
  });
});

test("a slip is told of without a server", async () => {
  const ended = await run(["sned", "bob", "halo"], { port: 1 });
  expect(ended).toMatchObject({ code: 64, stdout: "" });
  expect(ended.stderr).toMatch(/did you mean send\?/);
});

describe("an option behind a command", () => {
  test("is a word of the text, as help says", async () => {
    const { alice, bob } = scene;
    for (const words of [
      ["send", bob, "halo", "-q"],
      [`@${bob}`, "halo", "--json"],
    ]) {
      expect(await run([...as(alice), ...words])).toMatchObject({ code: 0, stdout: "sent\n", stderr: "" });
    }
    const { stdout } = await run([...as(bob), "--plain", "inbox"]);
    expect(stdout.split("\n").map((line) => line.split("\t")[3])).toEqual(["halo -q", "halo --json", undefined]);
    const help = await run(["help"], { port: 1 });
    expect(help.stdout).toMatch(/^Options stand before a command, text behind it: .*-q send bob halo$/m);
  });

  test.each([
    [["getfile", "x", "--plain"], "--plain stands before the command: chat-client --plain getfile x"],
    [["users", "--json"], "--json stands before the command: chat-client --json users"],
    [["files", "-q"], "-q stands before the command: chat-client -q files"],
    [
      ["sendfile", "bob", "a.iso", "--trace"],
      "--trace stands before the command: chat-client --trace sendfile bob a.iso",
    ],
    [["history", "bob", "--keep-going"], "--keep-going stands before the command"],
  ])("where no text is wanted is explained, exit code 64: %j", async (words, says) => {
    const ended = await run([...as(scene.alice), ...words]);
    expect(ended).toMatchObject({ code: 64, stdout: "" });
    expect(ended.stderr).toContain(`chat-client: ${says}`);
    expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  });
});
