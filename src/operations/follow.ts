/**
 * What follows from a change outside the state: events for those who watch, and contents that are removed. A kind that is
 * missing here does not compile.
 */

import type { Event, GroupNews } from "../contract/event.ts";
import { formatAddress } from "../contract/names.ts";
import { type Before, was } from "../state/apply.ts";
import type { Change, ChangeOf } from "../state/changes.ts";
import type { Party, StoredMessage } from "../state/entities.ts";
import type { Follower } from "../state/state.ts";
import { maySee, showsAll } from "./groups/reach.ts";
import { may } from "./may.ts";
import { messageId } from "./messages/ids.ts";
import { alteringView, chatName, messageView } from "./messages/view.ts";
import { fileInfo, groupName, person, type Services } from "./services/context.ts";

/** To be registered with the state once all services exist. */
export function follower(services: Services): Follower {
  return {
    onChange: (change, before) => tell(services, change, before),
    onKept: (change) => drop(services, change),
    onUndone: (change) => dropNew(services, change),
  };
}

function tell(services: Services, change: Change, before: Before): void {
  const { model, presence } = services;
  switch (change.is) {
    case "message.appended":
      tellMessage(services, model.messages.get(change.seq) as StoredMessage);
      return;
    case "message.altered":
      tellAltering(services, model.messages.get(change.seq) as StoredMessage);
      return;
    case "conversation.read":
      tellRead(services, change);
      return;
    case "member.joined":
    case "member.left":
      if (!change.quiet) tellMembership(services, change);
      return;
    case "group.changed":
    case "group.renamed":
    case "group.deleted":
      tellOfGroup(services, change, before);
      return;
    case "role.changed":
    case "member.banned":
    case "member.unbanned":
    case "member.silenced":
    case "member.unsilenced":
      tellOfMember(services, change);
      return;
    case "member.invited":
      tellInvited(services, change);
      return;
    case "file.unshared":
      if (!change.quiet) tellUnsent(services, change);
      return;
    case "session.ended":
      presence.closeSession(was(change, before));
      return;
    case "user.added":
    case "party.added":
    case "party.renamed":
    case "password.changed":
    case "session.opened":
    case "session.used":
    case "invitation.made":
    case "invitation.used":
    case "invitation.ended":
    case "ban.added":
    case "ban.lifted":
    case "group.made":
    case "member.uninvited":
    case "group.heard":
    case "conversation.started":
    case "message.withdrawn":
    case "post.remembered":
    case "post.forgotten":
    case "file.added":
    case "file.arrived":
    case "file.lost":
    case "file.shared":
    case "file.fetched":
    case "realm.added":
    case "realm.changed":
    case "realm.removed":
    case "realm.ended":
    case "heads.asked":
    case "gap.filled":
    case "gap.refused":
    case "item.queued":
    case "items.delivered":
      // No event.
      return;
  }
  change satisfies never;
}

/** A sender is told of his own message where he has not said it. */
function tellMessage(services: Services, message: StoredMessage): void {
  // What became of a message is told once it has.
  if (message.alters) return;
  const { presence } = services;
  const { conversation, sender } = message;
  const { of } = conversation;
  const isToSelf = !("members" in of) && of.a === of.b;
  if (!isToSelf) presence.tellElsewhere(sender, () => ({ kind: "sent", message: messageView(services, message) }));
  const event = (): Event => ({ kind: "message", message: messageView(services, message) });
  if ("members" in of) presence.tellMembers(of, sender, event);
  else presence.tell(sender === of.a ? of.b : of.a, event);
}

/** Everybody in the conversation is told, but the connection that has done it. @param row it, as a row of the conversation */
function tellAltering(services: Services, row: StoredMessage): void {
  const { presence } = services;
  const { conversation, sender, alters } = row;
  const altering = alters && alteringView(services, alters, row);
  if (!altering) return;
  const { of } = conversation;
  const told = (): Event => ({ kind: altering.what, altering });
  // Who does not see the message is not told what became of it.
  const target = services.model.messages.get(alters?.target ?? 0);
  const sees = (member: Party): boolean => target !== undefined && maySee(services, target, member);
  if ("members" in of) presence.tellMembers(of, sender, told, showsAll(of) ? undefined : sees);
  else if (of.a !== of.b) presence.tell(sender === of.a ? of.b : of.a, told);
  presence.tellElsewhere(sender, told);
}

