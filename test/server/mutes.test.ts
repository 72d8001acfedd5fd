/** What is muted outlasts the server, however it ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { startProcess } from "../support/server.ts";

async function muted(client: Wire): Promise<unknown> {
  const { data } = await ok(client.request("mutes"));
  return (data as { with: string; muted: string }[]).map((one) => [one.with, one.muted]);
}

test("what is muted is so after the server was killed, and ended", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "obrol-mutes-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const places = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  let server = await startProcess(places);
  onTestFinished(async () => void (await server.kill("SIGKILL")));
  const { client: alice } = await newUser(server, "alice");
  await newUser(server, "bob");
  await newUser(server, "carl");
  await ok(alice.request("addgroup kelas"));
  for (const request of ["mute bob", "mute carl", "unmute carl", "mute #kelas", "mute #kelas mentions"]) {
    await ok(alice.request(request));
  }
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    await server.kill(signal);
    server = await startProcess(places);
    const { client } = await loggedIn(server, "alice");
    expect(await muted(client)).toEqual([
      ["#kelas", "mentions"],
      ["bob", "all"],
    ]);
  }
  const { client } = await loggedIn(server, "alice");
  await ok(client.request("unmute #kelas"));
  await ok(client.request("group rename kelas sekolah"));
  await server.kill("SIGKILL");
  server = await startProcess(places);
  const { client: again } = await loggedIn(server, "alice");
  expect(await muted(again)).toEqual([["bob", "all"]]);
});
