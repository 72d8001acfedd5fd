/** Whether all that has what a realm of several nodes has kept is the same: the nodes, one that comes, and one server. */
import { SqliteLog } from "../../../src/logs/sqlite/index.ts";
import { apply, undo } from "../../../src/state/apply.ts";
import type { Change } from "../../../src/state/changes.ts";
import { State } from "../../../src/state/state.ts";
import { differences, type Likeness, likenessOf } from "../../support/likeness.ts";
import type { Chance } from "../chance.ts";
import type { Node } from "./node.ts";
import { copyIn } from "./node-log.ts";
import type { Store } from "./store.ts";

/** How often, by chance, it is looked at after a turn whether undoing it leaves anything, and whether a kill does. */
const LOOKS = 0.03;

/** How many differences are told. */
const TOLD = 12;

/**
 * @param nodes all of which run, and have been told everything. @param newFolder makes one
 * @returns what is different first; undefined for nothing
 */
export function different(
  nodes: readonly Node[],
  store: Store,
  newFolder: () => string,
  chance: Chance,
): string | undefined {
  const [first, ...others] = nodes.map(({ model, starts }) => ({ model: model as State, starts }));
  if (!first) return undefined;
  for (const [i, other] of others.entries()) {
    const depth = first.starts === 1 && other.starts === 1 ? "all" : "later";
    const found = told(`node 0 and node ${i + 1}`, likenessOf(first.model, depth), likenessOf(other.model, depth));
    if (found !== undefined) return found;
  }
  const kept = likenessOf(first.model, "kept");
  const copy = copyIn(newFolder(), store);
  const come = likenessOf(new State(copy, 1), "kept");
  void copy.close();
  return told("a node and one that comes", kept, come) ?? alone(store, newFolder(), chance, kept);
}

/**
 * One server that does the same, turn by turn: each turn is undone once, hardly any conversation is in memory, and now and then it
 * is killed.
 */
function alone(store: Store, folder: string, chance: Chance, kept: Likeness): string | undefined {
  const start = (): { log: SqliteLog; state: State } => {
    const log = new SqliteLog(folder);
    return { log, state: new State(log, 1) };
  };
  let { log, state } = start();
  try {
    for (const turn of store.turns) {
      const left = leftBy(state, turn, chance.isIn(LOOKS));
      if (left !== undefined) return left;
      for (const change of turn) apply(state, change);
      log.commit(turn);
      state.messages.settle();
      if (!chance.isIn(LOOKS)) continue;
      const was = likenessOf(state, "kept");
      log.close();
      ({ log, state } = start());
      const found = told(`before and after a kill behind ${JSON.stringify(turn)}`, was, likenessOf(state, "kept"));
      if (found !== undefined) return found;
    }
    state.messages.salt = store.salt;
    return told("a node and one server that has done the same", kept, likenessOf(state, "kept"));
  } finally {
    log.close();
  }
}

/** Does a turn, and undoes it. */
function undone(state: State, turn: readonly Change[]): void {
  const befores = turn.map((change) => apply(state, change));
  for (let i = turn.length - 1; i >= 0; i--) undo(state, turn[i] as Change, befores[i]);
}

/** @param looks whether to look. @returns what is different after a turn was done and undone */
function leftBy(state: State, turn: readonly Change[], looks: boolean): string | undefined {
  const before = looks ? likenessOf(state) : undefined;
  undone(state, turn);
  return before && told(`before and after a turn was undone, ${JSON.stringify(turn)}`, before, likenessOf(state));
}

function told(what: string, one: Likeness, other: Likeness): string | undefined {
  const found = differences(one, other);
  return found.length === 0 ? undefined : `${what} differ:\n  ${found.slice(0, TOLD).join("\n  ")}`;
}
