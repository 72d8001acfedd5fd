/** How a conversation stands in the window: rows broken at words, what is answered above it, and messages named by counting back. */
import { beforeEach, describe, expect, test } from "vitest";
import { history, loggedIn, ok, type Person } from "../support/people.ts";
import { beganProcess, newPromptScene, type PromptOptions } from "../support/prompt.ts";
import { keys, type Window } from "../support/window.ts";

const scene = newPromptScene();
let bob: Person["client"];
beforeEach(async () => {
  bob = scene.bobSession.client;
  await ok(bob.request(`addgroup ${scene.group}`));
  const alice = await loggedIn(scene.server, scene.alice);
  await ok(alice.client.request(`joingroup ${scene.group}`));
  alice.client.close();
});

/** What bob says to the group. @returns its id */
async function says(text: string): Promise<string> {
  return String((await ok(bob.request(`sendgroup ${scene.group} ${text}`)))["id"]);
}

/** Alice's prompt, the group open. */
async function opened(more: Partial<PromptOptions> = {}): Promise<Window> {
  const window = await scene.prompt(more);
  window.type(`#${scene.group}${keys.enter}`);
  await window.stands(`${scene.alice} #${scene.group} ›`);
  return window;
}

/** Texts said in the group, as the server has them. */
function said(): Promise<readonly string[]> {
  return history(bob, `#${scene.group}`);
}

const clock = (text: string): RegExp => new RegExp(`^\\d\\d:\\d\\d ${text}$`);

