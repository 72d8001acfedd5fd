import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { isGone } from "./process-children.ts";
import { until } from "./until.ts";

function urlOf(file: string): string {
  return JSON.stringify(new URL(file, import.meta.url).href);
}

/** Starts a server of a test. */
function ofTest(passes: boolean): string {
  return `
    import { dirname } from "node:path";
    import { startProcess } from ${urlOf("server.ts")};
    const { pid, uploads } = await startProcess([], ${passes});
    const folder = dirname(uploads);
  `;
}

/** Starts a server of the bench. */
const ofBench = `
  import { obrol } from ${urlOf("../bench/servers.ts")};
  let folder;
  const { pid } = await obrol("obrol", (own) => (folder = own, ["--memory"])).start(["alice"]);
`;

test.each([
  ["a server", ofTest(false)],
  ["a staged server", ofTest(true)],
  ["a server of the bench", ofBench],
])("%s ends when whoever has started it is killed, also while it is stopped", async (_, start) => {
  const script = `
    ${start}
    process.kill(pid, "SIGSTOP");
    console.log(JSON.stringify([pid, folder]));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const [pid, folder] = JSON.parse(said.toString()) as [number, string];
  expect([isGone(pid), existsSync(folder)]).toEqual([false, true]);
  child.kill("SIGKILL");
  await until("the server is gone", () => isGone(pid));
  await until("its folder is gone", () => !existsSync(folder));
});
