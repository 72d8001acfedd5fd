/** What the realms work with: the server around them. */
import type { Services } from "../operations/services/context.ts";
import type { Leases } from "../state/leases.ts";
import type { Turn } from "../state/turn.ts";
import type { LocalRealm } from "./dial.ts";

type Facts = Readonly<Record<string, string | number | undefined>>;
type Log = (level: "warn" | "info", event: string, facts?: Facts) => void;

/** Where this process is among the nodes that are this realm. */
export interface Place {
  /** Its number. */
  readonly node: number;
  /** Numbers of nodes that are there no more. */
  readonly gone: readonly number[];
}

export interface RealmsContext {
  readonly services: Services;
  readonly own: LocalRealm;
  readonly turn: Turn;
  /** Undefined where this process alone is the realm. */
  readonly place: Place | undefined;
  /** Of the realms' links: each is of one node. */
  readonly leases: Leases;
  readonly log: Log;
  /** The same, with few lines a second of each event: for what strangers can make happen as often as they like. */
  readonly few: Log;
  /** How long an item may wait, in ms. */
  readonly outboxLife: number;
  /** Realms that may link without encryption, by key. */
  readonly plainLinks: ReadonlySet<string>;
}