describe("a text wider than the window", () => {
  const LONG = `${"satu dua tiga empat lima ".repeat(6)}selesai`;

  test("is broken at words, and goes on below its beginning: as it comes, in history, in what was found", async () => {
    const window = await opened({ columns: 40 });
    await says(LONG);
    await window.shows(clock(`${scene.bob}: ${LONG}`));
    const rows = (await window.screen()).filter((row) => /satu|dua|tiga|empat|lima/.test(row));
    const head = rows[0]?.indexOf("satu") ?? 0;
    expect(head).toBeGreaterThan(6);
    for (const row of rows) {
      expect(row.length).toBeLessThan(40);
      expect(row.slice(head)).toMatch(/^\S/);
    }
    for (const row of rows.slice(1)) expect(row.slice(0, head).trim()).toBe("");
    window.type(`/history${keys.enter}`);
    await window.comes("it is there twice", (all) => all.filter((line) => line.endsWith(LONG)).length === 2);
    window.type(`/search selesai${keys.enter}`);
    await window.shows(new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d ${scene.bob}: ${LONG}$`));
  });

  test("has a link whole: in a row of its own, or for the terminal to wrap", async () => {
    const window = await opened({ columns: 40 });
    const [short, long] = ["https://example.org/a/b", `https://example.org/${"x".repeat(60)}`];
    await says(`${short} ya ini lihat semua ${short}`);
    await says(`lihat ${long}`);
    await window.shows(new RegExp(`^ +${long}( \\[\\d+\\])?$|lihat ${long}( \\[\\d+\\])?$`));
    expect((await window.screen()).filter((row) => row.includes(short)).length).toBe(2);
  });

  test("is left as it is where nothing is drawn twice, and what it answers is said in words", async () => {
    const first = await says("siapa ikut?");
    const args = ["--accessible", "--color", "never"];
    const window = beganProcess({
      port: scene.server.port,
      user: scene.alice,
      folder: scene.folder,
      args,
      columns: 40,
    });
    await window.shows(new RegExp(`^${scene.alice} .*:$`));
    window.type(`open #${scene.group}\r`);
    await window.shows(`${scene.alice} #${scene.group} :`);
    await ok(bob.request(`reply ${first} ${LONG}`));
    const answered = `${scene.bob} answering ${scene.bob} "siapa ikut?": ${LONG}`;
    await window.writes(new RegExp(`\\n\\d\\d:\\d\\d ${answered.replace("?", "\\?")}\\r\\n`));
  });
});

describe("/reply", () => {
  test("with Tab walks the last messages, says which one it is, and answers that", async () => {
    for (const text of ["satu", "dua", "tiga"]) await says(text);
    const window = await opened();
    window.type(`/reply ${keys.tab}`);
    await window.shows(`↪ ${scene.bob}: tiga`);
    await window.shows(new RegExp(`^ {2}1 {2}${scene.bob}: tiga$`));
    window.type(keys.tab + keys.tab);
    await window.shows(`↪ ${scene.bob}: satu`);
    window.type(`baik, satu`);
    await window.stands(/^\S+ \S+ › \/reply [0-9a-f-]{36} baik, satu$/);
    window.type(keys.enter);
    await window.comes("it stands below what it answers", (all) => {
      const at = all.findLastIndex((line) => clock(`${scene.alice}: baik, satu ✓`).test(line));
      return all[at - 1] === `      ↪ ${scene.bob}: satu`;
    });
    const { data } = await ok(bob.request(`history #${scene.group} limit 1`));
    expect(data).toMatchObject([{ message: "baik, satu", reply: { from: scene.bob, text: "satu" } }]);
  });

  test("that is refused stands in the line again", async () => {
    const window = await opened();
    await says("satu");
    await window.shows(clock(`${scene.bob}: satu`));
    await ok(bob.request(`silence ${scene.group} ${scene.alice}`));
    window.type(`/reply ${keys.tab}baik${keys.enter}`);
    await window.shows(/: baik ✗ that is not allowed here/);
    await window.stands(/ › \/reply [0-9a-f-]{36} baik$/);
  });
});

describe("a number and + react", () => {
  test("to the message that was counted, whatever has come since one began to type", async () => {
    for (const text of ["satu", "dua"]) await says(text);
    const window = await opened();
    window.type("2 ");
    await window.stands(/ › 2$/);
    await says("tiga");
    await window.shows(clock(`${scene.bob}: tiga`));
    window.type("+");
    await window.shows(`↪ ${scene.bob}: satu`);
    window.type(`:heart:${keys.enter}`);
    await window.shows(`* ${scene.alice} reacted to "satu": ❤️`);
    const { data } = await ok(bob.request(`history #${scene.group} limit 3`));
    expect(data).toMatchObject([{ message: "satu", reactions: { "❤️": [scene.alice] } }, {}, {}]);
    window.type(`3 -:heart:${keys.enter}`);
    await window.shows(`* ${scene.alice} took back a reaction to "satu": ❤️`);
    expect(await said()).toEqual(["satu", "dua", "tiga"]);
  });

  test("with no conversation open, or said with a blank before it, do not", async () => {
    await says("satu");
    const window = await opened();
    window.type(` 1 +1${keys.enter}`);
    await window.shows(clock(`${scene.alice}: 1 \\+1 ✓`));
    window.type(`/close${keys.enter}`);
    await window.stands(`${scene.alice} ›`);
    window.type(`1 +1${keys.enter}`);
    await window.shows(/^no conversation is open/);
    expect(await said()).toEqual(["satu", "1 +1"]);
  });
});

test("history says what has become of each message", async () => {
  const [first, second, third] = [await says("satu"), await says("dua"), await says("tiga")];
  await ok(bob.request(`react ${first} 👍`));
  await ok(bob.request(`edit ${first} satu lagi`));
  for (const id of [second, third]) await ok(bob.request(`delete ${id}`));
  await says("empat");
  const window = await opened();
  await window.comes("all is shown", (all) => {
    const at = all.findIndex((line) => clock(`${scene.bob}: satu lagi {2}👍 1 \\(edited\\)`).test(line));
    return (
      at > 0 && all[at + 1] === "      (2 messages deleted)" && clock(`${scene.bob}: empat`).test(all[at + 2] ?? "")
    );
  });
});

test("in ASCII, what is answered and emoji that have names are drawn, too", async () => {
  const first = await says("satu 🎉");
  await ok(bob.request(`react ${first} ❤`));
  await ok(bob.request(`reply ${first} dua`));
  const window = await scene.prompt({ args: ["--ascii"] });
  window.type(`open #${scene.group}${keys.enter}`);
  await window.shows(clock(`${scene.bob}: satu :tada: {2}:heart: 1`));
  await window.shows(`      > ${scene.bob}: satu :tada:`);
});

test("who is put out of a group is told by whom, and why", async () => {
  const window = await opened();
  await ok(bob.request(`kick ${scene.group} ${scene.alice} terlalu ribut`));
  await window.shows(`* ${scene.bob} put ${scene.alice} out of #${scene.group}: terlalu ribut`);
});
