/** The package as somebody installs it: what is in it, and the examples, run as the programs of a stranger. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Message } from "../../src/connection/index.ts";
import { newUser, ok, PASSWORD } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const root = new URL("../..", import.meta.url).pathname;
const modules = join(root, "node_modules");
const EXAMPLES = ["echo-bot.ts", "webhook-to-group.ts"];
/** Somebody's own folder, with the package in it. */
let app: string;
let installed: string;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "obrol-package-"));
  const tree = join(folder, "tree");
  for (const name of ["src", "test/examples", "package.json", "tsconfig.json", "tsconfig.build.json", "LICENSE"]) {
    cpSync(join(root, name), join(tree, name), { recursive: true });
  }
  for (const name of ["README", "CHANGELOG", "PROTOCOL"]) cpSync(join(root, `${name}.md`), join(tree, `${name}.md`));
  symlinkSync(modules, join(tree, "node_modules"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: tree });
  app = join(folder, "app");
  installed = join(app, "node_modules", "obrol");
  mkdirSync(join(app, "node_modules"), { recursive: true });
  execFileSync("sh", ["-c", "tar xzf obrol-*.tgz"], { cwd: folder });
  renameSync(join(folder, "package"), installed);
  // Where npm has packed what it depends on, that is used.
  if (!existsSync(join(installed, "node_modules"))) symlinkSync(modules, join(installed, "node_modules"));
  for (const name of EXAMPLES) cpSync(join(root, "test/examples", name), join(app, name));
  writeFileSync(join(app, "package.json"), JSON.stringify({ type: "module" }));
});
afterAll(() => rmSync(join(app, ".."), { recursive: true, force: true }));

async function served(): Promise<TestServer> {
  const server = await startServer(["--memory"]);
  onTestFinished(() => server.stop());
  return server;
}

/** An example, run in somebody's own folder. */
async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; out(): string }> {
  const child = spawn(process.execPath, args, { cwd: app, env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (out += chunk.toString()));
  await until("it listens", () => {
    if (child.exitCode !== null) throw new Error(out);
    return out.includes("listens");
  });
  return { child, out: () => out };
}

async function ended(child: ChildProcess): Promise<number | null> {
  child.kill("SIGTERM");
  await until("it has ended", () => child.exitCode !== null || child.signalCode !== null);
  return child.exitCode;
}

test("the package has the programs, the library with its types, the examples and the documents", () => {
  const { bin, exports, man } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const files = [...Object.values<string>(bin), ...man, ...Object.values<string>(exports["."])];
  const documents = [
    "README.md",
    "PROTOCOL.md",
    "CHANGELOG.md",
    "LICENSE",
    ...EXAMPLES.map((name) => `test/examples/${name}`),
  ];
  for (const file of [...files, ...documents]) expect(existsSync(join(installed, file)), file).toBe(true);
  // Sources and what an earlier version has left behind are no part of it.
  expect(existsSync(join(installed, "src/connection"))).toBe(false);
});

test("the examples are short, and their types are right for who has only the package", () => {
  const options = "--noEmit --strict --module nodenext --target es2024 --lib es2025,esnext.disposable --types node";
  const types = ["--typeRoots", join(modules, "@types"), ...EXAMPLES];
  const tsc = join(modules, ".bin", "tsc");
  const { stdout } = spawnSync(tsc, [...options.split(" "), ...types], { cwd: app, encoding: "utf8" });
  expect(stdout).toBe("");
  for (const name of EXAMPLES) {
    expect(readFileSync(join(app, name), "utf8").trimEnd().split("\n").length, name).toBeLessThan(40);
  }
});

test("the echo bot says what it is told, in a group if it is named there, and leaves no session behind", async () => {
  const server = await served();
  const bob = await newUser(server, "bob");
  const echo = await newUser(server, "echo");
  await ok(echo.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas"));
  const env = { OBROL_PASSWORD: PASSWORD };
  const { child } = await run(["echo-bot.ts", "echo", server.host, String(server.port)], env);
  const said = async (place: string): Promise<readonly string[]> => {
    const { data } = (await ok(bob.client.request(`history ${place}`))) as unknown as { data: readonly Message[] };
    return data.filter(({ from }) => from === "echo").map(({ message }) => message);
  };
  await until("it answers", async () => {
    await ok(bob.client.request("send echo halo"));
    return (await said("echo")).includes("halo");
  });
  await ok(bob.client.request("sendgroup kelas among us"));
  await ok(bob.client.request("sendgroup kelas hai @echo"));
  await until("it answers in the group", async () => (await said("#kelas")).length > 0);
  expect(await said("#kelas")).toEqual(["hai @echo"]);
  expect(await ended(child)).toBe(0);
  expect((await ok(echo.client.request("sessions"))).data).toHaveLength(1);
});

test("what is posted to the webhook is said in the group, once for each key; what cannot be said is an error", async () => {
  const server = await served();
  const { client, token } = await newUser(server, "ci");
  await ok(client.request("addgroup kelas"));
  const { child, out } = await run(["webhook-to-group.ts", "kelas", "0", String(server.port)], { OBROL_TOKEN: token });
  const [, port] = /"port":(\d+)/.exec(out()) ?? [];
  const post = (body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/`, { method: "POST", body, headers });
  for (let tries = 0; tries < 2; tries++) {
    expect((await post("the build is green", { "idempotency-key": "build-17" })).status).toBe(200);
  }
  const { data } = (await ok(client.request("history #kelas"))) as unknown as { data: readonly Message[] };
  expect(data.map(({ message }) => message)).toEqual(["the build is green"]);
  const refused = await post("");
  expect(refused.status).toBe(502);
  expect(await refused.text()).toContain("bad-request");
  expect(await ended(child)).toBe(0);
});
