/** Whatever changes in a model, its likeness shows it. */
import { expect, it } from "vitest";
import type { State } from "../../src/state/state.ts";
import { changes, peopled } from "../state/contract.ts";
import { differences, type Likeness, likenessOf } from "./likeness.ts";
import { memoryState } from "./state.ts";

function kept(change?: (state: State) => void): Likeness {
  const state = memoryState(1000);
  state.messages.salt = new Uint8Array(16);
  peopled(state);
  void state.commit();
  change?.(state);
  void state.commit();
  return likenessOf(state);
}

const before = kept();

it("it is the same of those to which the same has happened", () => {
  expect(differences(before, kept())).toEqual([]);
});

it.each(changes)("it sees %s", (_, change) => {
  expect(differences(before, kept(change))).not.toEqual([]);
});
