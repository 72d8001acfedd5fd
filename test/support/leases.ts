/** Leases of several nodes in one process, as long as each is there. */
import type { Leases } from "../../src/state/leases.ts";

/** What one of the nodes has; `end`: it is gone, and with it its leases. */
export interface Tenant extends Leases {
  end(): void;
}

/** @returns makes a node's leases, among those of all that it has made */
export function sharedLeases(): (node: string) => Tenant {
  const holders = new Map<string, string>();
  return (node) => ({
    lastMs: 0,
    take(name) {
      if (!holders.has(name)) holders.set(name, node);
      return Promise.resolve(holders.get(name) === node);
    },
    seize(name) {
      holders.set(name, node);
      return Promise.resolve();
    },
    follow() {},
    has: (name) => holders.get(name) === node,
    release(name) {
      if (holders.get(name) === node) holders.delete(name);
      return Promise.resolve();
    },
    others(start) {
      const found = [...holders].filter(([name, holder]) => name.startsWith(start) && holder !== node);
      return Promise.resolve(found.map(([name, holder]) => ({ name, node: holder })));
    },
    end() {
      for (const [name, holder] of holders) if (holder === node) holders.delete(name);
    },
  });
}
