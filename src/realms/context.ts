/** What the realms work with: the server around them. */
import type { Services } from "../operations/services/context.ts";
import type { Turn } from "../state/turn.ts";
import type { LocalRealm } from "./dial.ts";

type Facts = Readonly<Record<string, string | number | undefined>>;
type Log = (level: "warn" | "info", event: string, facts?: Facts) => void;

export interface RealmsContext {
  readonly services: Services;
  readonly own: LocalRealm;
  readonly turn: Turn;
  readonly log: Log;
  /** The same, with few lines a second of each event: for what strangers can make happen as often as they like. */
  readonly few: Log;
  /** How long an item may wait, in ms. */
  readonly outboxLife: number;
  /** Realms that may link without encryption, by key. */
  readonly plainLinks: ReadonlySet<string>;
}
