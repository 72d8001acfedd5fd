/** Lists in windows of any width: tables that fit, with ids and keys that nobody need put together again. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import stringWidth from "string-width";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { newPromptScene, unique } from "../support/prompt.ts";
import { until } from "../support/until.ts";
import { keys, type Window } from "../support/window.ts";

/** What nobody may have to put together again: ids of files, keys of realms. */
const WHOLE = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43}/;

const scene = newPromptScene({ accounts: false, options: ["--memory", "--realm", "kampus"] });
let group: string;
let bobSession: Person;

beforeAll(async () => {
  const { client } = await newUser(scene.server, "admin");
  await ok(client.request("addrealm seberang-yang-jauh a-host-that-is-far-away.invalid 8889"));
  client.close();
});
beforeEach(async () => {
  group = unique("kelas-yang-panjang-namanya");
  const client = await scene.server.connect();
  await ok(client.request(`register ${scene.alice} rahasia Alice_会議_Kusumawardhana_Setyaningrum_Putri indonesia`));
  await ok(client.request(`addgroup ${group}`));
  bobSession = await newUser(scene.server, scene.bob);
  await ok(bobSession.client.request(`joingroup ${group}`));
  await ok(bobSession.client.request(`send ${scene.alice} ${"sebuah pesan yang panjang sekali ".repeat(8)}`));
  client.close();
});

/** What a command shows, a line each, wrapped by the terminal or not. @param last what is among it at the end */
async function answered(window: Window, command: string, last = /(?:)/): Promise<readonly string[]> {
  window.type(keys.ctrl("l"));
  await window.comes("the screen is clear", async () => (await window.cursor()).row === 0);
  window.type(command + keys.enter);
  const at = (all: readonly string[]): number => all.lastIndexOf(`› ${command}`);
  await window.comes(
    `${command} is answered`,
    (all) => at(all) >= 0 && all.slice(at(all) + 1).some((line) => last.test(line)),
  );
  window.type(`ping${keys.enter}`);
  const lines = await window.comes(`what follows it is`, (all) => at(all) >= 0 && all.slice(at(all)).includes("pong"));
  const mine = lines.slice(at(lines) + 1);
  return mine.slice(0, mine.indexOf("› ping"));
}

test.each([40, 80, 160])("every list fits a window of %d columns, ids and keys are whole", async (columns) => {
  const name = "laporan-akhir-semester-yang-panjang.pdf";
  writeFileSync(join(scene.folder, name), randomBytes(100));
  const window = await scene.prompt({ columns, rows: 50 });
  for (const to of [scene.alice, scene.bob]) {
    window.type(`sendfile ${to} ${name}${keys.enter}`);
    await window.comes("it is sent", (all) => all.join(" ").includes(`${name} sent to ${to}`));
  }
  const wanted: Readonly<Record<string, readonly (string | RegExp)[]>> = {
    users: [new RegExp(`^${scene.alice} `), new RegExp(`^${scene.bob} +${scene.bob} `)],
    [`members ${group}`]: [
      new RegExp(`^${scene.alice} .*(online|offline)$`),
      new RegExp(`^${scene.bob} .*(online|offline)$`),
    ],
    groups: [`#${group}  member`],
    chats: [new RegExp(`^${scene.bob} `), new RegExp(`^#${group}`)],
    whoami: [new RegExp(`^${scene.alice} `)],
    [`info ${scene.bob}`]: [new RegExp(`^${scene.bob} `)],
    sessions: [/^\d+ .*this one$/],
    realms: [/^kampus +this one/, /^seberang/],
    files: [/^\d{4}-\d\d-\d\d/],
    "files received": [/^\d{4}-\d\d-\d\d/],
  };
  /** Rows that do not begin with what they are about, and those that are too wide. */
  const missing: unknown[] = [];
  const wide: string[] = [];
  for (const [command, rows] of Object.entries(wanted)) {
    const lines = await answered(window, command, /^(realms|files)/.test(command) ? WHOLE : undefined);
    for (const row of rows) {
      if (!lines.some((line) => (typeof row === "string" ? row === line : row.test(line))))
        missing.push({ row, lines });
    }
    // One that is wider than the window stands by itself: it cannot be helped.
    wide.push(...lines.filter((line) => stringWidth(line) > columns && line.trim().replace(WHOLE, "") !== ""));
    if (command === "realms" || command.startsWith("files")) expect(lines.join("\n")).toMatch(WHOLE);
  }
  expect({ missing, wide }).toEqual({ missing: [], wide: [] });
});

test("chats lists every conversation, the newest first, with what is unread, also when nothing is new", async () => {
  const carl = unique("carl");
  const hers = await newUser(scene.server, carl);
  const window = await scene.prompt({ columns: 120 });
  const names = async (): Promise<readonly (readonly string[])[]> => {
    const [, ...rows] = await answered(window, "chats");
    return rows.map((row) => row.split(/\s+/).slice(0, 2));
  };
  expect((await names()).map(([name]) => name)).toEqual([scene.bob, `#${group}`]);
  await ok(hers.client.request(`send ${scene.alice} halo`));
  await window.stands(`${scene.alice} [1 ${carl}, 1 ${scene.bob}] ›`);
  expect(await names()).toEqual([[carl, "1"], [scene.bob, "1"], [`#${group}`]]);
  for (const name of [carl, scene.bob]) {
    window.type(`@${name}${keys.enter}`);
    await window.stands(new RegExp(`^${scene.alice} ${name} (\\[.*\\] )?›$`));
    const { client } = await loggedIn(scene.server, scene.alice);
    await until("it is read", async () => {
      const { data } = await ok(client.request("unread"));
      return (data as { from: string }[]).every(({ from }) => from !== name);
    });
    client.close();
  }
  window.type(`/close${keys.enter}`);
  await window.stands(`${scene.alice} ›`);
  const [, ...rows] = await answered(window, "chats");
  expect(rows.map((row) => row.replace(/\d{4}-\d\d-\d\d \d\d:\d\d.*: /, "").replace(/\s+/g, " "))).toEqual([
    expect.stringMatching(new RegExp(`^${carl} halo$`)),
    expect.stringMatching(new RegExp(`^${scene.bob} sebuah`)),
    `#${group}`,
  ]);
  hers.client.close();
});