/** A user's other connections are told what he has read. */
function tellRead(services: Services, { conversation: id, user, seq }: ChangeOf<"conversation.read">): void {
  const { model, presence } = services;
  const reader = model.party(user);
  presence.tellElsewhere(reader, () => {
    const conversation = model.messages.byId(id);
    // A server that keeps only the newest messages may have it no more.
    const message = model.messages.get(seq);
    if (!conversation || !message) return undefined;
    return {
      kind: "read",
      with: chatName(services, conversation, reader),
      id: messageId(message, model.messages.salt),
    };
  });
}

/** Members are told, and the one who has left. */
function tellMembership(services: Services, change: ChangeOf<"member.joined"> | ChangeOf<"member.left">): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const party = model.party(change.user);
  const kind = change.is === "member.joined" ? "join" : "leave";
  const why = change.is === "member.left" ? change.why : undefined;
  const event = (): Event => {
    const by = addressOf(services, change.by);
    return { kind, group: groupName(services, group), user: formatAddress(person(services, party)), by, why };
  };
  presence.tellMembers(group, undefined, event);
  if (kind === "leave") presence.tell(party, event);
}

/** The name by which members know the group is in the event: the old one of a group that was renamed. */
function tellOfGroup(
  services: Services,
  change: ChangeOf<"group.changed" | "group.renamed" | "group.deleted">,
  before: Before,
): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const changed = newsOf(change);
  if (Object.keys(changed).length === 0) return;
  const name = change.is === "group.renamed" ? was(change, before).name : group.name;
  presence.tellMembers(group, undefined, () => ({
    kind: "group",
    group: groupName(services, { ...group, name }),
    by: addressOf(services, change.by),
    changed,
  }));
}

function newsOf(change: ChangeOf<"group.changed" | "group.renamed" | "group.deleted">): GroupNews {
  if (change.is === "group.deleted") return { gone: true };
  if (change.is === "group.renamed") return { name: change.name };
  const { emptied: _, homeId: __, keepDays: keep, slowSeconds: slow, ...settings } = change.values;
  return { ...settings, ...(keep !== undefined && { keep }), ...(slow !== undefined && { slow }) };
}

/** Members are told, and the one it is about. */
function tellOfMember(
  services: Services,
  change: ChangeOf<"role.changed" | "member.banned" | "member.unbanned" | "member.silenced" | "member.unsilenced">,
): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const party = model.party(change.user);
  const event = (): Event => {
    const what = {
      group: groupName(services, group),
      user: formatAddress(person(services, party)),
      by: addressOf(services, change.by),
    };
    if (change.is === "role.changed") return { kind: "role", ...what, role: change.role };
    return { kind: SANCTIONS[change.is], ...what, until: "until" in change ? change.until : undefined };
  };
  presence.tellMembers(group, undefined, event);
  // Who was never in it need not know of it, but for what is done to him.
  if (!group.members.has(party) && may(party, "see", group) === true) presence.tell(party, event);
}

const SANCTIONS = {
  "member.banned": "ban",
  "member.unbanned": "unban",
  "member.silenced": "silence",
  "member.unsilenced": "unsilence",
} as const;

function tellInvited(services: Services, change: ChangeOf<"member.invited">): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const by = model.party(change.by);
  presence.tell(model.party(change.user), () => {
    return { kind: "invite", group: groupName(services, group), by: formatAddress(person(services, by)) };
  });
}

/** @param id the number of a user, or of a party of another realm */
function addressOf(services: Services, id: number | undefined): string | undefined {
  const party = id === undefined ? undefined : services.model.party(id);
  return party && formatAddress(person(services, party));
}

function tellUnsent(services: Services, { file: id, from, to }: ChangeOf<"file.unshared">): void {
  const { model, presence } = services;
  const file = model.file(id);
  const sender = model.party(from);
  for (const one of to) {
    const group = "group" in one ? model.group(one.group) : undefined;
    const event = (): Event => {
      return { kind: "unsend", file: fileInfo(file), from: sender.name, group: group && groupName(services, group) };
    };
    if (group) presence.tellMembers(group, sender, event);
    else if ("user" in one) presence.tell(model.party(one.user), event);
  }
}

/** The content of a lost file is removed once that is kept. */
function drop({ contents }: Services, change: Change): void {
  if (change.is !== "file.lost") return;
  if (change.stored === undefined) contents.removePart(change.file);
  else void contents.remove(change.stored);
}

/** A content is removed when its record, or its arrival, is undone. */
function dropNew({ contents }: Services, change: Change): void {
  if (change.is !== "file.added" && change.is !== "file.arrived") return;
  if (change.stored !== undefined) void contents.remove(change.stored);
}
