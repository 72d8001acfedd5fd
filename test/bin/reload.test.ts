/** A running server goes by new options when it is told to, and ends with its terminal unless it was started to outlive it. */
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { spawn as spawnInTerminal } from "@lydell/node-pty";
import { expect, onTestFinished, test } from "vitest";
import { admin } from "../support/admin.ts";
import { newCertificate } from "../support/certificate.ts";
import { testFolder } from "../support/folder.ts";
import { newUser, ok, refused } from "../support/people.ts";
import { chatServer, cleanEnv } from "../support/server.ts";
import { startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";

interface Configured {
  readonly args: readonly string[];
  readonly config: string;
  write(options: object): void;
}

function configured(options: object): Configured {
  const config = join(testFolder(), "server.json");
  const write = (now: object): void => writeFileSync(config, JSON.stringify(now));
  write(options);
  return { args: ["--config", config], config, write };
}

test("SIGHUP: new options count at once, what needs a restart is named, and nobody who is there notices", async () => {
  const { args, write } = configured({ "min-password": 3, "log-level": "debug" });
  const server = await startedProcess(...args);
  const { client } = await newUser(server, "alice");
  const others = await Promise.all(Array.from({ length: 1000 }, () => server.connect()));
  write({ "min-password": 9, "log-level": "info", "max-request": "7K", realm: "lain", admin: ["alice"] });
  const pings = others.map((one) => ok(one.request("ping")));
  process.kill(server.pid, "SIGHUP");
  await until("it has reread them", () => server.log().includes(" reloaded "));
  expect(server.log()).toMatch(/ info reloaded changed=admin,min-password,max-request,log-level restart=realm\n/);
  await Promise.all(pings);
  await Promise.all(others.map((one) => ok(one.request("ping"))));
  expect(await refused(client.request("passwd rahasia pendek"))).toBe("bad-request");
  await ok(client.request("admin users"));
  const { data } = await ok((await server.connect()).request("hello"));
  expect(data).toMatchObject({ limits: { "max-request": 7168, "min-password": 9 } });
});

test("a file that is faulty changes nothing, and both the log and `admin reload` say why", async () => {
  const { args, config, write } = configured({ "min-password": 3 });
  const server = await startedProcess(...args);
  const { client } = await newUser(server, "alice");
  writeFileSync(config, "{");
  process.kill(server.pid, "SIGHUP");
  await until("it has said so", () => server.log().includes(" error reload-refused "));
  write({ "min-password": 12, "max-request": "lots" });
  const { code, stdout, stderr } = await admin(server, ["reload"]);
  expect(stderr).toMatch(/max-request: wants a size.*lots/);
  expect([code === 0, stdout]).toEqual([false, ""]);
  expect(JSON.parse((await admin(server, ["reload", "--json"])).stdout)).toMatchObject({ code: "bad-config" });
  await ok(client.request("passwd rahasia lima5"));
  write({ "min-password": 4, port: 4711, data: "elsewhere" });
  const done = await admin(server, ["reload"]);
  // What the command line says goes before what stands in the file.
  expect(done).toMatchObject({ code: 0, stdout: "changed: min-password\n" });
  expect((await admin(server, ["reload"])).stdout).toBe("nothing has changed\n");
  expect(await refused(client.request("admin reload"))).toBe("forbidden");
});

test("a certificate that was renewed is shown from then on, also from other files; one that cannot be used is not", async () => {
  const folder = testFolder();
  const save = (name: string): Record<string, string> => {
    const { cert, key } = newCertificate();
    writeFileSync(join(folder, `${name}.cert`), cert);
    writeFileSync(join(folder, `${name}.key`), key);
    return { "tls-cert": join(folder, `${name}.cert`), "tls-key": join(folder, `${name}.key`) };
  };
  const [first, second, third] = [save("a"), save("b"), save("c")];
  const { args, write } = configured(first);
  const server = await startedProcess(...args);
  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ ...server, rejectUnauthorized: false });
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        resolve(socket.getPeerX509Certificate()?.toString() ?? "");
        socket.destroy();
      });
    });
  const certificateOf = (files: Record<string, string>): string =>
    readFileSync(files["tls-cert"] as string, "utf8").trim();
  expect((await shown()).trim()).toBe(certificateOf(first));
  write({ ...second, "tls-key": third["tls-key"] });
  expect((await admin(server, ["reload"])).stderr).toMatch(/is not the key of the certificate/);
  expect((await shown()).trim()).toBe(certificateOf(first));
  write({ ...second, "tls-only": true });
  expect((await admin(server, ["reload"])).stdout).toBe("changed: tls-cert, tls-key, tls-only\n");
  expect((await shown()).trim()).toBe(certificateOf(second));
  expect(await refused((await server.connect()).request("ping"))).toBe("tls-required");
  write({});
  expect((await admin(server, ["reload"])).stdout).toBe("after a restart: tls-cert, tls-key, tls-only\n");
});

test("in a terminal that is still there SIGHUP does not end it; when that is gone it ends in order", async () => {
  const running = await inTerminal("exec SERVER");
  process.kill(running.pid, "SIGHUP");
  await until("it has reread its options", () => running.log().includes(" reloaded"));
  running.close();
  await until("it is gone", () => !isThere(running.pid));
  expect(running.log()).toMatch(/ stopping signal="the terminal is gone"\n(.*\n)*.* stopped\n$/);
});

test("started with nohup it outlives its terminal, and SIGHUP goes on to mean that it is to reread its options", async () => {
  const running = await inTerminal("trap '' HUP; exec LAUNCHED");
  running.close();
  await until("it was told", () => running.log().includes(" reloaded"));
  const before = running.log().length;
  process.kill(running.pid, "SIGHUP");
  await until("it was told again", () => running.log().slice(before).includes(" reloaded"));
  process.kill(running.pid, "SIGTERM");
  await until("it is gone", () => !isThere(running.pid));
  expect(running.log()).toMatch(/ stopping signal=SIGTERM\n/);
});

interface InTerminal {
  readonly pid: number;
  log(): string;
  /** The terminal is closed. */
  close(): void;
}

/** A server in a terminal of its own. @param command `SERVER` stands for it, `LAUNCHED` for the way that npm starts it */
async function inTerminal(command: string): Promise<InTerminal> {
  const folder = testFolder();
  symlinkSync(new URL("../../src/bin/launch.sh", import.meta.url).pathname, join(folder, "chat-server"));
  const options = `--port 0 --password-memory 64K 2>${folder}/log`;
  const words = command
    .replace("SERVER", `${process.execPath} ${chatServer} ${options}`)
    .replace("LAUNCHED", `./chat-server ${options}`);
  const terminal = spawnInTerminal("sh", ["-c", words], { cwd: folder, env: cleanEnv() as Record<string, string> });
  const log = (): string => readFileSync(join(folder, "log"), "utf8");
  const pid = Number(await until("it listens", () => / started .*\bpid=(\d+)/.exec(logOrNothing(log))?.[1]));
  onTestFinished(() => {
    if (isThere(pid)) process.kill(pid, "SIGKILL");
  });
  // Of its types it has no way to hang up; a window that is closed does this.
  return { pid, log, close: () => (terminal as unknown as { destroy(): void }).destroy() };
}

function logOrNothing(log: () => string): string {
  try {
    return log();
  } catch {
    return "";
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
