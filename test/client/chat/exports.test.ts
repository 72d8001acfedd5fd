/** Exports while one goes on chatting: one can end them, and then nothing of them is left. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { Exports } from "../../../src/client/chat/exports.ts";
import { testFolder } from "../../support/folder.ts";
import { lyingServer, somebody } from "../../support/lying.ts";
import { until } from "../../support/until.ts";

const TOKEN = "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c";
const told = { id: TOKEN, from: "bob", to: "alice", message: "halo", time: "2026-11-21T05:26:53.431Z" };

test("what is ended leaves no file, and the next one goes as ever", async () => {
  let silent = true;
  const asked: string[] = [];
  const port = await lyingServer((request) => {
    if (request.startsWith("resume")) return { status: "OK", data: somebody };
    if (!request.startsWith("history")) return { status: "OK" };
    asked.push(request);
    if (request.includes("since")) return { status: "OK", data: [told], after: TOKEN };
    return silent ? undefined : { status: "OK", data: [] };
  });
  const downloads = testFolder();
  const said: string[] = [];
  const exports = new Exports({
    host: "127.0.0.1",
    port,
    reconnect: true,
    downloads,
    login: () => ({ user: "alice", token: TOKEN }),
    say: (text) => said.push(text),
  });
  const wanted = { place: "#kelas", start: 0, out: undefined };
  exports.begin(wanted);
  await until("the second page is asked for", () => asked.length === 2);
  expect(exports.busy).toBe(true);
  exports.stop();
  expect(readdirSync(`${downloads}/group/alice`)).toEqual([]);
  await until("it has ended", () => !exports.busy);
  expect(said.at(-1)).toContain("#kelas was not written down: interrupted");

  silent = false;
  exports.begin(wanted);
  await until("it has ended", () => !exports.busy);
  expect(said.at(-1)).toBe(`#kelas: 1 messages → ${downloads}/group/alice/kelas.txt`);
  expect(readdirSync(`${downloads}/group/alice`)).toEqual(["kelas.txt"]);
});
