/**
 * What follows from a change outside the state: events for those who watch, and contents that are removed. A kind that is
 * missing here does not compile.
 */

import type { Event } from "../contract/event.ts";
import { formatAddress } from "../contract/names.ts";
import { type Before, was } from "../state/apply.ts";
import type { Change, ChangeOf } from "../state/changes.ts";
import { isUser, type StoredMessage, type User } from "../state/entities.ts";
import type { SharesBefore } from "../state/files.ts";
import type { Follower } from "../state/state.ts";
import { messageView } from "./messages/view.ts";
import { isGiven, reaches, seesPresence } from "./reach.ts";
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
    case "member.joined":
    case "member.left":
      if (!change.quiet) tellMembership(services, change);
      return;
    case "file.unshared":
      if (!change.quiet) tellUnsent(services, change, was(change, before));
      return;
    case "sender.hidden":
      if (change.why === "blocked") tellSeen(services, change);
      if (change.why === "waiting") tellRequest(services, change);
      return;
    case "sender.shown":
      if (was(change, before).open?.why === "blocked") tellSeen(services, change);
      return;
    case "session.ended":
      presence.closeSession(was(change, before));
      return;
    case "settings.changed":
      if (change.presence !== was(change, before).presence) {
        presence.reveal(model.party(change.user) as User, change.presence);
      }
      return;
    case "user.added":
    case "report.made":
    case "report.ended":
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
    case "posting.changed":
    case "group.heard":
    case "conversation.started":
    case "message.withdrawn":
    case "conversation.read":
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

/** A sender is not told of his own message. */
function tellMessage(services: Services, message: StoredMessage): void {
  const { presence } = services;
  const { conversation, sender } = message;
  const { of } = conversation;
  const event = (): Event => ({ kind: "message", message: messageView(services, message) });
  if ("members" in of) presence.tellMembers(of, sender, event);
  else {
    const reader = sender === of.a ? of.b : of.a;
    if (reaches(services.model, message, reader)) presence.tell(reader, event);
  }
}

/** Members are told, and the one who has left. */
function tellMembership(services: Services, change: ChangeOf<"member.joined"> | ChangeOf<"member.left">): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const party = model.party(change.user);
  const kind = change.is === "member.joined" ? "join" : "leave";
  const event = (): Event => {
    return { kind, group: groupName(services, group), user: formatAddress(person(services, party)) };
  };
  presence.tellMembers(group, undefined, event);
  if (kind === "leave") presence.tell(party, event);
}

function tellUnsent(
  services: Services,
  { file: id, from, to }: ChangeOf<"file.unshared">,
  { shares }: SharesBefore,
): void {
  const { model, presence } = services;
  const file = model.file(id);
  const sender = model.party(from);
  for (const one of to) {
    const group = "group" in one ? model.group(one.group) : undefined;
    const event = (): Event => {
      return { kind: "unsend", file: fileInfo(file), from: sender.name, group: group && groupName(services, group) };
    };
    if (group) presence.tellMembers(group, sender, event);
    else if ("user" in one) {
      const reader = model.party(one.user);
      const given = shares.filter((share) => share.from === sender && share.to === reader);
      if (given.some((share) => isGiven(model, share, reader))) presence.tell(reader, event);
    }
  }
}

/** Who is blocked sees the other go, and come again afterwards. */
function tellSeen({ model, presence }: Services, change: ChangeOf<"sender.hidden"> | ChangeOf<"sender.shown">): void {
  const [reader, sender] = [model.party(change.reader), model.party(change.sender)];
  if (isUser(reader) && isUser(sender)) presence.appear(reader, sender, seesPresence(model, sender, reader));
}

function tellRequest(services: Services, { reader, sender }: ChangeOf<"sender.hidden">): void {
  const { model, presence } = services;
  const user = formatAddress(person(services, model.party(sender)));
  presence.tell(model.party(reader), () => ({ kind: "request", user }));
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
