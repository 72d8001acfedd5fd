import { expect, test } from "vitest";
import { memoryState } from "../support/state.ts";
import { addUser, say, storeContract } from "./contract.ts";

const KEPT = 2000;

storeContract("memory", { open: () => memoryState(KEPT) });

test("the newest so many messages are there, and old ones go", () => {
  const stores = memoryState(KEPT);
  for (const name of ["messi", "kaka"]) addUser(stores, name);
  for (let seq = 1; seq <= 3 * KEPT; seq++) {
    say(stores, "messi", "kaka", `pesan ${seq}`);
    if (seq % 7 === 0) void stores.commit();
  }
  void stores.commit();
  for (let seq = 2 * KEPT + 1; seq <= 3 * KEPT; seq++) expect(stores.messages.get(seq)?.text).toBe(`pesan ${seq}`);
  expect(stores.messages.get(1)).toBeUndefined();
});

test("a turn longer than what is kept is there until it is committed", () => {
  const stores = memoryState(1);
  for (const name of ["messi", "kaka"]) addUser(stores, name);
  for (let seq = 1; seq <= KEPT; seq++) say(stores, "messi", "kaka", `pesan ${seq}`);
  for (let seq = 1; seq <= KEPT; seq++) expect(stores.messages.get(seq)?.text).toBe(`pesan ${seq}`);
});

test("texts of every size and script come back as they were, over many commits", () => {
  const stores = memoryState(KEPT);
  for (const name of ["messi", "kaka"]) addUser(stores, name);
  const texts = ["", "a", "€".repeat(50_000), "😀".repeat(70_000), "x".repeat(1_000_000), "\u0000", "b"];
  for (const text of texts) {
    say(stores, "messi", "kaka", text);
    void stores.commit();
  }
  expect(texts.map((text, i) => stores.messages.get(i + 1)?.text === text)).toEqual(texts.map(() => true));
});
