/** Who comes and goes is told of in few words, and who only sends something is no coming. */
import { beforeEach, expect, test } from "vitest";
import { newScene } from "../support/chat-client.ts";
import { testFolder } from "../support/folder.ts";
import { lyingServer, reply, somebody } from "../support/lying.ts";
import { loggedIn, ok } from "../support/people.ts";
import { began, prompted } from "../support/prompt.ts";
import { keys } from "../support/window.ts";

const scene = newScene();

let folder: string;
beforeEach(() => {
  folder = testFolder();
});

test("commands that somebody runs bring him not online; who watches is, and is not any more when he goes", async () => {
  const { alice, bob, server } = scene;
  const window = await prompted({ port: server.port, user: alice, folder });
  window.type(`@${bob}${keys.enter}`);
  await window.stands(`${alice} ${bob} ›`);
  for (const text of ["satu", "dua", "tiga"]) {
    expect(await scene.run([...scene.as(bob), "send", alice, text])).toMatchObject({ code: 0 });
  }
  const watching = scene.start([...scene.as(bob), "listen"]);
  await window.shows(`* ${bob} is online`);
  watching.kill("SIGINT");
  await watching.ended;
  const lines = await window.shows(`* ${bob} is offline`);
  expect(lines.flatMap((line) => / ?(satu|dua|tiga|\* .*line)$/.exec(line)?.[1] ?? [])).toEqual([
    "satu",
    "dua",
    "tiga",
    `* ${bob} is online`,
    `* ${bob} is offline`,
  ]);
});

test("a message stands behind what was told of before it, though that is told of a moment later", async () => {
  const { alice, bob, server } = scene;
  const group = `kelas-${alice}`;
  const [hers, his] = [await loggedIn(server, alice), await loggedIn(server, bob)];
  await ok(hers.client.request(`addgroup ${group}`));
  const window = await prompted({ port: server.port, user: alice, folder });
  await ok(his.client.request(`joingroup ${group}`));
  await ok(his.client.request(`sendgroup ${group} halo`));
  const lines = await window.shows(/: halo$/);
  const told = lines.indexOf(`* ${bob} joined #${group}`);
  expect(told).toBeGreaterThanOrEqual(0);
  expect(told).toBeLessThan(lines.findIndex((line) => line.endsWith(": halo")));
  for (const { client } of [hers, his]) client.close();
});

test("those who join and leave at once are one line, and who came and went again in it is none", async () => {
  let tell: (events: readonly (readonly [string, object])[]) => void = () => {};
  const port = await lyingServer((request, socket) => {
    const [word] = request.split(" ");
    if (word === "auth") return { status: "OK", tokenid: "token", user: "alice" };
    if (word === "resume") return { status: "OK", data: somebody };
    if (word === "dialect") return { status: "OK", message: "ok" };
    if (word !== "watch") return { status: "OK", message: "ok", data: [] };
    tell = (events) => {
      const frames = events.map(([event, data]) => `${JSON.stringify({ event, data })}\r\n\r\n`);
      socket.write(frames.join(""));
    };
    reply(socket, { status: "OK", message: "watching", watching: true });
    return undefined;
  });
  const window = began({ port, user: "alice", folder });
  await window.stands("alice ›");
  const join = (user: string, group = "kelas"): readonly [string, object] => ["join", { user, group }];
  const leave = (user: string): readonly [string, object] => ["leave", { user, group: "kelas" }];
  tell([join("adi"), join("budi"), leave("citra"), join("dewi"), leave("dewi"), join("adi", "lain")]);
  await window.shows("* adi, budi joined #kelas; citra left #kelas");
  await window.shows("* adi joined #lain");
  tell(["a", "b", "c", "d", "e", "f", "g"].map((name) => join(name)));
  const lines = await window.shows(/^\* a, b/);
  expect(lines.filter((line) => line.startsWith("* "))).toEqual([
    "* adi, budi joined #kelas; citra left #kelas",
    "* adi joined #lain",
    "* a, b, c, d, e, 2 more joined #kelas",
  ]);
});
