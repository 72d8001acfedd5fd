/** What an operator is answered, in tables and words. */
import type { Native, ReplyTo } from "../../protocol/replies.ts";
import { formatBytes, formatDayAndClock, formatDuration } from "../format.ts";
import { wording } from "../language/wording.ts";
import { type Column, inPairs, table } from "../table.ts";
import { inert } from "../terminal/inert.ts";

type Listings = { readonly [O in Native]?: (reply: ReplyTo<O>, columns?: number) => string };

export const adminListings = {
  adminUsers({ data }, columns) {
    const { user, name, since, sessions } = wording.admin;
    const rows = data.map((one) => {
      const [who, called] = [inert(one.username), inert(one.name)];
      return [who, called, formatDayAndClock(one.created), String(one.sessions), onlineWord(one.online)];
    });
    return listed([user, name, since, sessions, ""], rows, columns, wording.admin.nobody);
  },
  adminUser({ data }, columns) {
    const words = wording.admin;
    const { ban, logins, connections, nodes = [] } = data;
    const until = ban?.until === undefined ? "" : formatDayAndClock(ban.until);
    const facts: readonly (readonly [string, string])[] = [
      [words.user, `${inert(data.username)}${data.admin ? ` (${words.administrator})` : ""}`],
      [words.name, inert(data.name)],
      [words.country, inert(data.country)],
      [words.since, formatDayAndClock(data.created)],
      [words.seen, data.online ? wording.lists.online : formatDayAndClock(data.seen)],
      ...(ban ? [[words.banned, [until, inert(ban.reason)].filter(Boolean).join(" ") || words.forGood] as const] : []),
      [words.space, formatBytes(data.space)],
      [words.groups, `${data.groups} (${words.owns(data.owned)})`],
      [words.failures, String(data.failures)],
      ...logins.map(({ id, created, used, address, client }) => {
        const when = `${formatDayAndClock(created)}, ${words.used} ${formatDayAndClock(used)}`;
        return [words.session, [`${id}: ${when}`, inert(address), inert(client)].filter(Boolean).join(", ")] as const;
      }),
      ...connections.map(({ address, dialect }) => [words.connection, `${inert(address)} ${inert(dialect)}`] as const),
      ...(nodes.length > 0 ? [[words.nodes, nodes.join(", ")] as const] : []),
    ];
    return inPairs(facts, columns);
  },
  adminGroups({ data }, columns) {
    const { group, owner, members, access, since } = wording.admin;
    const rows = data.map((one) => [
      ...[inert(one.group), inert(one.owner), String(one.members), inert(one.access)],
      formatDayAndClock(one.created),
    ]);
    return listed([group, owner, members, access, since], rows, columns);
  },
  adminInvite({ data: { code, id, uses, until, group } }) {
    // The code stands alone in the first line, for scripts.
    return [inert(code), "", wording.admin.howToCome(id, uses, group ?? "", formatDayAndClock(until), code)].join("\n");
  },
  adminInvitations({ data }, columns) {
    const { id, accounts, until, group, by } = wording.admin;
    const rows = data.map((one) => [
      ...[String(one.id), String(one.uses), formatDayAndClock(one.until), inert(one.group ?? ""), inert(one.by ?? "")],
    ]);
    return listed([id, accounts, until, group, by], rows, columns);
  },
  adminBans({ data }, columns) {
    const { target, until, by, reason } = wording.admin;
    const rows = data.map((one) => [
      ...[inert(one.target), formatDayAndClock(one.until), inert(one.by ?? "operator"), inert(one.reason)],
    ]);
    return listed([target, until, by, reason], rows, columns, wording.admin.nobody);
  },
  adminReports: reports,
  adminStats({ data }, columns) {
    const { figures } = wording.admin;
    const facts = Object.entries(data).map(([name, value]) => {
      const title = Object.hasOwn(figures, name) ? figures[name as keyof typeof figures] : inert(name);
      return [title, typeof value === "number" ? figure(name, value) : inert(value)] as const;
    });
    return inPairs(facts, columns);
  },
  adminAudit({ data, before }, columns) {
    const { act, time, by, what, target, older } = wording.admin;
    const rows = data.map((one) => [
      ...[String(one.act), formatDayAndClock(one.time), inert(one.by), inert(one.what), cell(one.target)],
    ]);
    const rest = before === undefined ? [] : [older(before)];
    return [listed([act, time, by, what, target], rows, columns), ...rest].join("\n");
  },
} satisfies Listings;

function listed(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
  none = wording.admin.none,
): string {
  const heads = titles.map((title): Column => ({ title }));
  return rows.length === 0 ? none : table(heads, rows, columns);
}

function figure(name: string, value: number): string {
  if (name === "uptime") return formatDuration(value / 1000);
  return name.endsWith("Bytes") ? formatBytes(value) : String(value);
}

function onlineWord(online: boolean): string {
  return online ? wording.lists.online : "";
}

function cell(text: string): string {
  return inert(text).replace(/[\n\t]/g, " ");
}

/** Each as a paragraph: a message may have many lines. */
function reports({ data, more }: ReplyTo<"adminReports">): string {
  const words = wording.admin;
  if (data.length === 0) return words.none;
  const all = data.map(({ report, by, from, group, id, message, file, sent, why, time }) => {
    const place = group === undefined ? words.to(inert(by)) : words.inGroup(inert(group));
    const head =
      words.report(report, inert(by), formatDayAndClock(time)) + (why === undefined ? "" : `: ${inert(why)}`);
    const line = `  ${inert(from)} ${place}, ${formatDayAndClock(sent)}, ${inert(id)}:`;
    const lines = inert(file === undefined ? message : words.file(file))
      .split("\n")
      .map((one) => `  > ${one}`);
    return [head, line, ...lines].join("\n");
  });
  const last = data.at(-1)?.report ?? 0;
  return [...all, ...(more ? [words.moreReports(last)] : [])].join("\n\n");
}
