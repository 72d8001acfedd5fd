/** What others write can do nothing to the terminal: neither in a message, nor a file's name, nor anybody's own name. */
import type { Socket } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { lyingServer, reply, somebody } from "../support/lying.ts";
import { newUser, ok } from "../support/people.ts";
import { began, prompted, unique } from "../support/prompt.ts";
import { started } from "../support/started.ts";
import { keys, type Window } from "../support/window.ts";

const EVIL = "\u001b]0;x\u0007\u001b[2J\u001b[31m\u202ejahat\u009b5n\u2066\r\u0008";
const INERT = "\\u001b]0;x\\u0007\\u001b[2J\\u001b[31m\\u202ejahat\\u009b5n\\u2066\\u000d\\u0008";
/** The same as one word: what holds white space can be asked for by no request. */
const [EVIL_WORD, INERT_WORD] = [EVIL.replace("\r", ""), INERT.replace("\\u000d", "")];
const TIME = "2026-11-21T11:15:00.000Z";
const FILE = { id: "d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00", name: EVIL, size: 5, sha256: "0".repeat(64) };

let folder: string;
/** The connection that watches. */
let socket: Socket | undefined;
/** There is something of an evil one from the beginning. */
let haunted = false;

beforeEach(() => {
  folder = testFolder();
  socket = undefined;
  haunted = false;
});

/** Everything that a server may say, said by an evil one. */
function lie(request: string, from: Socket): object | undefined {
  const [word = "", second = ""] = request.split(" ");
  const message = { id: "01a1fc92-5ef7-7000-8000-080000b221e3", from: EVIL, to: "bob", message: EVIL, time: TIME };
  switch (word) {
    case "auth":
      return { status: "OK", tokenid: "token", user: "bob" };
    case "watch":
      socket = from;
      return { status: "OK", message: "ok", watching: true };
    case "resume":
      return { status: "OK", data: somebody };
    case "unread":
      return { status: "OK", data: haunted ? [message] : [] };
    case "users":
      return {
        status: "OK",
        data: [`zz${EVIL}`, `zy${EVIL}`, EVIL],
        users: [{ username: `zz${EVIL}`, name: EVIL, country: EVIL, realm: EVIL, online: true }, { username: EVIL }],
        elsewhere: [EVIL],
      };
    case "chats":
      return { status: "OK", data: [{ with: EVIL, last: message, unread: 1 }] };
    case "sessions":
      return { status: "OK", data: { id: EVIL, created: EVIL } };
    case "hello":
      return { status: "OK", message: EVIL, [EVIL]: [EVIL, { [EVIL]: EVIL }] };
    case "groups":
      return { status: "OK", data: [EVIL], groups: [EVIL], mine: [EVIL] };
    case "realms":
      return {
        status: "OK",
        data: [{ realm: EVIL, own: false, state: EVIL, host: EVIL, port: 1, error: EVIL, key: EVIL }],
      };
    case "members":
      return { status: "OK", data: [EVIL] };
    case "files":
      return { status: "OK", data: [{ ...FILE, time: TIME, from: EVIL, group: EVIL }] };
    case "history":
      return { status: "OK", data: [{ ...message, ...(second.startsWith("#") && { group: second.slice(1) }) }] };
    case "search":
      return { status: "OK", data: [{ ...message, snippet: EVIL, found: [EVIL] }] };
    case "info":
      return { status: "OK", data: { [EVIL]: EVIL, list: [EVIL, { a: EVIL }] } };
    case "post":
      return { status: "ERROR", code: EVIL, message: EVIL, detail: EVIL };
    case "ping":
      return { status: "OK", message: EVIL };
    case "download":
      reply(from, {
        status: "OK",
        data: EVIL,
        filename: EVIL,
        size: 5,
        sha256: FILE.sha256,
        offset: 0,
        length: 5,
        file: FILE,
      });
      from.write("hello");
      return undefined;
    default:
      return { status: "OK", message: "ok" };
  }
}

/** Nothing of it has come to the terminal. */
function expectInert(window: Window): void {
  expect(window.raw).not.toContain("\u001b]0;x");
  expect(window.raw).not.toContain("\u001b[2J");
  expect(window.raw).not.toContain("\u001b[31m\u202e");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
  expect(window.raw).not.toMatch(/[\u0080-\u009f\u202e\u2066\u0008]/);
  expect(window.raw).not.toContain("31mjahat");
}

async function opened(args: readonly string[] = []): Promise<Window> {
  const port = await lyingServer(lie);
  const window = began({ port, user: "bob", folder, columns: 200, args });
  await window.stands(/^bob .*›$/);
  return window;
}

function event(name: string, data: object): void {
  if (!socket) throw new Error("nobody watches");
  reply(socket, { event: name, data });
}

const message = { id: "1", from: "alice", to: "bob", message: EVIL, time: TIME };

