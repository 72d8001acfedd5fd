/** `-n`: the bytes that it prints do by hand what the command does. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import { newScene } from "../support/chat-client.ts";
import { END } from "../support/connection.ts";
import { history, loggedIn, ok } from "../support/people.ts";
import type { Ended } from "../support/program-here.ts";
import { RawWire } from "../support/raw.ts";

const scene = newScene();
const { as, run } = scene;

/** Prints what alice would send. */
async function printed(words: readonly string[], input = ""): Promise<string> {
  const token = await scene.tokenOf(scene.alice);
  const ended = await run(["-n", "--token-file", token, ...words], { input });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout.endsWith(END)).toBe(true);
  return ended.stdout;
}

/** Sends bytes as netcat would. @returns all answers */
async function byHand(...parts: readonly (string | Uint8Array)[]): Promise<readonly Reply[]> {
  const wire = new RawWire(scene.server);
  for (const part of parts) wire.send(part);
  wire.end();
  return (await wire.ended()).map(({ reply }) => reply);
}

/** What alice and bob, or a group, have said. */
async function said(place = scene.alice): Promise<readonly string[]> {
  const { client } = await loggedIn(scene.server, scene.bob);
  const texts = await history(client, place);
  client.close();
  return texts;
}

describe("what -n prints", () => {
  test("is the request and its end, and nothing is sent", async () => {
    const nobody = { port: 1 };
    const ended = await run(["-n", "send", "bob", "halo", "bob"], nobody);
    expect(ended).toMatchObject({ code: 0, stdout: `send bob halo bob${END}`, stderr: "" });
  });

  test.each([
    [["send", "BOB", "halo", "bob"]],
    [["@BOB", "halo", "bob"]],
    [["/send", "BOB", "halo", "bob"]],
    [["-c", "@BOB halo bob"]],
  ])("sends a message: %j", async (words) => {
    const bytes = await printed(words.map((word) => word.replace("BOB", scene.bob)));
    expect(await byHand(bytes)).toMatchObject([{ status: "OK" }]);
    expect(await said()).toEqual(["halo bob"]);
  });

  test("sends what stands on standard input where the text is -", async () => {
    const bytes = await printed(["send", scene.bob, "-"], "satu\r\n\r\ndua\n");
    expect(await byHand(bytes)).toMatchObject([{ status: "OK" }]);
    expect(await said()).toEqual(["satu\n\ndua"]);
  });

  test.each([[["sendgroup", "GROUP", "halo", "semua"]], [["#GROUP", "halo", "semua"]]])(
    "sends to a group: %j",
    async (words) => {
      const group = `kelas-${scene.alice}`;
      await run([...as(scene.alice), "addgroup", group]);
      await run([...as(scene.bob), "joingroup", group]);
      const bytes = await printed(words.map((word) => word.replace("GROUP", group)));
      expect(await byHand(bytes)).toMatchObject([{ status: "OK" }]);
      expect(await said(group)).toEqual(["halo semua"]);
    },
  );

  test.each([
    [["history", "BOB"], 20],
    [["history", "@BOB", "5"], 5],
    [["history", "BOB", "limit", "3"], 3],
    [["search", "BOB", "baris"], 30],
  ])("asks for what was said: %j", async (words, count) => {
    const { client } = await loggedIn(scene.server, scene.alice);
    for (let i = 0; i < 30; i++) await ok(client.request(`send ${scene.bob} baris ${i}`));
    client.close();
    const [reply] = await byHand(await printed(words.map((word) => word.replace("BOB", scene.bob))));
    expect(reply).toMatchObject({ status: "OK" });
    expect(reply?.data).toHaveLength(count);
    // What was found comes newest first.
    expect(reply?.data).toMatchObject({ [words[0] === "search" ? 0 : count - 1]: { message: "baris 29" } });
  });

  test("uploads a file when its bytes are appended, of any name, to a user and to a group", async () => {
    const group = `kelas-${scene.alice}`;
    await run([...as(scene.bob), "addgroup", group]);
    await run([...as(scene.alice), "joingroup", group]);
    const content = "isi\r\n\r\ndari berkas";
    for (const [to, name] of [
      [scene.bob, "a.iso"],
      [scene.bob, "my notes 会議.pdf"],
      [`#${group}`, "b.iso"],
    ] as const) {
      const bytes = await printed(["sendfile", to, scene.write(name, content)]);
      expect(await byHand(bytes, content)).toMatchObject([{ status: "OK" }]);
      expect(await run([...as(scene.bob), "getfile", name, "-o", "-"])).toMatchObject({ code: 0, stdout: content });
    }
  });

  test("downloads a file by its id", async () => {
    const path = scene.write("a.iso", "isi\r\n\r\ndari berkas");
    await run([...as(scene.bob), "sendfile", scene.alice, path]);
    const { client } = await loggedIn(scene.server, scene.alice);
    const [file] = (await ok(client.request("files received"))).data as { id: string }[];
    client.close();
    const bytes = await printed(["getfile", String(file?.id)]);
    const { reply, body } = await new RawWire(scene.server).send(bytes).answer();
    expect(reply).toMatchObject({ status: "OK", filename: "a.iso" });
    expect(body.equals(readFileSync(path))).toBe(true);
  });

  test.each([[["files"]], [["files", "received"]], [["whoami"]], [["inbox"]], [["groups"]], [["listen"]]])(
    "asks for the same as the command: %j",
    async (words) => {
      expect(await byHand(await printed(words))).toMatchObject([{ status: "OK" }]);
    },
  );

  test("is one request after the other for several commands", async () => {
    const bytes = await printed(["-f", "-"], `# dua\nsend ${scene.bob} satu\n\n@${scene.bob} dua\n`);
    expect(await byHand(bytes)).toMatchObject([{ status: "OK" }, { status: "OK" }]);
    expect(await said()).toEqual(["satu", "dua"]);
  });

  test("holds what is secret, for netcat needs it; a login is a line of a script", async () => {
    const { alice } = scene;
    const { stdout } = await run(["-n"], { input: `auth ${alice} rahasia\nwhoami\n` });
    const answers = await byHand(stdout);
    expect(answers).toMatchObject([{ status: "OK" }, { status: "OK", data: { username: alice } }]);
  });

  test("is nothing where a login would have to come first: standard error says so", async () => {
    const ended = await run(["-n", ...as(scene.alice), "send", scene.bob, "halo"]);
    expect(ended).toMatchObject({ code: 0, stdout: `send ${scene.bob} halo${END}` });
    expect(ended.stderr).toMatch(/^chat-client: [^\n]*auth [^\n]*\n$/);
  });
});

describe("-n refuses", () => {
  const refusals: readonly (readonly [number, readonly string[]])[] = [
    [64, ["sned", "bob", "halo"]],
    [64, ["open", "bob"]],
    [64, ["upload", "bob", "a.iso", "5"]],
    [64, ["transfers"]],
    [64, ["getfile", "-o", "x"]],
    [64, ["auth", "alice", "rahasia"]],
    [64, ["listen", "--form", "alice"]],
    [66, ["sendfile", "bob", "./nowhere"]],
  ];
  test.each(refusals)("with %d what the command would: %j", async (code, words) => {
    const ended: Ended = await run(["-n", ...words]);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(/^chat-client: [^\n]+\n$/);
  });
});
