/** The first run asks; the next ones go on. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { operatorOf } from "../support/admin.ts";
import { lyingServer } from "../support/lying.ts";
import { newUser, ok } from "../support/people.ts";
import { began, newPromptScene, unique } from "../support/prompt.ts";
import { Pty } from "../support/pty.ts";
import { started } from "../support/started.ts";
import { keys, type Window, type WindowOptions } from "../support/window.ts";
import { WindowHere } from "../support/window-here.ts";

const scene = newPromptScene({ accounts: false });

function optionsOf(args: readonly string[], more: Partial<WindowOptions> = {}): WindowOptions {
  return { folder: scene.folder, args: ["--port", String(scene.server.port), ...args], ...more };
}

function opened(args: readonly string[] = [], more: Partial<WindowOptions> = {}): Window {
  return new WindowHere(optionsOf(args, more));
}

/** As a process of its own. */
function openedProcess(args: readonly string[] = []): Window {
  return new Pty(optionsOf(args));
}

/** Answers questions as they come. */
async function answered(
  window: Window,
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<void> {
  for (const [question, answer] of answers) {
    await window.stands(question);
    window.type(answer + keys.enter);
  }
}

describe("the first run", () => {
  test("asks for server, name and password, offers an account and to stay; the second goes on", async () => {
    const first = openedProcess();
    await answered(first, [
      [`server [127.0.0.1:${scene.server.port}]:`, ""],
      ["your name (Enter: none):", scene.alice],
      [`password of ${scene.alice}:`, "rahasia"],
      [`is ${scene.alice} new here? make an account with this password? [y/N]`, "y"],
      ["the same password again:", "rahasia"],
      [`full name [${scene.alice}]:`, "Alice Wati"],
      ["country [indonesia]:", ""],
      ["stay logged in on this machine? [y/N]", "y"],
    ]);
    const lines = await first.stands(`${scene.alice} ›`);
    expect(lines).toContain(`${scene.alice}: unknown name or wrong password`);
    first.type(`info ${scene.alice}${keys.enter}`);
    await first.shows(new RegExp(`^${scene.alice} +Alice Wati +indonesia `));
    first.type(keys.ctrl("d"));
    expect(await first.exit()).toBe(0);

    const second = openedProcess();
    expect(await second.stands(`${scene.alice} ›`)).toEqual([`${scene.alice} ›`]);
    second.type(`logout${keys.enter}`);
    await second.stands("›");
    second.type(keys.ctrl("d"));
    await second.exit();
    // Who has logged out is asked again.
    await openedProcess().stands(`server [127.0.0.1:${scene.server.port}]:`);
  });

  test("who does not want to stay is asked again, and his session ends with the program", async () => {
    (await newUser(scene.server, scene.alice)).client.close();
    const first = opened();
    await answered(first, [
      [`server [127.0.0.1:${scene.server.port}]:`, `127.0.0.1:${scene.server.port}`],
      ["your name (Enter: none):", scene.alice],
      [`password of ${scene.alice}:`, "rahasia"],
      ["stay logged in on this machine? [y/N]", ""],
    ]);
    await first.stands(`${scene.alice} ›`);
    first.type(`quit${keys.enter}`);
    expect(await first.exit()).toBe(0);
    expect(existsSync(join(first.state, "logins.json"))).toBe(false);
    const client = await scene.server.connect();
    await ok(client.request(`auth ${scene.alice} rahasia`));
    const { data } = await ok(client.request("sessions"));
    // The one of newUser, and this one.
    expect(data).toHaveLength(2);
    client.close();
    await opened().stands(`server [127.0.0.1:${scene.server.port}]:`);
  });

  test("without a name is a prompt without a session", async () => {
    const window = opened();
    await answered(window, [
      [`server [127.0.0.1:${scene.server.port}]:`, ""],
      ["your name (Enter: none):", ""],
    ]);
    await window.stands("›");
    window.type(`@bob halo${keys.enter}`);
    await window.shows("log in first: auth NAME, or register NAME");
    await window.stands("› @bob halo");
  });

  test("a server that is not there is said, and asked for again", async () => {
    const window = opened();
    await answered(window, [[`server [127.0.0.1:${scene.server.port}]:`, "127.0.0.1:1"]]);
    await window.shows(/^cannot reach 127\.0\.0\.1:1: /);
    await answered(window, [[`server [127.0.0.1:${scene.server.port}]:`, "not a server"]]);
    await window.shows("a server is ADDRESS, or ADDRESS:PORT");
    await answered(window, [[`server [127.0.0.1:${scene.server.port}]:`, ""]]);
    await window.stands("your name (Enter: none):");
  });

  test("Ctrl-C and Ctrl-D leave a question", async () => {
    for (const key of ["c", "d"]) {
      const window = opened();
      await window.stands(`server [127.0.0.1:${scene.server.port}]:`);
      window.type(keys.ctrl(key));
      expect(await window.exit()).toBe(0);
    }
  });
});

test("a server that takes new accounts by invitation asks for the code", async () => {
  const server = await started("--memory", "--registration", "invite", "--control", join(scene.folder, "control.sock"));
  const operator = await operatorOf({ control: join(scene.folder, "control.sock") });
  const { data } = await operator.call("adminInvite", {});
  operator.close();
  const window = new WindowHere({
    folder: scene.folder,
    args: ["--port", String(server.port), "-u", scene.alice],
  });
  await answered(window, [
    [`password of ${scene.alice}:`, "rahasia"],
    [`is ${scene.alice} new here? make an account with this password? [y/N]`, "y"],
    ["the same password again:", "rahasia"],
    [`full name [${scene.alice}]:`, ""],
    ["country [indonesia]:", ""],
    ["invitation code (inv-…):", data.code.replace(/.$/, (last) => (last === "a" ? "b" : "a"))],
  ]);
  await window.shows(/no invitation has this code, or it has ended/);
  await answered(window, [["invitation code (inv-…):", data.code]]);
  const lines = await window.stands(`${scene.alice} ›`);
  expect(lines).toContain("this server takes new accounts by invitation");
  await ok((await server.connect()).request(`auth ${scene.alice} rahasia`));
});

describe("-u NAME", () => {
  test("asks for the password; three wrong ones, each of somebody who is not new, end with 77", async () => {
    (await newUser(scene.server, scene.alice)).client.close();
    const window = openedProcess(["-u", scene.alice]);
    for (let tries = 1; tries <= 3; tries++) {
      await answered(window, [
        [`password of ${scene.alice}:`, "salah"],
        [`is ${scene.alice} new here? make an account with this password? [y/N]`, ""],
      ]);
      const said = `${scene.alice}: unknown name or wrong password`;
      await window.comes("it is said", (all) => all.filter((line) => line === said).length === tries);
    }
    expect(await window.exit()).toBe(77);
    expect(await window.lines()).toContain(`chat-client: ${scene.alice}: not logged in`);
  });

  test("of somebody who is new offers the account, as the first run does", async () => {
    const window = opened(["-u", scene.alice]);
    await answered(window, [
      [`password of ${scene.alice}:`, "rahasia"],
      [`is ${scene.alice} new here? make an account with this password? [y/N]`, "y"],
      ["the same password again:", "rahasia"],
      [`full name [${scene.alice}]:`, "Alice Wati"],
      ["country [indonesia]:", ""],
    ]);
    await window.stands(`${scene.alice} ›`);
    window.type(`whoami${keys.enter}`);
    await window.shows(new RegExp(`^${scene.alice} +Alice Wati +indonesia `));
  });

  test("says of a wrong password what it says of an unknown name, and never that there is no such user", async () => {
    (await newUser(scene.server, scene.alice)).client.close();
    const said: string[][] = [];
    for (const name of [scene.alice, `${scene.alice}-unknown`]) {
      const window = opened(["-u", name]);
      await answered(window, [
        [`password of ${name}:`, "salah"],
        [`is ${name} new here? make an account with this password? [y/N]`, ""],
      ]);
      const lines = await window.stands(`password of ${name}:`);
      expect(lines.join("\n")).not.toMatch(/no such user/);
      said.push(lines.map((line) => line.replaceAll(name, "NAME")));
    }
    expect(said[0]).toEqual(said[1]);
  });

  test("beside somebody whose login is saved on the same machine: the two talk as README has it", async () => {
    const bob = unique("bob");
    const group = unique("kelas");
    const hers = opened();
    await answered(hers, [
      [`server [127.0.0.1:${scene.server.port}]:`, ""],
      ["your name (Enter: none):", scene.alice],
      [`password of ${scene.alice}:`, "rahasia"],
      [`is ${scene.alice} new here? make an account with this password? [y/N]`, "y"],
      ["the same password again:", "rahasia"],
      [`full name [${scene.alice}]:`, "Alice Wati"],
      ["country [indonesia]:", ""],
      ["stay logged in on this machine? [y/N]", "y"],
    ]);
    await hers.stands(`${scene.alice} ›`);
    hers.type(`addgroup ${group}${keys.enter}`);
    await hers.shows(`#${group} is made`);
    const his = opened(["-u", bob]);
    await answered(his, [
      [`password of ${bob}:`, "rahasia"],
      [`is ${bob} new here? make an account with this password? [y/N]`, "y"],
      ["the same password again:", "rahasia"],
      [`full name [${bob}]:`, ""],
      ["country [indonesia]:", ""],
    ]);
    await his.stands(`${bob} ›`);
    his.type(`joingroup ${group}${keys.enter}`);
    await his.shows(`you are in #${group} now`);
    await hers.shows(`* ${bob} joined #${group}`);
    his.type(`@${scene.alice} halo, alice${keys.enter}`);
    await his.shows(new RegExp(`^\\d\\d:\\d\\d ${bob} → ${scene.alice}: halo, alice ✓$`));
    await hers.stands(`${scene.alice} [1 ${bob}] ›`);
    hers.type(`open ${bob}${keys.enter}`);
    await hers.stands(`${scene.alice} ${bob} ›`);
    hers.type(`halo juga${keys.enter}`);
    await hers.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: halo juga ✓$`));
    await his.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice}: halo juga$`));
  });

  test("with --save-login is asked once", async () => {
    (await newUser(scene.server, scene.alice)).client.close();
    const first = opened(["-u", scene.alice, "--save-login"]);
    await answered(first, [[`password of ${scene.alice}:`, "rahasia"]]);
    await first.stands(`${scene.alice} ›`);
    first.type(keys.ctrl("d"));
    expect(await first.exit()).toBe(0);
    await opened(["-u", scene.alice]).stands(`${scene.alice} ›`);
  });

  test("a saved session that has ended is asked for anew", async () => {
    const { client } = await newUser(scene.server, scene.alice);
    const first = opened(["-u", scene.alice, "--save-login"]);
    await answered(first, [[`password of ${scene.alice}:`, "rahasia"]]);
    await first.stands(`${scene.alice} ›`);
    first.type(keys.ctrl("d"));
    await first.exit();
    await ok(client.request("passwd rahasia baru"));
    const second = opened(["-u", scene.alice]);
    await second.stands(`password of ${scene.alice}:`);
    expect(readFileSync(join(second.state, "logins.json"), "utf8")).not.toContain("token");
  });

  test("a server that is not there ends with 69", async () => {
    const window = new Pty({ folder: scene.folder, args: ["--port", "1", "-u", scene.alice] });
    expect(await window.exit()).toBe(69);
    expect((await window.lines()).join("\n")).toMatch(/chat-client: cannot reach 127\.0\.0\.1:1: /);
  });
});

