/** What connections work with: the server around them. */
import type { Cidr } from "../contract/cidr.ts";
import type { Services } from "../operations/services/context.ts";
import type { Framing } from "../protocol/frames.ts";
import type { Turn } from "../state/turn.ts";
import type { Certificate } from "./certificate.ts";
import type { LinkDoor } from "./entrance.ts";
import type { HeldBytes, ServerLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import type { Meter } from "./metrics/meter.ts";
import type { OutputBudget } from "./output-budget.ts";
import type { Rates } from "./rates.ts";
import type { Shares } from "./shares.ts";
import type { Told } from "./told.ts";

export interface Host {
  readonly services: Services;
  readonly turn: Turn;
  readonly limits: ServerLimits;
  readonly held: HeldBytes;
  readonly rates: Rates;
  readonly waiting: OutputBudget;
  /** As of the output. */
  readonly nothing: Told;
  readonly shares: Shares;
  readonly dialect: string;
  readonly framing: Framing;
  readonly log: Log;
  /** The same, with few lines a second of each event: for what strangers can make happen as often as they like. */
  readonly few: Log;
  /** Whoever says, before anything else, whose a connection is, and is believed. */
  readonly proxies: readonly Cidr[];
  /** Connections of clients may be encrypted, or must be. */
  readonly tls?: { readonly certificate: Certificate; readonly only: boolean } | undefined;
  readonly links: LinkDoor;
  /** Counts what is asked, where somebody wants to know. */
  readonly meter?: Meter | undefined;
}
