/** What people have besides chat-client: `openssl s_client -quiet` and `ncat --ssl` do what nc does. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Authority, newAuthority, newCertificate, written } from "../support/certificate.ts";
import { testFolder } from "../support/folder.ts";
import { newUser, ok } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

/** Whether it is here; where it is not, its tests are shown as skipped, with its name. */
function isInstalled(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

let authority: Authority;

beforeAll(() => {
  authority = newAuthority();
});

async function started(): Promise<TestServer> {
  const files = written(testFolder(), newCertificate({ by: authority, names: ["localhost", "127.0.0.1"] }));
  const server = await startServer(["--memory", "--tls-only", ...files]);
  onTestFinished(() => server.stop());
  return server;
}

function authorityFile(): string {
  const path = join(testFolder(), "ca.pem");
  writeFileSync(path, authority.cert);
  return path;
}

/** A program at work, and what it has printed. */
function ran(command: string, ...args: readonly string[]): { child: ChildProcess; text(): string } {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, text: () => text };
}

describe.skipIf(!isInstalled("openssl", "version"))(
  "openssl s_client -quiet (skipped where there is no openssl)",
  () => {
    test.each(["-tls1_2", "-tls1_3"])("%s asks, is answered, and is told as it happens", async (version) => {
      const server = await started();
      const connect = ["-connect", `127.0.0.1:${server.port}`, "-CAfile", authorityFile(), "-verify_return_error"];
      const { child, text } = ran("openssl", "s_client", "-quiet", version, ...connect);
      child.stdin?.write("register ani rahasia Ani indonesia\r\n\r\nwatch on\r\n\r\n");
      await until("it is answered", () => text().includes('"watching":true'));
      const { client } = await newUser(server, "bob", { tls: { ca: authority.cert } });
      await ok(client.request("send ani halo"));
      await until("it is told", () => text().includes('"message":"halo"'));
    });

    test("of an older version than 1.2 is refused", async () => {
      const { port } = await started();
      const { child } = ran("openssl", "s_client", "-quiet", "-tls1_1", "-connect", `127.0.0.1:${port}`);
      const [code] = (await once(child, "exit")) as [number];
      expect(code).not.toBe(0);
    });
  },
);

describe.skipIf(!isInstalled("ncat", "--version"))("ncat --ssl (skipped where there is no ncat)", () => {
  test.each(["ping\r\n\r\n", "ping\n", "ping"])(
    "%j is answered though nothing follows it, and it ends by itself",
    async (request) => {
      const { port } = await started();
      const { child, text } = ran("ncat", "--ssl", "127.0.0.1", String(port));
      child.stdin?.end(request);
      expect(await once(child, "close")).toEqual([0, null]);
      expect(JSON.parse(text())).toMatchObject({ status: "OK", data: "pong" });
    },
  );

  test("finds that the authority confirms the server", async () => {
    const { port } = await started();
    const { child, text } = ran("ncat", "--ssl-verify", "--ssl-trustfile", authorityFile(), "localhost", String(port));
    child.stdin?.end("ping\r\n\r\n");
    expect(await once(child, "close")).toEqual([0, null]);
    expect(text()).toContain("pong");
  });
});
