/** What the realms stand on: the server around them. */
import type { Services } from "../operations/context.ts";
import type { Own } from "./dial.ts";

/** Somebody who takes part in a turn: see server/flush.ts. */
export interface Speaker {
  speak(): void;
  restore(): void;
  retract(): void;
}

type Facts = Readonly<Record<string, string | number | undefined>>;

export interface Host {
  readonly services: Services;
  readonly own: Own;
  readonly turn: { join(speaker: Speaker): void };
  readonly log: (level: "warn" | "info", event: string, facts?: Facts) => void;
  /** How long an item may wait, in ms. */
  readonly outboxLife: number;
}
