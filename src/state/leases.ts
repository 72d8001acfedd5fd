/** What only one of several nodes may do at a time: the port. */

export interface Leases {
  /** @returns whether it is this node's from now on: it was, or was nobody's. @throws Error when that cannot be found out */
  take(name: string): Promise<boolean>;
  /** Whether it is this node's for certain: once it is not renewed in time another may take it. */
  has(name: string): boolean;
  /** It is nobody's from now on, if it was this node's. */
  release(name: string): Promise<void>;
}

/** Of a server that shares with nobody. */
export const alone: Leases = {
  take: () => Promise.resolve(true),
  has: () => true,
  release: () => Promise.resolve(),
};
