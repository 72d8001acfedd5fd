/** chat-client and files on a terminal, from a shell: the bar. In the prompt: test/prompt/files.test.ts. */
import { describe, expect, test } from "vitest";
import { ESCAPES, newScene } from "../support/chat-client.ts";
import { Gate } from "../support/gate.ts";
import type { Running } from "../support/program-here.ts";
import { filesOf } from "../support/scene-files.ts";
import { Terminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const MIB = 1024 ** 2;

const scene = newScene();
const { fileOf } = filesOf(scene);

describe("on a terminal, from a shell,", () => {
  /** Sends a file of 8 MiB to bob, and lets the second half of it wait. @returns what goes on with it */
  async function halfSent(
    name: string,
    ...options: readonly string[]
  ): Promise<{ running: Running; goOn: () => void }> {
    const gate = await Gate.before(scene.server);
    fileOf(8 * MIB, name);
    gate.allow("up", 4 * MIB);
    const args = [...scene.as(scene.alice), ...options, "sendfile", scene.bob, name];
    const running = scene.start(args, { port: gate.port, columns: 80, env: { TERM: "xterm" } });
    await gate.full("up");
    return { running, goOn: () => gate.allow("up") };
  }

  test("a bar stays on its line where the name's characters take two columns each", async () => {
    const { running, goOn } = await halfSent(`${"会議の資料".repeat(8)}.iso`);
    await until("a bar is drawn", () => running.stderr.includes("↑"));
    goOn();
    const { code, stderr } = await running.ended;
    expect(code).toBe(0);
    const terminal = new Terminal(80, 30);
    terminal.output.write(stderr);
    const lines = await terminal.lines();
    expect(lines.filter((line) => line.startsWith("↑"))).toEqual([]);
  });

  test("a bar is drawn in place", async () => {
    const { running, goOn } = await halfSent("a.iso");
    await until("a bar is drawn", () => /a\.iso [█░]{20} \d+% /.test(running.stderr));
    goOn();
    const { code, stderr } = await running.ended;
    expect(code).toBe(0);
    expect(stderr).toContain(`\r\u001b[Ka.iso sent to ${scene.bob}, 8.0 MiB\n`);
    // Nothing of it is left behind: what was drawn last is a line, or nothing.
    expect(stderr.endsWith("\n") || stderr.endsWith("\r\u001b[K")).toBe(true);
  });

  test("--plain has nothing that a terminal acts on", async () => {
    const { running, goOn } = await halfSent("a.iso", "--plain");
    goOn();
    const { code, stderr } = await running.ended;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(ESCAPES);
    expect(stderr).toContain(`a.iso sent to ${scene.bob}, 8.0 MiB\n`);
  });
});
