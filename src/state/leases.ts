/** What only one of several nodes may do at a time: the port. */

export interface Leases {
  /** How long, in ms, one may still be somebody's who is not there any more. */
  readonly lastMs: number;
  /** @returns whether it is this node's from now on: it was, or was nobody's. @throws Error when that cannot be found out */
  take(name: string): Promise<boolean>;
  /** It is this node's from now on, whoever had it; he is told. @throws as `take` */
  seize(name: string): Promise<void>;
  /** Whether it is this node's for certain: once it is not renewed in time another may take it. */
  has(name: string): boolean;
  /** It is nobody's from now on, if it was this node's. */
  release(name: string): Promise<void>;
  /** Those whose names begin so and that other nodes have, with what these nodes are called. @throws as `take` */
  others(start: string): Promise<readonly { readonly name: string; readonly node: string }[]>;
  /** @param lost called when one that was this node's is another's, or was not renewed in time; not for one that it has released */
  follow(lost: (name: string) => void): void;
}

/** Of a server that shares with nobody. */
export const alone: Leases = {
  lastMs: 0,
  take: () => Promise.resolve(true),
  seize: () => Promise.resolve(),
  has: () => true,
  release: () => Promise.resolve(),
  others: () => Promise.resolve([]),
  follow: () => {},
};
