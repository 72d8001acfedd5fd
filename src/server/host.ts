/** What all connections share: the parts of the server that they work with. */
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
  /** As of `OutputOptions`. */
  readonly nothing: Told;
  readonly shares: Shares;
  readonly dialect: string;
  readonly framing: Framing;
  readonly log: Log;
  /** The same, by `fewLines`. */
  readonly few: Log;
  /** The networks of proxies, whose connections begin with a PROXY header. */
  readonly proxies: readonly Cidr[];
  /** If clients may connect encrypted. `only`: they must. */
  readonly tls?: { readonly certificate: Certificate; readonly only: boolean } | undefined;
  readonly links: LinkDoor;
  /** Only with `--metrics`. */
  readonly meter?: Meter | undefined;
}
