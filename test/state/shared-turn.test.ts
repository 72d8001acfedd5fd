/** A turn whose log other nodes share: what they have kept is told here, and whoever has something to say of it says it. */
import { expect, test } from "vitest";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import type { Change } from "../../src/state/changes.ts";
import type { Speaker } from "../../src/state/participants.ts";
import { State } from "../../src/state/state.ts";
import { Turn } from "../../src/state/turn.ts";
import { machine } from "../../src/world/world.ts";
import { until } from "../support/until.ts";

/** A node that has not seen yet what others have kept. @param way how it hears of that */
function node(way: "asks" | "is told") {
  const own = new MemoryLog(1000);
  let others: readonly Change[] = [];
  const take = (): readonly Change[] => {
    const taken = others;
    others = [];
    return taken;
  };
  const state = new State({
    pages: own.pages,
    load: (into) => own.load(into),
    tidy: () => {},
    close: () => {},
    commit: async (changes) => own.commit(changes),
    order: {
      presume: () => false,
      take: async () => take(),
      look: async () => take(),
      heard: () => (way === "is told" ? take() : undefined),
      settle: () => {},
      isFarBehind: false,
      release: () => {},
      broken(error) {
        throw error;
      },
    },
  });
  const faults: string[] = [];
  const turn = new Turn(state, machine, (event) => void faults.push(event));
  const othersKeep = (): void => {
    others = [{ is: "log.probed", time: 1 }];
    turn.look();
  };
  return { state, turn, faults, othersKeep };
}

/** One that says what it was given, at the end of a turn; it joins each turn once. */
class Saying implements Speaker {
  readonly said: string[] = [];
  readonly #turn: Turn;
  readonly #onSpeak: () => void;
  #given: string[] = [];

  constructor(turn: Turn, onSpeak: () => void = () => {}) {
    this.#turn = turn;
    this.#onSpeak = onSpeak;
  }

  give(text: string): void {
    this.#given.push(text);
    if (this.#given.length === 1) this.#turn.join(this);
  }

  speak(): void {
    this.said.push(...this.#given);
    this.#given = [];
    this.#onSpeak();
  }

  restore(): void {}

  retract(): void {
    this.#given = [];
  }
}

test.each(["asks", "is told"] as const)(
  "what follows from what others have kept goes out, though nobody asks here for anything: a node that %s of it",
  async (way) => {
    const { state, turn, faults, othersKeep } = node(way);
    const connection = new Saying(turn);
    // As a realm's peer does with an item that another node has kept.
    const peer = new Saying(turn, () => connection.give("call"));
    state.follow({ onChange: () => peer.give("item") });
    othersKeep();
    await until("it has gone out", () => connection.said.length === 1);
    othersKeep();
    await until("the next goes out, too", () => connection.said.length === 2);
    expect([peer.said, connection.said, faults]).toEqual([["item", "item"], ["call", "call"], []]);
  },
);