test("settings of the config file and a profile of it count", async () => {
  (await newUser(scene.server, scene.alice)).client.close();
  const window = opened([], { env: { XDG_CONFIG_HOME: join(scene.folder, "settings") } });
  await window.stands(`server [127.0.0.1:${scene.server.port}]:`);
  mkdirSync(join(scene.folder, "settings", "obrol"), { recursive: true });
  const settings = { ascii: true, profiles: { me: { user: scene.alice, "password-command": "echo rahasia" } } };
  writeFileSync(join(scene.folder, "settings", "obrol", "client.json"), JSON.stringify(settings));
  await opened(["-P", "me"], { env: { XDG_CONFIG_HOME: join(scene.folder, "settings") } }).stands(`${scene.alice} >`);
});

describe("a server that takes the call and says nothing", () => {
  test.each([
    ["at all", () => undefined],
    ["to a login", (request: string) => (request === "dialect auto" ? { status: "OK", message: "ok" } : undefined)],
  ])("%s is not waited for longer than --timeout: it is said, exit code 75", async (_, answer) => {
    const port = await lyingServer(answer);
    const window = began({ port, user: scene.alice, folder: scene.folder, args: ["--timeout", "400ms"] });
    expect(await window.exit()).toBe(75);
    expect((await window.lines()).at(-1)).toBe("chat-client: no answer within 0.4 s");
  });

  test("is said to be so on the first run, which asks for a server again", async () => {
    const port = await lyingServer(() => undefined);
    const window = new WindowHere({ folder: scene.folder, args: ["--port", String(port), "--timeout", "400ms"] });
    await answered(window, [[`server [127.0.0.1:${port}]:`, ""]]);
    await window.shows("no answer within 0.4 s");
    await window.stands(`server [127.0.0.1:${port}]:`);
  });

  test("can be left with Ctrl-C", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on("error", () => {})));
    const port = await new Promise<number>((resolve) => {
      silent.listen(0, "127.0.0.1", () => resolve((silent.address() as { port: number }).port));
    });
    onTestFinished(() => {
      silent.close();
      for (const socket of sockets) socket.destroy();
    });
    const window = new Pty({
      folder: scene.folder,
      args: ["--port", String(port), "-u", scene.alice, "--timeout", "1h"],
    });
    await window.comes("it is connected", () => sockets.length > 0);
    window.type(keys.ctrl("c"));
    await window.exit();
    // By the key, not because it had waited long enough.
    expect((await window.lines()).join("\n")).not.toContain("does not answer");
  });
});
