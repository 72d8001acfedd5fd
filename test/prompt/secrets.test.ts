/** A password is nowhere but on the wire: not on the screen, in no file, no list of processes, no log. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { history, loggedIn, newUser, ok } from "../support/people.ts";
import { newPromptScene, prompted, unique } from "../support/prompt.ts";
import { Pty } from "../support/pty.ts";
import { keys, type Window } from "../support/window.ts";
import { WindowHere } from "../support/window-here.ts";

const SECRET = "r4h4s1a-S3K4L1";
const OTHER = "l41n-S3K4L1";

const scene = newPromptScene({ accounts: false, options: ["--log-level", "debug"] });

/** The program as somebody starts it who has no account yet. */
function opened(...args: readonly string[]): Window {
  return new WindowHere({ folder: scene.folder, args: ["--port", String(scene.server.port), ...args] });
}

/** Of every file below a folder: its path and what is in it. */
function filesBelow(place: string): readonly (readonly [path: string, text: string])[] {
  return readdirSync(place, { recursive: true, encoding: "utf8" })
    .map((name) => join(place, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, "utf8")] as const);
}

/** Nothing that the program has shown, kept or told of holds this. */
function expectNowhere(window: Window, ...secrets: readonly string[]): void {
  for (const secret of secrets) {
    expect(window.raw).not.toContain(secret);
    expect(filesBelow(scene.folder).filter(([, text]) => text.includes(secret))).toEqual([]);
    expect(scene.server.log()).not.toContain(secret);
  }
}

