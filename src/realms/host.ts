/** What the realms stand on: the server around them. */
import type { Services } from "../operations/services/context.ts";
import type { Turn } from "../state/turn.ts";
import type { Own } from "./dial.ts";

type Facts = Readonly<Record<string, string | number | undefined>>;

export interface Host {
  readonly services: Services;
  readonly own: Own;
  readonly turn: Turn;
  readonly log: (level: "warn" | "info", event: string, facts?: Facts) => void;
  /** How long an item may wait, in ms. */
  readonly outboxLife: number;
}
