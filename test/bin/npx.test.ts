/** The programs as npm starts them, from this folder: whom they outlive, and whom not. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Wire } from "../../src/connection/wire.ts";
import { cleanEnv, nodeFlags } from "../support/server.ts";
import { until } from "../support/until.ts";

const root = new URL("../..", import.meta.url).pathname;
const launcher = join(root, "src/bin/launch.sh");

interface Begun {
  readonly child: ChildProcess;
  readonly place: { readonly host: string; readonly port: number };
  /** The process that listens. */
  readonly pid: number;
  /** What it has printed on standard error so far. */
  log(): string;
}

/** A command in which a chat-server begins to listen, however deep in it. */
async function begun(command: string, env: Readonly<Record<string, string>> = {}): Promise<Begun> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-npx-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(launcher, join(folder, "chat-server"));
  const options = `--port 0 --memory --password-memory 64K --uploads ${folder}/uploads`;
  const child = spawn(
    "sh",
    ["-c", command.replaceAll("SERVER", `${folder}/chat-server`).replaceAll("OPTIONS", options)],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...cleanEnv(), ...env },
    },
  );
  let [out, log] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const [, host = "", port = ""] = await until(
    "it listens",
    () => /^listening on (\S+):(\d+) /m.exec(out) ?? undefined,
  );
  const [, pid] = await until("it says who it is", () => / started .*\bpid=(\d+)/.exec(log) ?? undefined);
  onTestFinished(() => {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended.
    }
  });
  return { child, place: { host, port: Number(port) }, pid: Number(pid), log: () => log };
}

async function answers(place: Begun["place"]): Promise<boolean> {
  const client = await Wire.connect(place).catch(() => undefined);
  const reply = await client?.request("ping").catch(() => undefined);
  client?.close();
  return reply?.status === "OK";
}

test("a server whose npx was killed ends in order; one that a script has left behind lives on", async () => {
  // What npx says in the environment is inherited by everything below it.
  const left = await begun("SERVER OPTIONS & wait", { npm_lifecycle_event: "npx", npm_command: "exec" });
  const started = await begun("exec npx chat-server OPTIONS");
  for (const one of [left, started]) {
    expect(await answers(one.place)).toBe(true);
    one.child.kill("SIGKILL");
  }
  await until("it has stopped", () => started.log().includes(" stopped"));
  expect(started.log()).toContain("npx is gone");
  expect(await answers(started.place)).toBe(false);
  expect(await answers(left.place)).toBe(true);
  expect(left.log()).not.toContain("stopping");
});

test("SIGUSR1 opens no debugger in the server", async () => {
  const { place, pid, log } = await begun("exec SERVER OPTIONS");
  process.kill(pid, "SIGUSR1");
  expect(await answers(place)).toBe(true);
  expect(log()).not.toMatch(/debugger/i);
});

test("servers that are measured are given to Node with the flags that it gets from here", () => {
  const flags = nodeFlags.join(" ");
  expect(readFileSync(launcher, "utf8")).toContain(`flags="${flags}"`);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { server: string } };
  expect(scripts.server).toContain(`node ${flags} `);
});

test("glibc shares memory among the threads of a server, as many as whoever starts it says, or else two", async () => {
  const arenas = async (env: Readonly<Record<string, string>>): Promise<string | undefined> => {
    const { pid } = await begun("exec SERVER OPTIONS", env);
    return readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .find((one) => one.startsWith("MALLOC_ARENA_MAX="));
  };
  expect(await arenas({ MALLOC_ARENA_MAX: "5" })).toBe("MALLOC_ARENA_MAX=5");
  expect(await arenas({})).toBe("MALLOC_ARENA_MAX=2");
});
