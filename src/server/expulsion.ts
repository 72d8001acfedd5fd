/** Ends the connections of whom is banned: once that is kept, and not at all if it is undone. */
import { readTarget } from "../contract/ban-target.ts";
import { contains, parseAddress, parseCidr } from "../contract/cidr.ts";
import { banned } from "../operations/services/bans.ts";
import type { Change } from "../state/changes.ts";
import type { Follower } from "../state/state.ts";
import type { Connection } from "./connection.ts";

export function expulsion(connections: Iterable<Connection>): Follower {
  const leaving = new Map<Change, readonly Connection[]>();
  return {
    onChange(change) {
      if (change.is !== "ban.added") return;
      // The sessions of a user are still there: they end behind this change.
      leaving.set(change, [...connections].filter(ofWhom(change.target)));
    },
    onKept(change) {
      if (change.is !== "ban.added") return;
      for (const connection of leaving.get(change) ?? []) connection.expel(banned(change));
      leaving.delete(change);
    },
    onUndone(change) {
      leaving.delete(change);
    },
  };
}

/** The operator's own stay, whoever is logged in on one. Links of a realm are ended by those who hold them. */
function ofWhom(banned: string): (connection: Connection) => boolean {
  const network = parseCidr(banned);
  if (network) {
    return ({ remote }) => {
      const from = parseAddress(remote.address);
      return from !== undefined && contains(network, from);
    };
  }
  const target = readTarget(banned);
  if (target?.is !== "user" || target.realm !== undefined) return () => false;
  return (connection) => !connection.operator && connection.isUsedBy(target.name);
}
