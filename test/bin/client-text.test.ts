/** `-` as the text of a message: all of standard input, or each line of it. */
import { describe, expect, test } from "vitest";
import { newScene } from "../support/chat-client.ts";
import { history, loggedIn, ok } from "../support/people.ts";
import type { Ended } from "../support/program-here.ts";
import { until } from "../support/until.ts";

const scene = newScene();
const { as, run, start } = scene;

function piped(input: string | Uint8Array, words = ["send", "BOB", "-"], options: string[] = []): Promise<Ended> {
  return run([...as(scene.alice), ...options, ...words.map((word) => (word === "BOB" ? scene.bob : word))], { input });
}

/** What alice and bob have said, oldest first. */
async function said(): Promise<readonly string[]> {
  const { client } = await loggedIn(scene.server, scene.bob);
  const texts = await history(client, scene.alice);
  client.close();
  return texts;
}

describe("standard input as a text", () => {
  test.each([
    ["without a line end", "halo", "halo"],
    ["whose last line end is left out", "halo\n", "halo"],
    ["with line ends, an empty line among them", "satu\n\ntiga\n", "satu\n\ntiga"],
    [
      "with tabs and blanks",
      "Filesystem\t1K-blocks   Used\n/dev/sda1\t  100\n",
      "Filesystem\t1K-blocks   Used\n/dev/sda1\t  100",
    ],
    ["with line ends of Windows, which become those of the others", "satu\r\ndua\r\n\r\ntiga\r\n", "satu\ndua\n\ntiga"],
    [
      "with words that mean something to a shell, or to chat-client",
      '"$HOME" `x` -n - --json',
      '"$HOME" `x` -n - --json',
    ],
    ["of other writing", "halo 👩‍👩‍👧 apa kabar? 会議", "halo 👩‍👩‍👧 apa kabar? 会議"],
  ])("%s", async (_, input, text) => {
    expect(await piped(input)).toMatchObject({ code: 0, stdout: "sent\n", stderr: "" });
    expect(await said()).toEqual([text]);
  });

  test("goes to whom a command can speak, a group as well", async () => {
    const group = `kelas-${scene.alice}`;
    await run([...as(scene.alice), "addgroup", group]);
    expect(await piped("isi\n", [`@${scene.bob}`, "-"])).toMatchObject({ code: 0 });
    expect(await said()).toEqual(["isi"]);
    for (const words of [
      ["sendgroup", group, "-"],
      [`#${group}`, "-"],
    ]) {
      expect(await piped("isi\n", words)).toMatchObject({ code: 0 });
    }
    const { stdout } = await run([...as(scene.alice), "--plain", "history", `#${group}`]);
    expect(stdout.match(/\tisi\n/g)).toHaveLength(2);
  });

  test("is not asked for where - is a word among others", async () => {
    expect(await piped("isi", ["send", "BOB", "a", "-"])).toMatchObject({ code: 0 });
    expect(await said()).toEqual(["a -"]);
  });

  test("is sent to nobody when it is not UTF-8, or nothing", async () => {
    for (const input of [Buffer.from("caf\u00e9", "latin1"), "", "\n", "  \n\t\n"]) {
      expect(await piped(input)).toMatchObject({ code: 65, stdout: "" });
    }
    const { client } = await loggedIn(scene.server, scene.bob);
    expect((await ok(client.request("inbox"))).data).toEqual([]);
  });
});

describe("--each-line", () => {
  test.each([
    ["before the command", ["--each-line"], ["send", "BOB", "-"]],
    ["behind it", [], ["send", "BOB", "-", "--each-line"]],
  ])("makes a message of each line that is not empty: %s", async (_, options, words) => {
    const ended = await piped("satu\n\ndua\ttab\r\n  \ntiga", words, options);
    expect(ended).toMatchObject({ code: 0, stdout: "sent\n".repeat(3) });
    expect(await said()).toEqual(["satu", "dua\ttab", "tiga"]);
  });

  test("1,000 lines keep their order, and each arrives once", async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => `baris ${i}`);
    const ended = await piped(`${lines.join("\n")}\n`, ["send", "BOB", "-"], ["-q", "--each-line"]);
    expect(ended).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(await said()).toEqual(lines);
  });

  test("a line is sent when it has come, though more may follow", async () => {
    const running = start([...as(scene.alice), "--each-line", "send", scene.bob, "-"], { input: "open" });
    running.stdin.write("satu\n");
    await until("the first is there", () => running.stdout === "sent\n");
    running.stdin.write("dua\ntig");
    await until("the second is there", () => running.stdout === "sent\n".repeat(2));
    running.stdin.end("a\n");
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(await said()).toEqual(["satu", "dua", "tiga"]);
  });

  test("a line that is refused is told of by the exit code", async () => {
    const ended = await piped("satu\ndua\n", ["send", "nobody", "-"], ["--each-line"]);
    expect(ended).toMatchObject({ code: 67, stdout: "" });
    expect(ended.stderr).toContain("there is no such user");
  });
});
