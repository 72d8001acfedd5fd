/** Random worlds: whatever happens to messages, the log on disk gives what the one in memory does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Texts } from "../../src/logs/sqlite/texts.ts";
import { newStore } from "../support/new-store.ts";
import { memoryState, sqliteState } from "../support/state.ts";
import { deed, does } from "./deeds.ts";
import { begun, picture, query } from "./talk.ts";

const root = mkdtempSync(join(tmpdir(), "obrol-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = (): string => newStore(mkdtempSync(join(root, "world-")));

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
