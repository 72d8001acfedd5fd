/** Whatever changes in a model, its likeness shows it. */
import { expect, it } from "vitest";
import { changes, peopled } from "../state/contract.ts";
import { differences, likenessOf } from "./likeness.ts";
import { memoryState } from "./state.ts";

it.each(changes)("it sees %s", (_, change) => {
  const [one, other] = [memoryState(1000), memoryState(1000)];
  for (const state of [one, other]) {
    state.messages.salt = new Uint8Array(16);
    peopled(state);
    void state.commit();
  }
  expect(differences(likenessOf(one), likenessOf(other))).toEqual([]);
  change(other);
  void other.commit();
  expect(differences(likenessOf(one), likenessOf(other))).not.toEqual([]);
});
