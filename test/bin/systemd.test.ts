/** What systemd and a server say to each other, against the sockets that systemd would have. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Wire } from "../../src/connection/wire.ts";
import { canFillDisk, fillDatabase, freeDisk } from "../support/disk.ts";
import { testFolder } from "../support/folder.ts";
import { ok } from "../support/people.ts";
import { chatServer, cleanEnv } from "../support/server.ts";
import { until } from "../support/until.ts";

const launcher = new URL("../../src/bin/launch.sh", import.meta.url).pathname;

interface Service {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  out(): string;
  log(): string;
}

/** As systemd starts one: by a command, with these variables, and sockets from 3 on. */
function service(
  command: string,
  env: Readonly<Record<string, string>>,
  sockets: readonly number[] = [],
  store = "--memory",
): Service {
  const folder = testFolder();
  symlinkSync(launcher, join(folder, "chat-server"));
  const options = `--port 0 ${store} --password-memory 64K`;
  const words = command
    .replace("LAUNCHED", `./chat-server ${options}`)
    .replace("SERVER", `${process.execPath} ${chatServer} ${options}`);
  const child = spawn("sh", ["-c", words], {
    cwd: folder,
    env: { ...cleanEnv(), ...env },
    stdio: ["ignore", "pipe", "pipe", ...sockets],
  });
  let [out, log] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return { child, exited, out: () => out, log: () => log };
}

/** A `systemd-notify` that writes down what it is told. @param after so many seconds */
function noting(after = 0): { readonly env: Record<string, string>; said(): readonly string[] } {
  const folder = testFolder();
  const notes = join(folder, "notes");
  writeFileSync(notes, "");
  writeFileSync(join(folder, "systemd-notify"), `#!/bin/sh\nsleep ${after}\necho "$*" >>${notes}\n`);
  chmodSync(join(folder, "systemd-notify"), 0o755);
  const env = { PATH: `${folder}${delimiter}${process.env["PATH"]}`, NOTIFY_SOCKET: join(folder, "notify") };
  return { env, said: () => readFileSync(notes, "utf8").trimEnd().split("\n") };
}

