import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isGone } from "./process-children.ts";
import { until } from "./until.ts";

test.each([
  ["a server", false],
  ["a staged server", true],
])("%s ends when the tests that have started it are killed, also while it is stopped", async (_, passes) => {
  const script = `
    import { startProcess } from ${JSON.stringify(new URL("server.ts", import.meta.url).href)};
    const server = await startProcess([], ${passes});
    process.kill(server.pid, "SIGSTOP");
    console.log(JSON.stringify([server.pid, server.uploads]));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const [pid, uploads] = JSON.parse(said.toString()) as [number, string];
  expect(isGone(pid)).toBe(false);
  child.kill("SIGKILL");
  await until("the server is gone", () => isGone(pid));
  await until("its folder is gone", () => !existsSync(dirname(uploads)));
});
