/** What the realms stand on: the server around them. */
import type { Services } from "../operations/services/context.ts";
import type { Own } from "./dial.ts";

/** Somebody who takes part in a turn, and the turn: see server/turn.ts. */
export interface Speaker {
  speak(): void;
  restore(): void;
  retract(): void;
}

export interface Turn {
  readonly keeping: boolean;
  enter(work: () => void): void;
  join(speaker: Speaker): void;
}

/** For what has waited for something else: from here to its next `await` it may look at the state and change it. */
export function entered(turn: Turn): Promise<void> {
  return new Promise((resolve) => turn.enter(resolve));
}

type Facts = Readonly<Record<string, string | number | undefined>>;

export interface Host {
  readonly services: Services;
  readonly own: Own;
  readonly turn: Turn;
  readonly log: (level: "warn" | "info", event: string, facts?: Facts) => void;
  /** How long an item may wait, in ms. */
  readonly outboxLife: number;
}