function isHere(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("it tells systemd", () => {
  test("that it is ready, rereads its options, and stops, in this order", async () => {
    const { env, said } = noting();
    const { child, exited } = service("exec SERVER", env);
    await until("it has said that it is ready", () => said()[0]?.startsWith("READY=1"));
    child.kill("SIGHUP");
    await until("it is ready again", () => said().length >= 3);
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
    expect(said()).toEqual([
      expect.stringMatching(/^READY=1 STATUS=listening on 127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^RELOADING=1 MONOTONIC_USEC=\d+$/),
      expect.stringMatching(/^READY=1 STATUS=listening on 127\.0\.0\.1:\d+$/),
      "STOPPING=1 STATUS=stopping",
    ]);
  });

  test("that it stops, also when that it is ready takes its time to be heard", async () => {
    const { env, said } = noting(0.5);
    const { child, exited, out } = service("exec SERVER", env);
    await until("it listens", () => out().includes("listening"));
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
    expect(said().map((line) => line.split(" ")[0])).toEqual(["READY=1", "STOPPING=1"]);
  });

  test("again and again that it is well, where there is a watchdog for this process", async () => {
    const { env, said } = noting();
    service("WATCHDOG_PID=$$ WATCHDOG_USEC=3000000 exec SERVER", env);
    await until("it has said so twice", () => said().filter((line) => line === "WATCHDOG=1").length >= 2);
  });

  test.skipIf(!canFillDisk)(
    "no more that it is well once its disk takes nothing, though nobody says anything",
    async () => {
      const { env, said } = noting();
      const data = join(testFolder(), "data");
      const disk = `--data ${data}`;
      const { child, log } = service("WATCHDOG_USEC=2000000 exec SERVER", env, [], disk);
      const times = (): number => said().filter((line) => line === "WATCHDOG=1").length;
      await until("it is well", () => times() > 0);
      fillDatabase(child.pid as number, data);
      await until("nothing is kept", () => log().includes(" error commit-failed "));
      const before = times();
      await until("it has been tried again", () => (log().match(/ error commit-failed /g) ?? []).length > 3);
      // What was on its way to be said when the disk failed.
      expect(times() - before).toBeLessThanOrEqual(1);
      freeDisk(child.pid as number);
      await until("it is well again", () => times() > before + 1);
    },
  );

  test("nothing where it was not started by it; and says once that nobody hears, if so", async () => {
    const { env, said } = noting();
    const { NOTIFY_SOCKET: _, ...without } = env;
    const alone = service("exec SERVER", without);
    await until("it listens", () => alone.out().includes("listening"));
    alone.child.kill("SIGTERM");
    expect(await alone.exited).toBe(0);
    expect(said()).toEqual([""]);
    const unheard = service("exec SERVER", { NOTIFY_SOCKET: join(testFolder(), "nobody") });
    await until("it has said so", () => unheard.log().includes(" warn notify-failed "));
    expect(unheard.out()).toMatch(/^listening on /);
  });

  test.skipIf(!isHere("systemd-notify", "--version") || !isHere("python3", "--version"))(
    "over its socket, by systemd-notify (skipped without systemd-notify and python3)",
    async () => {
      const path = join(testFolder(), "notify");
      const script = `
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(${JSON.stringify(path)})
print("bound", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)`;
      const systemd = spawn("python3", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void systemd.kill("SIGKILL"));
      let heard = "";
      systemd.stdout.on("data", (chunk: Buffer) => (heard += chunk.toString()));
      await until("systemd listens", () => heard.startsWith("bound\n"));
      const { child, exited } = service("exec SERVER", { NOTIFY_SOCKET: path });
      await until("it is ready", () => /^READY=1 STATUS=listening on 127\.0\.0\.1:\d+$/m.test(heard));
      child.kill("SIGTERM");
      expect(await exited).toBe(0);
      await until("it stops", () => /^STOPPING=1 STATUS=stopping$/m.test(heard));
    },
  );
});

describe("it takes over sockets that systemd has opened", () => {
  interface Opened {
    readonly fd: number;
    readonly place: { readonly host: string; readonly port: number };
    close(): Promise<unknown>;
  }

  async function opened(host: string): Promise<Opened> {
    const socket = createServer().listen(0, host);
    onTestFinished(() => void socket.close());
    await until("the socket listens", () => socket.listening);
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    const place = { host, port: (socket.address() as AddressInfo).port };
    return { fd, place, close: () => new Promise((resolve) => socket.close(resolve)) };
  }

  test.each(["SERVER", "LAUNCHED"])("all that are for it, and no other port: %s", async (program) => {
    const [first, second] = [await opened("127.0.0.1"), await opened("127.0.0.2")];
    const running = service(`LISTEN_PID=$$ LISTEN_FDS=2 exec ${program}`, {}, [first.fd, second.fd]);
    await until("it listens", () => running.out().startsWith(`listening on 127.0.0.1:${first.place.port} `));
    // Else who comes might be let in here, where the sockets were opened.
    for (const { close } of [first, second]) await close();
    for (const { place } of [first, second]) await ok((await Wire.connect(place)).request("ping"));
    running.child.kill("SIGTERM");
    expect(await running.exited).toBe(0);
  });

  test("none that are for another process", async () => {
    const { fd, place } = await opened("127.0.0.1");
    const running = service("LISTEN_PID=1 LISTEN_FDS=1 exec SERVER", {}, [fd]);
    const [, port] = await until(
      "it listens",
      () => /^listening on 127\.0\.0\.1:(\d+) /.exec(running.out()) ?? undefined,
    );
    expect(Number(port)).not.toBe(place.port);
    await ok((await Wire.connect({ host: "127.0.0.1", port: Number(port) })).request("ping"));
  });
});
