/** Lists the nodes that share a store, for a program that is not a node: `chat-server nodes`. */
import { LEASE_MS } from "./held-leases.ts";
import { refuseOther, withClient } from "./transfer.ts";

/** `overdue`: its heartbeats have stopped for so long that the others take it for gone. */
export type NodeState = "there" | "overdue";

export interface RosterEntry {
  readonly node: number;
  /** `host:process`. */
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** The place of the last entry of the log that it has, as of its last heartbeat. */
  readonly place: number;
  /** How many entries it lacks; and for how many ms the first of these has been in the log. */
  readonly behind: number;
  readonly lag: number;
  /** Milliseconds since its last heartbeat. */
  readonly seen: number;
  readonly state: NodeState;
  readonly leases: readonly string[];
}

export interface Roster {
  /** The place of the last entry of the log. */
  readonly place: number;
  readonly nodes: readonly RosterEntry[];
}

/** @throws UnfitStore, EngineError */
export async function rosterOf(url: string): Promise<Roster> {
  return withClient(url, async (client) => {
    await refuseOther(client);
    // One statement, so that all of it is of one moment.
    const [result] = await client.run({
      text: `WITH clock AS (SELECT clock_timestamp() AS now, extract(epoch FROM clock_timestamp()) * 1000 AS ms),
        top AS (SELECT coalesce(max(place), 0) AS place FROM log)
        SELECT top.place AS newest, id AS node, name, version, since, nodes.place,
          greatest(0, top.place - nodes.place) AS behind,
          greatest(0, coalesce(ms - (SELECT min(time) FROM log WHERE log.place > nodes.place), 0))::bigint AS lag,
          greatest(0, extract(epoch FROM now - seen) * 1000)::bigint AS seen,
          array(SELECT leases.name FROM leases WHERE node = id AND until > now ORDER BY leases.name) AS leases
        FROM clock CROSS JOIN top LEFT JOIN nodes ON true ORDER BY id`,
    });
    type Row = Omit<RosterEntry, "state"> & { readonly newest: number };
    const rows = (result?.rows ?? []) as unknown as readonly (Row | { readonly newest: number; readonly node: null })[];
    return {
      place: rows[0]?.newest ?? 0,
      nodes: rows.flatMap((one) => {
        if (one.node === null) return [];
        const { newest: _, ...row } = one;
        return [{ ...row, state: row.seen > LEASE_MS ? "overdue" : "there" }];
      }),
    };
  });
}
