/** Figures of this server: what it holds, and what it takes of the machine. */
import type { Output } from "../contract/operations.ts";
import type { Services } from "./services/context.ts";

export function adminStats({ model, presence, figures }: Services): Output<"adminStats"> {
  const { users, sessions, groups, messages, files, realms, outbox, reports } = model;
  const stored = [...files.all()].filter((file) => file.stored !== undefined && !file.gone);
  const known = realms.all();
  const waiting = known.map((realm) => outbox.waiting(realm));
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
  return {
    ...figures(),
    users: users.count,
    online: presence.onlineCount,
    sessions: sessions.count,
    groups: groups.count,
    conversations: messages.conversationCount,
    messages: messages.last,
    files: stored.length,
    fileBytes: sum(stored.map(({ size }) => size)),
    realms: known.filter(({ ended }) => !ended).length,
    outboxItems: sum(waiting.map(({ items }) => items)),
    outboxSize: sum(waiting.map(({ size }) => size)),
    reports: reports.count,
  };
}
