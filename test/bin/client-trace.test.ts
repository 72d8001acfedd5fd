/** `--trace`: what goes over the wire, on standard error, without passwords and tokens. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { version } from "../../src/bin/version.ts";
import { exampleOf } from "../../src/client/examples.ts";
import { requests } from "../../src/client/vocabulary.ts";
import { newScene } from "../support/chat-client.ts";
import { loggedIn } from "../support/people.ts";
import { until } from "../support/until.ts";

const PASSWORD = "kunci-Rahasia-1";
const TOKEN = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

const scene = newScene();
const { as, run, start } = scene;

describe("--trace", () => {
  test("shows each request and each reply on a line of standard error; standard output is as ever", async () => {
    const { stdout, stderr } = await run([...as(scene.alice), "--trace", "send", scene.bob, "halo"]);
    expect(stdout).toBe("sent\n");
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("> "))).toEqual([
      "> dialect auto",
      `> client chat-client ${version}`,
      `> auth ${scene.alice} •••`,
      `> send ${scene.bob} halo`,
      "> logout",
    ]);
    const replies = lines.filter((line) => line.startsWith("< ")).map((line) => JSON.parse(line.slice(2)));
    expect(replies).toHaveLength(5);
    expect(replies[3]).toMatchObject({ status: "OK", message: "Message sent" });
    expect(lines).toHaveLength(10);
  });

  test("a text of several lines stands on one", async () => {
    const { stderr } = await run([...as(scene.alice), "--trace", "send", scene.bob, "-"], { input: "satu\ndua\n" });
    expect(stderr).toContain(`> send ${scene.bob} satu\\ndua\n`);
  });

  test("shows what listen says and hears", async () => {
    const running = start([...as(scene.bob), "--trace", "listen", "-C", "1"]);
    await until("it listens", () => running.stderr.includes("listening\n"));
    await run([...as(scene.alice), "send", scene.bob, "halo"]);
    const { stderr } = await running.ended;
    expect(stderr).toMatch(/^< \{"event":"message",.*"halo".*\}$/m);
    expect(stderr).toContain("> watch on\n");
    expect(stderr).not.toMatch(/"tokenid":"[0-9a-f]/);
    expect(stderr).toMatch(/^> resume •••$/m);
  });

  test("shows the requests of a file's own connection, without its bytes and the token", async () => {
    const { stderr } = await run([...as(scene.alice), "--trace", "sendfile", scene.bob, scene.write("a.iso", "isi")]);
    expect(stderr).toMatch(/^> upload ••• \S+ a\.iso 3 /m);
    expect(stderr).not.toContain("isi\n");
  });
});

describe("a password is in no output", () => {
  const secrets = requests.filter(({ pattern }) =>
    pattern.elements.some((element) => "kind" in element && ["password", "old", "new"].includes(element.kind)),
  );

  test("there are such requests in several dialects", () => {
    expect(secrets.map(({ pattern }) => pattern.words[0])).toEqual(
      expect.arrayContaining(["auth", "register", "auth_register", "passwd"]),
    );
  });

  test.each(secrets.map((row) => [row.pattern.source, row] as const))("%s", async (_, row) => {
    const line = exampleOf(row).replace(/\b(rahasia|baru)\b/g, PASSWORD);
    expect(line).toContain(PASSWORD);
    const upper = line.replace(/^\S+/, (word) => word.toUpperCase());
    for (const options of [[], ["--json"], ["--plain"]]) {
      const input = [line, `/${line}`, upper, `  ${line}`, line.replaceAll(" ", "  "), `${line} lebih`].join("\n");
      const { stdout, stderr } = await run([...options, "--keep-going", "--trace"], { input });
      expect(stderr).toContain("•••");
      expect(stdout + stderr).not.toContain(PASSWORD);
    }
  });

  test("nor where it came from a file, a command or standard input", async () => {
    const { alice } = scene;
    const secret = scene.write("secret", `${PASSWORD}\n`);
    await run(["-f", scene.write("passwd", `auth ${alice} rahasia\npasswd rahasia ${PASSWORD}\n`)]);
    for (const [options, input] of [
      [["--password-file", secret], ""],
      [["--password-command", `cat ${secret}`], ""],
      [["--password-file", "-"], `${PASSWORD}\n`],
    ] as const) {
      const { code, stdout, stderr } = await run(["-u", alice, ...options, "--trace", "whoami"], { input });
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain(PASSWORD);
    }
  });
});

describe("a token is in no output", () => {
  test("that acts for a request, nor the one that a login gives", async () => {
    const token = await scene.tokenOf(scene.alice);
    for (const args of [
      ["--token-file", token, "whoami"],
      ["--token-file", token, "send", scene.bob, "halo"],
      ["--token-file", token, "history", scene.bob],
      [...as(scene.alice), "ping"],
      [...as(scene.alice), "--save-login", "send", scene.bob, "halo"],
      ["-u", scene.alice, "groups"],
    ]) {
      const { code, stdout, stderr } = await run(["--trace", ...args]);
      expect(code).toBe(0);
      const shown = (stdout + stderr).replace(/"id":"[^"]*"/g, "");
      expect(shown).toContain("•••");
      expect(shown).not.toMatch(TOKEN);
    }
  });

  test("that stands in a line of a script", async () => {
    const { token: id, client } = await loggedIn(scene.server, scene.alice);
    client.close();
    const input = [
      `whoami ${id}`,
      `send ${id} ${scene.bob} halo`,
      `SEND ${id.toUpperCase()} ${scene.bob} x`,
      `logout ${id}`,
    ];
    const { stderr } = await run(["--trace", "--keep-going"], { input: input.join("\n") });
    expect(stderr.toLowerCase()).not.toContain(id.toLowerCase());
    expect(stderr).toContain(`> send ••• ${scene.bob} halo\n`);
  });

  test("that a run has begun with, when a line of its script logs somebody in", async () => {
    const token = await scene.tokenOf(scene.alice);
    const input = `auth ${scene.bob} rahasia\nwhoami\nregister carl-${scene.bob} rahasia Carl indonesia\n`;
    const { stderr } = await run(["--token-file", token, "--trace", "--keep-going"], { input });
    expect(stderr).toContain("> auth ");
    expect(stderr).not.toContain(readFileSync(token, "utf8").trim());
  });
});
