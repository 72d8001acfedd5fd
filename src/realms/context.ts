/** What the realms work with: the server around them. */
import type { Services } from "../operations/services/context.ts";
import type { OwnNode } from "../operations/services/node-users.ts";
import type { Leases } from "../state/leases.ts";
import type { Turn } from "../state/turn.ts";
import type { LocalRealm } from "./dial.ts";

type Facts = Readonly<Record<string, string | number | undefined>>;
type Log = (level: "warn" | "info", event: string, facts?: Facts) => void;

/** This process, one of the nodes that are this realm. */
interface RealmNode extends OwnNode {
  /** Numbers of nodes that are there no more. */
  readonly gone: readonly number[];
}

export interface RealmsContext {
  readonly services: Services;
  readonly own: LocalRealm;
  readonly turn: Turn;
  /** Undefined where this process alone is the realm. */
  readonly ownNode: RealmNode | undefined;
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
