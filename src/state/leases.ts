/**
 * The port of leases: locks with names, which a node holds as long as it lives and renews them. A lease says what only one of
 * several nodes may do, or what a node tells the others of itself. A node that dies loses its leases `lastMs` later.
 */

export interface Leases {
  /** How long, in ms, a lease lasts after its node has renewed it last. */
  readonly lastMs: number;
  /**
   * Takes a lease, unless another node holds it. @returns whether this node holds it now
   * @throws Error where that cannot be found out: `StoreLost` if the store does not answer
   */
  take(name: string): Promise<boolean>;
  /** Takes a lease, also from another node, which is told that it has lost it (`follow`). @throws as `take` */
  seize(name: string): Promise<void>;
  /** Whether this node holds a lease that is certain not to have expired. False also if it could not be renewed in time. */
  has(name: string): boolean;
  /** Gives a lease up, if this node holds it. @throws as `take` */
  release(name: string): Promise<void>;
  /** The leases of other nodes whose names begin with `start`, with the names of these nodes. @throws as `take` */
  others(start: string): Promise<readonly { readonly name: string; readonly node: string }[]>;
  /**
   * @param lost called when another node has taken a lease of this one, or it was not renewed in time; not when it was released
   */
  follow(lost: (name: string) => void): void;
}

/** The leases of a server without other nodes: it holds every lease. */
export const alone: Leases = {
  lastMs: 0,
  take: () => Promise.resolve(true),
  seize: () => Promise.resolve(),
  has: () => true,
  release: () => Promise.resolve(),
  others: () => Promise.resolve([]),
  follow: () => {},
};
