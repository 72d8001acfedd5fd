/** Leases: what only one of several nodes may do, or says of itself while it is alive. The port. */

export interface Leases {
  /** How long, in ms, a node that has gone may still have a lease. */
  readonly lastMs: number;
  /** Takes a lease that is free or this node's already. @returns whether this node has it now. @throws Error if that cannot be found out (`StoreLost`) */
  take(name: string): Promise<boolean>;
  /** Takes a lease, whoever has it: that node is told. @throws as `take` */
  seize(name: string): Promise<void>;
  /** Whether this node has a lease for certain: if it is not renewed in time, another node may take it. */
  has(name: string): boolean;
  /** Frees a lease, if this node has it. */
  release(name: string): Promise<void>;
  /** The leases of other nodes whose names begin with `start`, with the names of these nodes. @throws as `take` */
  others(start: string): Promise<readonly { readonly name: string; readonly node: string }[]>;
  /**
   * @param lost called when another node has taken a lease of this one, or it was not renewed in time; not when it was released
   */
  follow(lost: (name: string) => void): void;
}

/** The leases of a server without other nodes: each is its own. */
export const alone: Leases = {
  lastMs: 0,
  take: () => Promise.resolve(true),
  seize: () => Promise.resolve(),
  has: () => true,
  release: () => Promise.resolve(),
  others: () => Promise.resolve([]),
  follow: () => {},
};
