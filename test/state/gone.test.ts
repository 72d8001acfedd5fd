/** What is removed of a group that has ended, where not everything can be read. */
import { expect, test } from "vitest";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { withErrors } from "../../src/logs/reading.ts";
import { Damaged, type Group, StorageError } from "../../src/state/entities.ts";
import type { Pages } from "../../src/state/log.ts";
import { State } from "../../src/state/state.ts";
import { begun, say } from "./talk.ts";

/** A group that has ended, of which a message cannot be read. @param why what is thrown in place of it */
function ended(why: Error): { readonly state: State; readonly group: Group; readonly said: readonly number[] } {
  const log = new MemoryLog(1000);
  const broken = new Set<number>();
  const message: Pages["message"] = (seq) => {
    if (broken.has(seq)) throw why;
    return log.pages.message(seq);
  };
  const pages = withErrors({ ...log.pages, message }, (error) => error);
  const state = begun(
    new State({
      pages,
      load: (into) => log.load(into),
      commit: (changes) => log.commit(changes),
      tidy() {},
      close() {},
    }),
  );
  const said = ["satu", "dua", "tiga"].map((text) => say(state, "messi", "kelas", text).seq);
  void state.commit();
  broken.add(said[1] as number);
  const group = state.groups.find("kelas") as Group;
  state.groups.delete(group);
  return { state, group, said };
}

test("one that is damaged is passed over, and what was said before it goes", () => {
  const { state, group, said } = ended(new Damaged("its checksum does not fit"));
  const from = { next: said[2] as number, isNamed: true };
  expect(state.messages.removeGone(group, from, 10)).toBeUndefined();
  void state.commit();
  expect([said[0], said[2]].map((seq) => state.messages.rows.get(seq as number))).toEqual([undefined, undefined]);
});

test("one that cannot be read for now is not: it would stay", () => {
  const { state, group, said } = ended(new StorageError("the database is locked"));
  const from = { next: said[2] as number, isNamed: true };
  expect(() => state.messages.removeGone(group, from, 10)).toThrow("locked");
});