describe("a message", () => {
  test("that was there before, and its sender's name", async () => {
    haunted = true;
    const window = await opened();
    await window.shows(`new: 1 ${INERT}; Alt-A or: open ${INERT}`);
    expectInert(window);
  });

  test("that comes, its sender's name, and what is told of it elsewhere", async () => {
    const window = await opened(["--notify", "osc777"]);
    window.type(`${keys.focusOut}x`);
    await window.stands(/› x$/);
    event("message", { ...message, from: EVIL });
    await window.writes(`]777;notify;`);
    await window.shows(new RegExp(`: ${INERT.replace(/[\\[\]]/g, "\\$&")}$`));
    expectInert(window);
  });

  test("of a group, of a file, and in a conversation that is opened", async () => {
    const window = await opened();
    event("message", { ...message, group: EVIL_WORD });
    event("file", { ...message, id: "2", file: FILE });
    await window.comes("both are shown", (all) => all.filter((line) => line.includes(`: ${INERT}`)).length > 0);
    await window.comes("the file is shown", (all) => all.some((line) => line.includes(`: file ${INERT} (5 B`)));
    for (let i = 0; i < 2; i++) window.type(keys.alt("a"));
    await window.comes("it is opened", (all) => all.some((line) => line.startsWith(`── #${INERT_WORD}`)));
    expectInert(window);
  });
});

test("those who come, go, are there, and take files back", async () => {
  const window = await opened();
  event("join", { user: EVIL, group: EVIL });
  event("leave", { user: `zz${EVIL}`, group: EVIL });
  event("unsend", { file: "1", from: EVIL, name: EVIL, group: EVIL });
  event(EVIL, { a: EVIL });
  await window.shows(`* ${INERT} joined #${INERT}; zz${INERT} left #${INERT}`);
  await window.shows(`* ${INERT} took back the file ${INERT} in #${INERT}`);
  await window.comes("the unknown is shown", (all) => all.some((line) => line.startsWith(`* ${INERT} {`)));
  expectInert(window);
});

const asked = [
  ["members kelas", INERT],
  ["info bob", `${INERT}: ${INERT}`],
  ["hello", INERT],
  ["users", `zz${INERT}`],
  ["groups", `#${INERT}`],
  ["sessions", INERT],
  ["realms", INERT],
  ["history carl", `: ${INERT}`],
  ["search @carl jahat", `: ${INERT}`],
  ["files received", `  ${INERT}  5 B  from ${INERT.slice(0, 40)}`],
  ["chats", INERT],
  ["@carl halo", `✗ ${INERT} (${INERT})`],
  [`getfile ${FILE.id}`, INERT],
] as const;

test("what is asked for, whatever it is", async () => {
  const window = await opened(["--color", "never"]);
  event("message", { ...message, from: EVIL, message: "halo" });
  await window.comes("it has come", (all) => all.some((one) => one.endsWith(`${INERT}: halo`)));
  for (const [line, wanted] of asked) {
    window.type(`${keys.ctrl("u")}${line}${keys.enter}`);
    const begun = (all: readonly string[]): number =>
      all.findIndex((one) => one === `› ${line}` || one.includes("→ carl: halo"));
    await window.comes(`${line} shows ${wanted}`, (all) => {
      return begun(all) >= 0 && all.slice(begun(all), -1).some((one) => one.includes(wanted));
    });
  }
  expectInert(window);
});

test("names that Tab lists, and puts into the line", async () => {
  const window = await opened();
  window.type(`users${keys.enter}`);
  await window.comes("they are here", (all) => all.filter((line) => line.startsWith("zz")).length > 0);
  window.type(`@z${keys.tab}`);
  await window.comes("they are listed", (all) => all.filter((line) => line.startsWith(`  @z`)).length === 2);
  window.type(keys.tab);
  await window.stands(/@zy.*jahat/);
  expectInert(window);
});

describe("over a server that is none of that kind", () => {
  test("marks that turn a text around are named, and emoji are as they are", async () => {
    const server = await started("--memory");
    const [alice, bob] = [unique("alice"), unique("bob")];
    (await newUser(server, alice)).client.close();
    const { client } = await newUser(server, bob);
    const window = await prompted({ port: server.port, user: alice, folder });
    await ok(client.request(`send ${alice} a\u202eb\u2066c 👩‍👩‍👧 e\u0301 بسم`));
    await window.comes("it is shown", (all) =>
      all.some((line) => line.includes("a\\u202eb\\u2066c 👩‍👩‍👧 e\u0301 بسم")),
    );
    expect(window.raw).not.toMatch(/[\u202e\u2066]/);
    // In one's own line, too: pasted from somewhere.
    window.type(keys.paste(`@${bob} x\u202ey`));
    await window.stands(`${alice} [1 ${bob}] › @${bob} x\\u202ey`);
    expect(window.raw).not.toContain("\u202e");
    client.close();
  });
});
