/** What happens in a world, decided before it begins: so a play that fails can be cut down to what makes it fail. */
import { Chance } from "./chance.ts";

/** The world that a play takes place in. */
export interface Cast {
  readonly realms: number;
  /** Of each realm. Its first never leaves a group, nor is he put out of one. */
  readonly users: number;
  /** Every realm is told where the others are, so that both of two dial; else only one does. */
  readonly mutual: boolean;
}

/** Somebody: the realm's number, and his own. */
export interface Who {
  readonly realm: number;
  readonly user: number;
}

export type Deed =
  | { readonly do: "say"; readonly who: Who; readonly to: Who; readonly way: "netcat" | "client" }
  | { readonly do: "tell"; readonly who: Who; readonly group: number; readonly way: "netcat" | "client" }
  | { readonly do: "inbox" | "mark"; readonly who: Who }
  /** Something becomes of a message that he has seen, the newest or one before, or of the newest of his own. */
  | { readonly do: "edit" | "delete" | "react" | "unreact" | "answer"; readonly who: Who; readonly back: number }
  | { readonly do: "leave" | "join"; readonly who: Who; readonly group: number }
  /** Somebody is put out of a group, or may do that to others; by its owner, or whoever tries. */
  | { readonly do: "kick" | "trust"; readonly who: Who; readonly group: number; readonly of: Who }
  | { readonly do: "block" | "unblock"; readonly who: Who; readonly of: Who }
  | { readonly do: "cut" }
  | { readonly do: "weather"; readonly latency: number; readonly piece: number }
  | { readonly do: "disk"; readonly realm: number; readonly slow: number; readonly failing: number }
  | { readonly do: "crash"; readonly realm: number; readonly down: number; readonly kept: boolean }
  | { readonly do: "clock"; readonly realm: number; readonly ms: number };

export interface Step {
  /** Milliseconds after the one before it. */
  readonly after: number;
  readonly deed: Deed;
}

export interface Play {
  readonly seed: number;
  readonly cast: Cast;
  readonly steps: readonly Step[];
}

/** @param seed the same seed, the same play */
export function playOf(seed: number): Play {
  const chance = new Chance(seed, 1);
  const cast = { realms: chance.between(2, 3), users: chance.between(2, 3), mutual: chance.isIn(0.3) };
  // Some worlds are calm, some are not: faults that only come together hide each other.
  const faults = chance.one([0, 0.05, 0.15, 0.3]);
  const alterations = chance.one([0, 0.2, 0.5]);
  const quarrels = chance.one([0, 0, 0.15, 0.3]);
  const who = (): Who => ({ realm: chance.below(cast.realms), user: chance.below(cast.users) });
  const way = (): "netcat" | "client" => chance.one(["netcat", "client", "client"]);
  const deed = (): Deed => {
    if (chance.isIn(faults)) {
      const realm = chance.below(cast.realms);
      switch (chance.below(6)) {
        case 0:
        case 1:
          return { do: "cut" };
        case 2:
          return { do: "weather", latency: chance.one([1, 5, 50, 400]), piece: chance.one([1, 7, 100, 1e6]) };
        case 3:
          return { do: "disk", realm, slow: chance.one([0, 0, 5, 80]), failing: chance.one([0, 0, 0.3, 1]) };
        case 4:
          return { do: "crash", realm, down: chance.one([10, 500, 4000]), kept: chance.isIn(0.5) };
        default:
          return { do: "clock", realm, ms: chance.between(-60_000, 60_000) };
      }
    }
    if (chance.isIn(alterations)) {
      const what = chance.one(["edit", "edit", "delete", "react", "react", "unreact", "answer"] as const);
      return { do: what, who: who(), back: chance.below(3) };
    }
    if (chance.isIn(quarrels)) {
      const what = chance.one(["kick", "kick", "trust", "block", "block", "unblock"] as const);
      if (what === "block" || what === "unblock") return { do: what, who: who(), of: who() };
      const group = chance.below(cast.realms);
      const by = chance.isIn(0.6) ? { realm: group, user: 0 } : who();
      return { do: what, who: by, group, of: { ...who(), user: chance.between(1, cast.users - 1) } };
    }
    switch (chance.below(10)) {
      case 0:
        return { do: "inbox", who: who() };
      case 1:
        return { do: "mark", who: who() };
      case 2:
        return {
          do: "leave",
          who: { ...who(), user: chance.between(1, cast.users - 1) },
          group: chance.below(cast.realms),
        };
      case 3:
        return {
          do: "join",
          who: { ...who(), user: chance.between(1, cast.users - 1) },
          group: chance.below(cast.realms),
        };
      case 4:
      case 5:
      case 6:
        return { do: "tell", who: who(), group: chance.below(cast.realms), way: way() };
      default:
        return { do: "say", who: who(), to: who(), way: way() };
    }
  };
  const steps = Array.from({ length: chance.between(15, 60) }, () => ({
    after: chance.one([0, 0, 0, 1, 3, 20, 200]),
    deed: deed(),
  }));
  return { seed, cast, steps };
}
