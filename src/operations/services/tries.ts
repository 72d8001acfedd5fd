/**
 * What is tried on one node counts on all: passwords, codes, and accounts made from an address. The other nodes are told in the
 * turn that also answers the asker, so that no answer is out that they do not count. A node that has just started knows of none
 * before.
 */
import type { Change } from "../../state/changes.ts";
import type { Follower } from "../../state/followers.ts";
import type { State } from "../../state/state.ts";
import type { Turn } from "../../state/turn.ts";
import { untilKept } from "../../state/until-kept.ts";
import type { World } from "../../world/world.ts";
import { network } from "./network.ts";
import type { OwnNode } from "./node-users.ts";
import type { Tried } from "./passwords.ts";

/** A try that is older than this, in ms, counts for nothing. */
const OLD_MS = 3_600_000;

/** Counts here what was tried on another node, `agoMs` milliseconds ago. */
interface Counts {
  tried(tried: Tried, agoMs: number): void;
  account(address: string, agoMs: number): void;
}

interface Parts {
  readonly model: State;
  readonly turn: Pick<Turn, "enter" | "join">;
  readonly own: OwnNode;
  readonly world: World;
  /** Milliseconds since 1970, as all nodes see it. */
  readonly now: () => number;
  readonly counts: Counts;
}

export class Tries implements Follower {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A password or code was looked at here. */
  tell({ address, name, right }: Tried): void {
    const { model } = this.#parts;
    this.#next((from) => model.passing.tried({ ...from, name, right }), address);
  }

  /** An account is made here. */
  tellAccount(address: string): void {
    const { model } = this.#parts;
    this.#next((from) => model.passing.asksAccount(from), address);
  }

  onChange(change: Change): void {
    if (change.is !== "password.tried" && change.is !== "account.asked") return;
    const { own, now, counts } = this.#parts;
    // This node has counted its own already.
    if (change.node === own.node) return;
    const agoMs = Math.max(0, now() - change.time);
    if (agoMs > OLD_MS) return;
    if (change.is === "password.tried") counts.tried(change, agoMs);
    else counts.account(change.address, agoMs);
  }

  #next(stage: (from: { node: number; address: string; time: number }) => void, address: string): void {
    const { turn, own, world, now } = this.#parts;
    const time = now();
    untilKept(turn, world, () => stage({ node: own.node, address: network(address), time }));
  }
}
