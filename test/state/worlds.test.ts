/** Random worlds: whatever happens to messages, the log on disk gives what the one in memory does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Texts } from "../../src/logs/sqlite/texts.ts";
import type { Group, StoredMessage } from "../../src/state/entities.ts";
import type { State } from "../../src/state/state.ts";
import { memoryState, sqliteState } from "../support/state.ts";
import { user } from "./contract.ts";
import { begun, NOW, PEOPLE, picture, query, say } from "./talk.ts";

const root = mkdtempSync(join(tmpdir(), "obrol-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = (): string => mkdtempSync(join(root, "world-"));

/** Something that a turn does: `a`, `b` choose who and what. */
const deed = fc.record({
  is: fc.constantFrom(
    ...(["many", "many", "say", "say", "file", "reply", "heard", "edited", "edited", "deleted", "reacted"] as const),
    ...(["unreacted", "pinned", "unpinned", "withdraw", "end"] as const),
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  text: fc.string({ unit: "grapheme", maxLength: 30 }),
});
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

function does(state: State, { is, a, b, text }: Deed, nth: number): void {
  const who = PEOPLE[a % 3] as string;
  const group = state.groups.byId((b % 2) + 1) as Group;
  const whom = b % 5 > 2 && !group.gone ? group.name : (PEOPLE[b % 3] as string);
  const said = (): StoredMessage | undefined => {
    const one = state.messages.get((b % Math.max(1, state.messages.last)) + 1);
    return one?.alters || one?.altered?.deleted ? undefined : one;
  };
  const sender = user(state, who);
  switch (is) {
    case "many":
      for (let i = 0; i < a % 60; i++) {
        const to = [whom, ...PEOPLE][(i * b) % 4] as string;
        say(state, who, to, i % 17 === 3 ? text.repeat(60) : `${text} ${i}`, NOW + nth - (i % 3));
      }
      return;
    case "say":
      say(state, who, whom, text);
      return;
    case "file": {
      const file = {
        ...{ id: `f${nth}`, name: "a.txt", size: 1, sha256: "00", stored: "s", gone: false },
        ...{ owner: sender, created: NOW, origin: undefined },
      };
      state.files.add(file);
      state.messages.append(state.messages.conversation(sender, user(state, "kaka")), sender, NOW, "", file);
      return;
    }
    case "reply": {
      const one = said();
      if (one) state.messages.append(one.conversation, sender, NOW, text, undefined, undefined, one.seq);
      return;
    }
    case "heard": {
      const conversation = state.messages.conversation(sender, user(state, "kaka"));
      state.messages.append(conversation, sender, NOW, text, undefined, `id ${nth}`);
      expect(state.messages.byOrigin(conversation, `id ${nth}`)?.text).toBe(text);
      return;
    }
    case "withdraw": {
      const head = state.messages.get(said()?.conversation.head ?? 0);
      if (head && !head.alters && !head.altered) state.messages.withdraw(head);
      return;
    }
    case "end":
      // Most worlds keep their groups for some time.
      if (a % 4 === 0 && !group.gone) state.groups.delete(group);
      return;
    default: {
      const one = said();
      if (one) state.messages.alter(one, sender, NOW + nth, is, is === "edited" ? text : "👍");
    }
  }
}

test("whatever is said and becomes of it, the disk has what memory has, at once and after a restart", () => {
  let packed = 0;
  fc.assert(
    fc.property(fc.array(fc.array(deed, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 }), (turns) => {
      const folder = newFolder();
      const memory = begun(memoryState(1_000_000));
      let disk = begun(sqliteState(folder, 1));
      let nth = 0;
      for (const turn of turns) {
        for (const one of turn) for (const state of [memory, disk]) does(state, one, nth++ >> 1);
        for (const state of [memory, disk]) void state.commit();
        expect(picture(disk)).toEqual(picture(memory));
      }
      void disk.close();
      packed += query(folder, "SELECT first FROM pieces").length;
      disk = sqliteState(folder, 1);
      expect(picture(disk)).toEqual(picture(memory));
      void disk.close();
      const texts = new Texts(join(folder, "obrol.db"));
      const all = [...texts.after(0, memory.messages.last)].map(({ seq, text }) => [seq, text]);
      texts.close();
      // Of a group that has ended the numbers are left.
      const isThere = (seq: unknown): boolean => memory.messages.get(seq as number) !== undefined;
      const wanted = Array.from({ length: memory.messages.last + 1 }, (_, seq) => memory.messages.get(seq))
        .filter((one) => one && !one.alters && !one.altered?.deleted)
        .map((one) => [one?.seq, one?.text]);
      expect(all.filter(([seq]) => isThere(seq))).toEqual(wanted);
      expect(all.filter(([seq, text]) => !isThere(seq) && text !== "")).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect(packed).toBeGreaterThan(20);
});