function ofProcess(pid: number): string {
  return ["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`, "utf8")).join("\n");
}

async function registered(password: string): Promise<void> {
  const client = await scene.server.connect();
  await ok(client.request(`register ${scene.alice} ${password} Alice indonesia`));
  client.close();
}

describe("a password that is asked for", () => {
  test("is shown nowhere and kept nowhere; a saved login holds a token, and only its owner reads it", async () => {
    const args = ["--port", String(scene.server.port), "--trace"];
    const window = new Pty({ folder: scene.folder, args });
    await window.stands(`server [127.0.0.1:${scene.server.port}]:`);
    window.type(keys.enter);
    await window.stands("your name (Enter: none):");
    window.type(scene.alice + keys.enter);
    await window.stands(`password of ${scene.alice}:`);
    for (const letter of SECRET) window.type(letter);
    window.type(keys.left + keys.right + keys.enter);
    await window.stands(`is ${scene.alice} new here? make an account with this password? [y/N]`);
    window.type(`y${keys.enter}`);
    await window.stands("the same password again:");
    window.type(SECRET + keys.enter);
    await window.stands(`full name [${scene.alice}]:`);
    window.type(keys.enter);
    await window.stands("country [indonesia]:");
    window.type(keys.enter);
    await window.stands("stay logged in on this machine? [y/N]");
    window.type(`y${keys.enter}`);
    await window.stands(`${scene.alice} ›`);
    await window.shows(/^> register .* •••/);
    expect(ofProcess(window.pid)).not.toContain(SECRET);
    const saved = join(window.state, "logins.json");
    expect(statSync(saved).mode & 0o777).toBe(0o600);
    const { logins } = JSON.parse(readFileSync(saved, "utf8")) as { logins: Record<string, unknown>[] };
    expect(logins).toEqual([
      { host: "127.0.0.1", port: scene.server.port, user: scene.alice, token: expect.any(String) },
    ]);
    window.type(`ping${keys.enter}`);
    await window.shows("pong");
    expectNowhere(window, SECRET);
    expect(window.raw).not.toContain(String(logins[0]?.["token"]));
    const { data } = await ok((await scene.server.connect()).request(`auth ${scene.alice} ${SECRET}`));
    expect(data).toEqual(expect.any(String));
  });

  test("by auth NAME and by register NAME, is not shown either", async () => {
    const window = await prompted({ port: scene.server.port, user: await known(), folder: scene.folder });
    const carl = unique("carl");
    window.type(`register ${carl}${keys.enter}`);
    await window.stands(`new password of ${carl}:`);
    window.type(SECRET + keys.enter);
    await window.stands("the same password again:");
    window.type(SECRET + keys.enter);
    await window.stands(`full name [${carl}]:`);
    window.type(keys.enter);
    await window.stands("country [indonesia]:");
    window.type(keys.enter);
    await window.stands(`${carl} ›`);
    window.type(`auth ${carl}${keys.enter}`);
    await window.stands(`password of ${carl}:`);
    window.type(`${OTHER}${keys.ctrl("u")}${SECRET}${keys.enter}`);
    await window.comes("it is logged in again", (all) => all.filter((line) => line === "logged in").length === 2);
    expectNowhere(window, SECRET, OTHER);
    // Nor is it there to be put back from what was cut, or from what was typed before.
    window.type(keys.ctrl("y"));
    window.type(keys.up);
    await window.stands(`${carl} › auth ${carl}`);
  });
});

async function known(): Promise<string> {
  (await newUser(scene.server, scene.alice)).client.close();
  return scene.alice;
}

test("who wants his account erased is asked whether that is meant, and for the password, which is shown nowhere", async () => {
  await registered(SECRET);
  const bob = unique("bob");
  (await newUser(scene.server, bob)).client.close();
  const window = await prompted({ port: scene.server.port, user: bob, folder: scene.folder, args: ["--trace"] });
  const question = "erase your account for good, with all that you have said and sent? [y/N]";
  window.type(`auth ${scene.alice} ${SECRET}${keys.enter}`);
  await window.stands(`${scene.alice} ›`);
  window.type(`/erase${keys.enter}`);
  await window.stands(question);
  window.type(keys.enter);
  await window.stands(`${scene.alice} ›`);
  window.type(`/erase ${SECRET}${keys.enter}`);
  await window.shows("use: erase | erase cancel");
  window.type(`/erase cancel${keys.enter}`);
  await window.shows("your account is not to be erased");
  window.type(`/erase${keys.enter}`);
  await window.stands(question);
  window.type(`y${keys.enter}`);
  await window.stands(`password of ${scene.alice}:`);
  window.type(SECRET + keys.enter);
  await window.shows(/^your account will be erased, with all that you have said and sent, at /);
  window.type(`/erase cancel${keys.enter}`);
  await window.shows("your account stays");
  expectNowhere(window, SECRET);
});

describe("a password in a line", () => {
  test("is dots while it is typed, pasted, changed, and in what stands there afterwards", async () => {
    await registered(SECRET);
    const bob = unique("bob");
    (await newUser(scene.server, bob)).client.close();
    const window = await prompted({ port: scene.server.port, user: bob, folder: scene.folder, args: ["--trace"] });
    for (const letter of `auth ${scene.alice} ${SECRET}`) window.type(letter);
    await window.stands(`${bob} › auth ${scene.alice} ${"•".repeat(SECRET.length)}`);
    window.type(`${keys.backspace}${keys.ctrl("w")}${keys.paste(SECRET)}`);
    await window.stands(`${bob} › auth ${scene.alice} ${"•".repeat(SECRET.length)}`);
    window.type(keys.enter);
    await window.stands(`${scene.alice} ›`);
    await window.shows(`› auth ${scene.alice} •••`);
    window.type(`passwd ${SECRET} ${OTHER}`);
    await window.stands(`${scene.alice} › passwd ${"•".repeat(SECRET.length)} ${"•".repeat(OTHER.length)}`);
    window.type(keys.enter);
    await window.shows("the password is changed");
    window.type(`/auth ${scene.alice} ${OTHER}`);
    await window.stands(`${scene.alice} › /auth ${scene.alice} ${"•".repeat(OTHER.length)}`);
    window.type(`${keys.enter}ping${keys.enter}`);
    await window.shows("pong");
    expectNowhere(window, SECRET, OTHER);
    expect(readFileSync(join(window.state, "history"), "utf8")).toBe('"ping"\n');
    expect(statSync(join(window.state, "history")).mode & 0o777).toBe(0o600);
  });

  test("that is refused does not come back into the line", async () => {
    const window = await prompted({ port: scene.server.port, user: await known(), folder: scene.folder });
    window.type(`auth nobody ${SECRET}${keys.enter}`);
    await window.shows("unknown name or wrong password");
    await window.stands(`${scene.alice} ›`);
    expectNowhere(window, SECRET);
  });

  test("behind a word that is nearly auth is not kept either", async () => {
    const window = await prompted({ port: scene.server.port, user: await known(), folder: scene.folder });
    window.type(`auht ${scene.alice} ${SECRET}${keys.enter}`);
    await window.shows(/there is no auht/);
    window.type(`${keys.ctrl("u")}ping${keys.enter}`);
    await window.shows("pong");
    expect(readFileSync(join(window.state, "history"), "utf8")).not.toContain(SECRET);
  });
});

describe("keys that are typed ahead of a question", () => {
  test("for a password are its answer, and not shown", async () => {
    const window = await prompted({ port: scene.server.port, user: await known(), folder: scene.folder });
    window.type(`auth ${scene.alice}${keys.enter}rahasia${keys.enter}`);
    await window.shows("logged in");
    expectTypedNowhere(window, "rahasia");
  });
});

describe("a login that is typed right behind what opens a conversation", () => {
  test("is a login and said to nobody; what is typed after it is said again", async () => {
    const [bob, carl] = [unique("bob"), unique("carl")];
    const his = await newUser(scene.server, bob);
    (await newUser(scene.server, carl)).client.close();
    const window = await prompted({ port: scene.server.port, user: await known(), folder: scene.folder });
    window.type(`open ${bob}${keys.enter}auth ${carl}${keys.enter}`);
    await window.stands(`password of ${carl}:`);
    window.type(keys.ctrl("c"));
    await window.stands(`${scene.alice} ${bob} ›`);
    window.type(`halo${keys.enter}`);
    await window.shows(/: halo ✓$/);
    expect(await history(his.client, scene.alice)).toEqual(["halo"]);
    his.client.close();
  });

  test("takes the password that is typed behind it, which is shown and said nowhere", async () => {
    const [bob, carl] = [unique("bob"), unique("carl")];
    const his = await newUser(scene.server, bob);
    (await newUser(scene.server, carl)).client.close();
    const window = await prompted({ port: scene.server.port, user: await known(), folder: scene.folder });
    window.type(`open ${bob}${keys.enter}auth ${carl}${keys.enter}rahasia${keys.enter}@${bob} halo${keys.enter}`);
    await window.shows(new RegExp(`${carl} → ${bob}: halo ✓$`));
    expectTypedNowhere(window, "rahasia");
    expect(await history(his.client, carl)).toEqual(["halo"]);
    expect(await history(his.client, scene.alice)).toEqual([]);
    his.client.close();
  });
});

function expectTypedNowhere(window: Window, secret: string): void {
  expect(window.raw).not.toContain(secret);
  const path = join(window.state, "history");
  expect(existsSync(path) ? readFileSync(path, "utf8") : "").not.toContain(secret);
}

describe("a password on disk", () => {
  test("that others can read is refused with 78; a wrong one ends with 77", async () => {
    await known();
    const window = opened("-u", scene.alice, "--password-command", "echo bukan");
    expect(await window.exit()).toBe(77);
    const path = join(scene.folder, "open");
    writeFileSync(path, "rahasia\n", { mode: 0o644 });
    expect(await opened("-u", scene.alice, "--password-file", path).exit()).toBe(78);
    const { client } = await loggedIn(scene.server, scene.alice);
    client.close();
  });

  test("saved logins that others can read are refused with 78", async () => {
    await known();
    const saved = join(scene.folder, "state", "obrol");
    mkdirSync(saved, { recursive: true });
    writeFileSync(join(saved, "logins.json"), "{}", { mode: 0o644 });
    expect(await opened().exit()).toBe(78);
  });
});
