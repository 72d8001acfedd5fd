import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newScene, objects } from "../support/chat-client.ts";
import { namesIn } from "../support/folder.ts";
import { Gate } from "../support/gate.ts";
import { newUser } from "../support/people.ts";
import { filesOf, same } from "../support/scene-files.ts";
import { startProcess } from "../support/server.ts";
import { until } from "../support/until.ts";

const MIB = 1024 ** 2;
/** What requests and replies beside the bytes of a file may have. */
const TALK = 8192;

const scene = newScene();
const { as, run, start } = scene;

const { fileOf, receivedBy } = filesOf(scene);

let [folder, alice, bob] = ["", "", ""];
beforeEach(() => {
  ({ folder, alice, bob } = scene);
});

describe("a command that is interrupted", () => {
  test("by SIGINT pauses with exit code 130, and the same command goes on", async () => {
    const gate = await Gate.before(scene.server);
    const path = fileOf(8 * MIB);
    const command = [...as(alice), "sendfile", bob, "a.iso"];
    gate.allow("up", 3 * MIB);
    const running = start(command, { port: gate.port });
    await gate.full("up");
    running.kill("SIGINT");
    const paused = await running.ended;
    expect(paused).toMatchObject({ code: 130, stdout: "", stderr: "a.iso: paused; the same command goes on\n" });
    expect(await receivedBy(bob)).toEqual([]);

    gate.cut();
    await gate.idle();
    gate.allow("up");
    const listed = await run([...as(alice), "transfers"], { port: gate.port });
    expect(listed.stdout).toMatch(/^paused {2}sendfile \w+ \S+ {2}\S+ [KM]iB of 8\.0 MiB have arrived\n$/);
    expect(listed.stdout).toContain(`sendfile ${bob} ${path} `);
    const json = await run([...as(alice), "--json", "transfers"], { port: gate.port });
    expect(objects(json.stdout)).toEqual([expect.objectContaining({ state: "paused", name: "a.iso", to: bob })]);
    const before = gate.passed("up");
    expect(await run(command, { port: gate.port })).toMatchObject({ code: 0 });
    expect(gate.passed("up") - before).toBeLessThan(8 * MIB);
    await run([...as(bob), "getfile", "a.iso", "-o", "b.iso"]);
    expect(same(path, join(folder, "b.iso"))).toBe(true);
  });

  test("by SIGINT does not say that it goes on where it cannot", async () => {
    const gate = await Gate.before(scene.server);
    fileOf(8 * MIB);
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    gate.allow("down", 2 * MIB);
    const running = start([...as(bob), "getfile", "a.iso", "-o", "-"], { port: gate.port });
    await gate.full("down");
    running.kill("SIGINT");
    const { code, bytes, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(bytes.length).toBeLessThan(8 * MIB);
    expect(stderr).not.toContain("goes on");
  });

  test("by SIGINT ends although the server says nothing any more", { timeout: 15_000 }, async () => {
    const silent = await startProcess(["--memory"]);
    onTestFinished(async () => void (await silent.kill("SIGKILL")));
    for (const name of [alice, bob]) (await newUser(silent, name)).client.close();
    fileOf(8 * MIB);
    await run([...as(alice), "sendfile", bob, "a.iso"], { port: silent.port });
    const gate = await Gate.before(silent);
    gate.allow("down", 2 * MIB);
    const running = scene.startProcess([...as(bob), "getfile", "a.iso"], { port: gate.port });
    await gate.full("down");
    process.kill(silent.pid, "SIGSTOP");
    running.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: "a.iso: paused; the same command goes on\n" });
  });

  test("by the end of the server pauses with exit code 130, too", async () => {
    const going = await startProcess(["--memory"]);
    for (const name of [alice, bob]) (await newUser(going, name)).client.close();
    const gate = await Gate.before(going);
    fileOf(8 * MIB);
    gate.allow("up", 2 * MIB);
    const { ended } = start([...as(alice), "sendfile", bob, "a.iso"], { port: gate.port });
    await gate.full("up");
    await going.kill("SIGKILL");
    gate.cut();
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/^a\.iso: paused \(.+\); the same command goes on$/m);
    expect(code).toBe(130);
  });

  test("by SIGKILL goes on, too: up", async () => {
    const gate = await Gate.before(scene.server);
    const path = fileOf(8 * MIB);
    const command = [...as(alice), "sendfile", bob, "a.iso"];
    gate.allow("up", 3 * MIB);
    const running = scene.startProcess(command, { port: gate.port });
    await gate.full("up");
    running.kill("SIGKILL");
    await running.ended;
    gate.cut();
    await gate.idle();
    const before = gate.passed("up");
    gate.allow("up");
    expect(await run(command, { port: gate.port })).toMatchObject({ code: 0 });
    expect(gate.passed("up") - before).toBeLessThan(8 * MIB);
    await run([...as(bob), "getfile", "a.iso", "-o", "b.iso"]);
    expect(same(path, join(folder, "b.iso"))).toBe(true);
  });

  test("by SIGKILL goes on, too: down", async () => {
    const gate = await Gate.before(scene.server);
    const path = fileOf(8 * MIB);
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    gate.allow("down", 3 * MIB);
    const running = scene.startProcess([...as(bob), "getfile", "a.iso"], { port: gate.port });
    const place = join(folder, "downloads", bob);
    await gate.full("down");
    const part = await until("what has come is on the disk", () => {
      const [name] = existsSync(place) ? readdirSync(place) : [];
      return name !== undefined && statSync(join(place, name)).size > 2 * MIB && join(place, name);
    });
    running.kill("SIGKILL");
    await running.ended;
    expect(namesIn(place)).toEqual([]);
    gate.cut();
    await gate.idle();
    const here = statSync(part).size;
    const before = gate.passed("down");
    gate.allow("down");
    expect(await run([...as(bob), "getfile", "a.iso"], { port: gate.port })).toMatchObject({ code: 0 });
    expect(gate.passed("down") - before).toBeLessThan(8 * MIB - here + TALK);
    expect(readdirSync(place)).toEqual(["a.iso"]);
    expect(same(path, join(place, "a.iso"))).toBe(true);
  });
});
