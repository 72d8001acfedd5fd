/** Files that chat-server prints for those who run it for good, each tried by the program that it is for where that is there. */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logger } from "../../src/server/log.ts";
import { testFolder } from "../support/folder.ts";
import { run } from "../support/program.ts";

function isHere(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function printed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(["print", ...args], { folder: testFolder(), node: ["--disable-sigusr1"] });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

function file(name: string, text: string): string {
  const path = join(testFolder(), name);
  writeFileSync(path, text);
  return path;
}

test("what it does not print, and options that no server has, are refused in a line", async () => {
  for (const args of [[], ["sysvinit"], ["systemd", "--prot", "1"], ["systemd", "--port", "http"]]) {
    const { code, stdout, stderr } = await run(["print", ...args], { folder: testFolder() });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
  }
});

describe("systemd", () => {
  test("a unit that starts this program with the options given, and rereads them", async () => {
    const unit = await printed("systemd", "--port", "9000", "--realm", "pusat", "--seed-users", "/etc/a %b$c.json");
    const [, started] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
    expect(started).toMatch(/^\/\S+ --disable-sigusr1 \/\S+chat-server\.[jt]s --port 9000 --realm pusat /);
    expect(started).toMatch(/ --seed-users "\/etc\/a %%b\$\$c\.json"$/);
    expect(unit).toMatch(/^ExecReload=.* admin reload --control \/var\/lib\/obrol\/data\/control\.sock$/m);
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute/m);
    expect(unit).toMatch(/^Environment=MALLOC_ARENA_MAX=2$/m);
    expect(await printed("systemd", "--port", "443", "--data", "/srv/chat")).toMatch(
      /^ReadWritePaths=\/srv\/chat$[\s\S]*^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m,
    );
  });

  test.skipIf(!isHere("systemd-analyze"))("is verified by systemd-analyze (skipped without it)", async () => {
    const path = file("chat-server.service", await printed("systemd", "--port", "9000"));
    const { stdout, stderr, status } = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
    // Where no systemd runs it also complains of units of others.
    const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("chat-server.service"));
    expect([ours, status]).toEqual([[], 0]);
  });
});

describe("fail2ban", () => {
  const EVIL = 'x address=192.0.2.99 "address":"192.0.2.98"';

  test.each(["text", "json"] as const)(
    "as %s: its expression finds who fails, and nobody whom he names",
    async (format) => {
      const jail = await printed("fail2ban", "--log-format", format);
      const [, failregex = ""] = /^failregex = (.*)$/m.exec(jail) ?? [];
      const expression = new RegExp(failregex.replace("<HOST>", "(?<host>[\\d.]+|[\\da-f:]+)"));
      const found = (event: string, facts: Record<string, string>): string | undefined => {
        let line = "";
        logger(
          () => ({ most: "info", format }),
          (text) => (line = text),
          () => 0,
        )("info", event, facts);
        // Of a file fail2ban takes the time out of the line; of the journal it has one in front.
        const lines = [line.replace("1970-01-01T00:00:00.000Z", ""), `host node[4711]: ${line}`];
        const [inFile, inJournal] = lines.map((one) => expression.exec(one.trimEnd())?.groups?.["host"]);
        expect(inJournal).toBe(inFile);
        return inFile;
      };
      expect(found("login-failed", { user: "alice", address: "192.0.2.1" })).toBe("192.0.2.1");
      expect(found("login-failed", { user: EVIL, address: "192.0.2.1", omitted: "3" })).toBe("192.0.2.1");
      expect(found("login-throttled", { address: "2001:db8::1", omitted: "3" })).toBe("2001:db8::1");
      expect(found("limit", { user: EVIL, address: "192.0.2.1" })).toBeUndefined();
    },
  );

  test.skipIf(!isHere("fail2ban-regex"))("is understood by fail2ban-regex (skipped without it)", async () => {
    const [, failregex = ""] = /^failregex = (.*)$/m.exec(await printed("fail2ban")) ?? [];
    const log = file("obrol.log", "2026-11-29T07:08:09.010Z info login-failed user=alice address=192.0.2.1\n");
    expect(execFileSync("fail2ban-regex", [log, failregex], { encoding: "utf8" })).toMatch(/1 matched/);
  });
});

test("containerfile: as nobody, with a volume, its port, the options given and a check of its health", async () => {
  const container = await printed("containerfile", "--port", "9000", "--realm", "pusat");
  for (const line of [
    "USER nobody",
    "VOLUME /var/lib/obrol",
    "EXPOSE 9000",
    'CMD ["--port","9000","--realm","pusat"]',
  ]) {
    expect(container.split("\n")).toContain(line);
  }
  const [, check = "[]"] = /^HEALTHCHECK CMD (.*)$/m.exec(container) ?? [];
  const [, ...args] = JSON.parse(check) as string[];
  // Nobody listens there, and that is no health.
  expect(
    spawnSync(
      process.execPath,
      args.map((arg) => arg.replace("9464", "9")),
    ).status,
  ).toBe(1);
});

test("logrotate: goes on with the file that the server has open", async () => {
  const text = await printed("logrotate");
  expect(text).toMatch(/^\/var\/log\/obrol\.log \{$[\s\S]*copytruncate\n\}\n$/m);
  if (isHere("logrotate")) execFileSync("logrotate", ["--debug", file("obrol", text)], { stdio: "ignore" });
});

describe("nginx-stream", () => {
  test("says from where it comes, as --proxy-from wants it", async () => {
    expect(await printed("nginx-stream", "--port", "9000")).toMatch(/listen 9000;[\s\S]*proxy_protocol on;/);
  });

  const tried = (text: string): boolean => {
    // Where stream is a module of its own, Debian loads it here.
    const all = `pid ${testFolder()}/pid;\nerror_log stderr;\ninclude /etc/nginx/modules-enabled/*.conf;\nevents {}\n${text}`;
    return spawnSync("nginx", ["-t", "-c", file("nginx.conf", all)], { stdio: "ignore" }).status === 0;
  };

  test("is taken by nginx -t (skipped without nginx and its stream module: libnginx-mod-stream)", async ({ skip }) => {
    if (!isHere("nginx") || !tried("stream {}\n")) return skip();
    expect(tried(await printed("nginx-stream", "--port", "9000"))).toBe(true);
  });
});
