/** Loads what is for the operator, as load.ts does with the rest: bans, invitations, reports, acts, errands. */
import { isUser } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import { lastId } from "./last-id.ts";
import type { Put, Query, RowOf } from "./load.ts";

export function bans(rows: Query, put: Put): void {
  for (const { until, by, ...ban } of rows<RowOf<"ban.added", { until: number | null; by: string | null }>>(
    "SELECT target, reason, until, by, time FROM bans ORDER BY time, target",
  )) {
    put({ is: "ban.added", ...ban, until: until ?? undefined, by: by ?? undefined });
  }
}

export function invitations(rows: Query, put: Put, { users, groups, invitations }: Model): void {
  for (const { group, by, ...invitation } of rows<
    RowOf<"invitation.made", { group: number | null; by: number | null }>
  >(
    'SELECT id, hash, uses, until, group_id AS "group", made_by AS "by", created AS time FROM invitations ORDER BY id',
  )) {
    put({
      is: "invitation.made",
      ...invitation,
      group: groups.byId(group ?? -1)?.id,
      by: isUser(users.byId(by ?? -1)) ? (by as number) : undefined,
    });
  }
  invitations.raise(lastId(rows, "invitations"));
}

export function reports(rows: Query, put: Put, { users, groups, reports }: Model): void {
  for (const { group, file, ...report } of rows<RowOf<"report.made", { group: number | null; file: string | null }>>(
    'SELECT id, made_by AS "by", message, sender, group_id AS "group", text, file, sent, why, time FROM reports ORDER BY id',
  )) {
    if (!isUser(users.byId(report.by)) || !users.byId(report.sender)) continue;
    put({ is: "report.made", ...report, group: groups.byId(group ?? -1)?.id, file: file ?? undefined });
  }
  reports.raise(lastId(rows, "reports"));
}

export function acts(rows: Query, put: Put): void {
  for (const { by, ...act } of rows<RowOf<"act.noted", { by: string | null }>>(
    "SELECT id, time, by, what, target FROM acts ORDER BY id",
  )) {
    put({ is: "act.noted", ...act, by: by ?? undefined });
  }
}

export function errands(rows: Query, put: Put, { users, groups }: Model): void {
  for (const { text, user, group, done, ...errand } of rows<
    RowOf<"errand.begun", { text: string | null; user: number | null; group: number | null; done: number }>
  >('SELECT id, text, user, group_id AS "group", head, next, floor, done FROM errands ORDER BY id')) {
    if ((user !== null && !isUser(users.byId(user))) || (group !== null && !groups.byId(group))) continue;
    const about = { text: text ?? undefined, user: user ?? undefined, group: group ?? undefined };
    put({ is: "errand.begun", ...errand, ...about });
    put({ is: "errand.reached", ...errand, done });
  }
}
