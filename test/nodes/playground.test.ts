/** `npm run nodes`, as whoever tries many nodes for the first time uses it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { Wire } from "../../src/connection/wire.ts";
import { testFolder } from "../support/folder.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { cleanEnv } from "../support/server.ts";
import { until } from "../support/until.ts";

test("nodes behind a balancer can be tried: one that is killed is replaced, and Ctrl-C leaves nothing", async () => {
  const folder = testFolder();
  const program = new URL("playground.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, "2"], {
    env: { ...cleanEnv(), TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, "exit");
  const port = await until("it says how to try it", () => {
    if (child.exitCode !== null) throw new Error(said);
    return /nc 127\.0\.0\.1 (\d+) .*Ctrl-C ends all/s.exec(said)?.[1];
  });
  const town = { connect: () => Wire.connect({ host: "127.0.0.1", port: Number(port) }) };
  await newUser(town, "alice");
  const pids = [...said.matchAll(/^node \d: pid (\d+)/gm)].map(([, pid]) => Number(pid));
  expect(pids).toHaveLength(2);
  process.kill(pids[0] as number, "SIGKILL");
  await until("it is noticed", () => /^node 1 has died \(SIGKILL\)/m.test(said));
  for (const text of ["satu", "dua"]) {
    const { client } = await loggedIn(town, "alice");
    await ok(client.request(`send alice ${text}`));
  }
  await until("it is there again", () => (said.match(/^node 1: pid/gm) ?? []).length === 2);
  child.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
  expect(readdirSync(folder).filter((name) => name !== "obrol-test-compile-cache")).toEqual([]);
});
