/** Closes the connections of users and networks that are banned, and of users who are expelled, once that is kept. */
import { readTarget } from "../contract/ban-target.ts";
import { contains, parseAddress, parseCidr } from "../contract/cidr.ts";
import { Failure } from "../contract/result.ts";
import { banned } from "../operations/services/bans.ts";
import type { Change } from "../state/changes.ts";
import type { Follower } from "../state/followers.ts";
import type { Model } from "../state/model.ts";
import type { Connection } from "./connection.ts";

const PUT_OUT = new Failure("no-session", "an administrator has ended your sessions");

export function expulsion(connections: Iterable<Connection>, model: Model): Follower {
  const leaving = new Map<Change, readonly Connection[]>();
  return {
    onChange(change) {
      // Now, while the user's sessions can still be seen: other changes of the turn end them after this one.
      if (change.is === "ban.added") leaving.set(change, [...connections].filter(ofWhom(change.target)));
      if (change.is === "user.expelled") {
        leaving.set(change, [...connections].filter(usedBy(model.party(change.user).key)));
      }
    },
    onKept(change) {
      if (change.is !== "ban.added" && change.is !== "user.expelled") return;
      const why = change.is === "ban.added" ? banned(change) : PUT_OUT;
      for (const connection of leaving.get(change) ?? []) connection.expel(why);
      leaving.delete(change);
    },
    onUndone(change) {
      leaving.delete(change);
    },
  };
}

/**
 * Whether a connection is one of a banned target. Those over the control socket are not, whoever is logged in on them. The links
 * of a banned realm are closed elsewhere: realms/.
 */
function ofWhom(banned: string): (connection: Connection) => boolean {
  const network = parseCidr(banned);
  if (network) {
    return ({ client }) => {
      const from = parseAddress(client.remote.address);
      return from !== undefined && contains(network, from);
    };
  }
  const target = readTarget(banned);
  if (target?.is !== "user" || target.realm !== undefined) return () => false;
  return usedBy(target.name);
}

function usedBy(key: string): (connection: Connection) => boolean {
  return ({ client }) => !client.operator && client.attendance.isUsedBy(key);
}
