/** What the realms work with: the server around them. */
import type { Services } from "../operations/services/context.ts";
import type { Turn } from "../state/turn.ts";
import type { LocalRealm } from "./dial.ts";

type Facts = Readonly<Record<string, string | number | undefined>>;

export interface RealmsContext {
  readonly services: Services;
  readonly own: LocalRealm;
  readonly turn: Turn;
  readonly log: (level: "warn" | "info", event: string, facts?: Facts) => void;
  /** How long an item may wait, in ms. */
  readonly outboxLife: number;
  /** Realms that may link without encryption, by key. */
  readonly plainLinks: ReadonlySet<string>;
}
