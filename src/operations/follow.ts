/**
 * What a change causes outside the state: events for those who watch, and contents that are removed. A kind of change that is
 * missing here does not compile.
 */

import { readTarget } from "../contract/ban-target.ts";
import type { Event } from "../contract/event.ts";
import { formatAddress } from "../contract/names.ts";
import { type Before, was } from "../state/apply.ts";
import type { ChangeOf } from "../state/changes.ts";
import { isUser, type Settings, type StoredMessage, type User } from "../state/entities.ts";
import type { SharesBefore } from "../state/files.ts";
import type { Follower, OtherChange } from "../state/followers.ts";
import { dropNew, settle } from "./files/retention.ts";
import { tellInvited, tellMembership, tellOfGroup, tellOfMember } from "./groups/news.ts";
import { tellAltering, tellFate, tellMessage, tellMuted, tellRead } from "./messages/news.ts";
import { forgetTyping, passOnTyping, tellTyping } from "./messages/typing.ts";
import { isGiven } from "./reach.ts";
import { fileInfo, groupName, person, type Services } from "./services/context.ts";

/** To be registered with the state once all services exist. */
export function follower(services: Services): Follower {
  return {
    onMessage: ({ seq }) => tellMessage(services, services.model.messages.get(seq) as StoredMessage),
    onChange: (change, before) => tell(services, change, before),
    onKept(change) {
      settle(services, change);
      if (change.is === "typing.told") passOnTyping(services, change);
    },
    onUndone(change, isLost) {
      dropNew(services, change, isLost);
      if (change.is === "typing.told") forgetTyping(services, change);
    },
  };
}

function tell(services: Services, change: OtherChange, before: Before): void {
  const { model, presence } = services;
  switch (change.is) {
    case "message.altered": {
      const row = model.messages.get(change.seq) as StoredMessage;
      presence.asking.cameBack(row.origin, () => tellAltering(services, row));
      return;
    }
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
      tellShown(services, change, was(change, before));
      return;
    case "conversation.muted":
      tellMuted(services, change);
      return;
    case "user.came":
    case "user.went":
      if (was(change, before))
        presence.moved([model.party(change.user) as User], change.node, change.is === "user.came" ? "come" : "gone");
      return;
    case "node.ended":
      presence.moved(was(change, before).users, change.node, "gone");
      return;
    case "user.deleted": {
      const { settings, online } = was(change, before);
      presence.deleted(model.party(change.user) as User, settings, online);
      return;
    }
    case "typing.told":
      tellTyping(services, change);
      return;
    case "fate.told":
      tellFate(services, change);
      return;
    case "part.claimed":
      void services.transfers.stop(change.key);
      return;
    case "ban.added":
      wakeBanned(services, change);
      return;
    case "user.added":
    case "user.expelled":
    case "password.tried":
    case "account.asked":
    case "user.renamed":
    case "user.erasing":
    case "user.seen":
    case "report.made":
    case "report.emptied":
    case "report.ended":
    case "act.noted":
    case "errand.begun":
    case "errand.reached":
    case "errand.ended":
    case "party.added":
    case "party.renamed":
    case "password.changed":
    case "session.opened":
    case "session.used":
    case "invitation.made":
    case "invitation.used":
    case "invitation.ended":
    case "ban.lifted":
    case "group.made":
    case "member.uninvited":
    case "group.heard":
    case "conversation.started":
    case "message.withdrawn":
    case "messages.removed":
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
    case "realm.linked":
    case "names.told":
    case "names.asked":
    case "shown.asked":
    case "shown.told":
    case "heads.asked":
    case "gap.filled":
    case "gap.refused":
    case "item.queued":
    case "item.awaited":
    case "item.answered":
    case "page.given":
    case "page.ended":
    case "outbox.raised":
    case "items.delivered":
    case "log.probed":
      // No event.
      return;
  }
  change satisfies never;
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

/** A blocked user sees the blocker go offline, and come back when the block ends. */
function tellSeen({ model, presence }: Services, change: ChangeOf<"sender.hidden"> | ChangeOf<"sender.shown">): void {
  const [reader, sender] = [model.party(change.reader), model.party(change.sender)];
  if (!isUser(reader) || !isUser(sender)) return;
  // A sender who hides the reader did not see the reader before.
  presence.appear(reader, sender, change.is === "sender.hidden" && !model.hidings.open(sender, reader));
}

/** Those near see the user come or go, or a new `away` or status, whichever the new settings mean. */
function tellShown({ model, presence }: Services, change: ChangeOf<"settings.changed">, before: Settings): void {
  const { presence: shows, away, status } = change;
  if (shows !== before.presence || away !== before.away || status !== before.status)
    presence.reveal(model.party(change.user) as User, before);
}

/** Ends the links of a realm that is banned, with this turn. */
function wakeBanned({ model, neighbours }: Services, { target }: ChangeOf<"ban.added">): void {
  const banned = readTarget(target);
  const realm = banned?.is === "realm" ? model.realms.find(banned.realm) : undefined;
  if (realm) neighbours.of(realm).wake();
}

function tellRequest(services: Services, { reader, sender }: ChangeOf<"sender.hidden">): void {
  const { model, presence } = services;
  const user = formatAddress(person(services, model.party(sender)));
  presence.tell(model.party(reader), () => ({ kind: "request", user }));
}
