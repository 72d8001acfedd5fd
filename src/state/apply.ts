/**
 * Puts changes into the model (`apply`) and takes them out again (`undo`). `apply` returns what the change overwrites, so that
 * no operation has to know how to undo what it does. Both are exhaustive: a kind of change that is missing in either does not
 * compile.
 */
import { keyAt } from "../contract/names.ts";
import { altered } from "./alterations.ts";
import type { Change, ChangeKind, ChangeOf, Holder, PostedAs, RealmValues } from "./changes.ts";
import type {
  Act,
  Awaited,
  Ban,
  Conversation,
  Errand,
  Gap,
  Group,
  GroupInvitation,
  GroupValues,
  Invitation,
  Membership,
  Mute,
  Party,
  Realm,
  Report,
  Sanction,
  Session,
  Settings,
  StoredMessage,
  User,
} from "./entities.ts";
import type { SharesBefore } from "./files.ts";
import type { GivenPage } from "./given-pages.ts";
import { NEW_GROUP } from "./groups.ts";
import type { HeldName } from "./held-names.ts";
import type { Hidden } from "./hidings.ts";
import { existing, type Model } from "./model.ts";
import type { PostBefore } from "./posts.ts";
import { RealmNames } from "./realm-names.ts";

/** The entity whose fields a change has set, and what they held before. */
interface Assigned {
  readonly entity: object;
  readonly fields: object;
}

/** What there was of a user, beside the user's other objects, before the account was deleted. */
interface UserBefore {
  readonly fields: object;
  readonly settings: Settings | undefined;
  readonly seen: number | undefined;
  /** The numbers of the nodes where the user was online. */
  readonly online: readonly number[];
  readonly mutes: ReadonlyMap<Party, Mute> | undefined;
  readonly hidings: ReadonlyMap<Party, Hidden> | undefined;
  readonly posts: ReadonlyMap<string, PostedAs>;
}

/** What each kind of change overwrites. A kind that is not listed can be undone from the change alone. */
interface Overwritten {
  "party.renamed": Assigned;
  "password.changed": Assigned;
  /** Whether the new name was a former one of the same user. */
  "user.renamed": boolean;
  "user.erasing": Assigned;
  "user.deleted": UserBefore;
  "session.used": Assigned;
  "session.ended": Session;
  "invitation.used": Assigned;
  "invitation.ended": Invitation;
  "ban.added": Ban | undefined;
  "ban.lifted": Ban | undefined;
  "sender.hidden": Hidden;
  "sender.shown": Hidden;
  "settings.changed": Settings;
  "conversation.muted": Mute | undefined;
  /** Undefined: the user was never seen before. */
  "user.seen": number | undefined;
  "report.emptied": Assigned;
  /** Whether it has changed anything: it does not if the user was on the node already. */
  "user.came": boolean;
  /** Whether it has changed anything: it does not if the user was not on the node. */
  "user.went": boolean;
  /** The users who were online on the node, the replies that it was sending, and the realms whose link it had. */
  "node.ended": {
    readonly users: readonly User[];
    readonly pages: readonly GivenPage[];
    readonly linked: readonly Realm[];
  };
  /** Undefined: the reply's node had ended before. */
  "page.ended": GivenPage | undefined;
  "report.ended": Report;
  /** The act that was dropped, if there were too many. */
  "act.noted": Act | undefined;
  "errand.reached": Assigned;
  "errand.ended": Errand;
  "member.left": Membership;
  "group.changed": Assigned;
  "group.renamed": { readonly name: string; readonly held: HeldName | undefined };
  "group.deleted": HeldName | undefined;
  "role.changed": Assigned;
  "member.uninvited": GroupInvitation;
  "member.unbanned": Sanction;
  "member.unsilenced": Sanction;
  /** `added`: the id that was added to the set in `returned`, which is not copied; undefined if none was. */
  "group.heard": { readonly heard: number; readonly returned: Group["returned"]; readonly added: string | undefined };
  /** The conversation's newest message before; and the sender's read marker, unless that was `prev` or is not moved. */
  "message.appended": number | { readonly last: number; readonly marker: number | undefined };
  /** The conversation's newest message before. */
  "message.withdrawn": number;
  /** `message`: as an earlier change of the turn has left it; undefined if none has altered it. `pinned`: whether it was. */
  "message.altered": { readonly message: StoredMessage | undefined; readonly pinned: boolean };
  /** The removed messages that were pinned, and the conversation's newest message before. */
  "messages.removed": { readonly pinned: readonly number[]; readonly last: number };
  "conversation.read": number | undefined;
  "post.remembered": PostBefore | undefined;
  "post.forgotten": PostedAs | undefined;
  "file.unshared": SharesBefore;
  "realm.changed": Assigned;
  "realm.removed": Realm | undefined;
  "realm.ended": Assigned;
  "realm.linked": Assigned;
  /** The list of names before, and how many names of users and of groups it had. */
  "names.told": { readonly names: RealmNames; readonly users: number; readonly groups: number };
  "heads.asked": Assigned;
  /** The gap's `n` before; undefined: there was no gap. */
  "gap.filled": number | undefined;
  /** Whether there was a gap, and whether the message was refused already. */
  "gap.refused": { readonly wasKnown: boolean; readonly wasRefused: boolean };
  /** Who waited for it already: it was told again. */
  "item.awaited": Awaited | undefined;
  "item.answered": Awaited | undefined;
  /** The number up to which items had left before. */
  "items.delivered": number;
}

/**
 * What `apply` returns and `undo` needs back. Its size does not grow with the entity, but for what is deleted or replaced as a
 * whole.
 */
export type Before = Overwritten[keyof Overwritten] | undefined;

type BeforeOf<K extends ChangeKind> = K extends keyof Overwritten ? Overwritten[K] : undefined;

/** Puts a change into the model. @returns what it overwrites. @throws Error if it names an entity that does not exist */
export function apply(model: Model, change: Change): Before {
  const {
    users,
    sessions,
    invitations,
    bans,
    hidings,
    settings,
    reports,
    groups,
    mutes,
    messages,
    files,
    realms,
    outbox,
  } = model;
  switch (change.is) {
    case "message.appended": {
      const { seq, prev, time, text, origin, reply, alters, read } = change;
      const conversation = conversationOf(model, change.conversation);
      const sender = model.party(change.sender);
      const file = change.file === undefined ? undefined : model.file(change.file);
      const { last } = conversation;
      conversation.head = seq;
      if (!alters) conversation.last = seq;
      const marker = conversation.read.get(sender);
      if (read) conversation.read.set(sender, seq);
      const message = { seq, conversation, prev, sender, time, text, file, origin, reply, alters, altered: undefined };
      messages.rows.put(message);
      // The usual case: the marker was at `prev`, so `undo` knows it, and no object is needed.
      return !read || (prev > 0 && marker === prev) ? last : { last, marker };
    }
    case "message.altered": {
      const { what, target } = change;
      const message = existing(messages.get(target), "message", target);
      const pinned = messages.pinsOf(message.conversation).has(target);
      if (what === "pinned" || what === "unpinned" || what === "deleted") {
        messages.putPin(message.conversation.id, target, what === "pinned");
      }
      for (const seq of change.emptied)
        messages.rows.putAltered(seq, { ...existing(messages.get(seq), "edit", seq), text: "" });
      return { pinned, message: messages.rows.putAltered(target, altered(message, change, model.party(change.user))) };
    }
    case "message.withdrawn": {
      const conversation = conversationOf(model, change.conversation);
      const { last } = conversation;
      conversation.head = change.prev;
      conversation.last = change.last;
      messages.rows.setWithdrawn(change.seq, true);
      return last;
    }
    case "messages.removed": {
      const conversation = conversationOf(model, change.conversation);
      const pins = messages.pinsOf(conversation);
      const pinned = change.seqs.filter((seq) => pins.has(seq));
      for (const seq of change.emptied) {
        messages.rows.putAltered(seq, { ...existing(messages.get(seq), "edit", seq), text: "" });
      }
      for (const seq of pinned) messages.putPin(conversation.id, seq, false);
      for (const seq of change.seqs) messages.rows.setWithdrawn(seq, true);
      const { head, last } = conversation;
      // If the last row is removed nothing of the conversation is left, and that row cannot tell the newest message any more if
      // it was an alteration: `last` is `head` then.
      if (change.seqs.at(-1) === head) conversation.last = head;
      return { pinned, last };
    }
    case "page.given": {
      const { is: _, ...page } = change;
      model.givenPages.put(page);
      return undefined;
    }
    case "page.ended":
      return model.givenPages.take(change.node, change.n, change.user);
    case "conversation.started":
      messages.put({ id: change.id, of: partiesOf(model, change), head: 0, last: 0, read: new Map() });
      return undefined;
    case "conversation.read": {
      const { read } = conversationOf(model, change.conversation);
      const reader = model.party(change.user);
      const before = read.get(reader);
      read.set(reader, change.seq);
      return before;
    }
    case "post.remembered":
      return messages.posts.put(userOf(model, change.user), change.clientId, change.posted);
    case "post.forgotten":
      return messages.posts.take(userOf(model, change.user), change.clientId);
    case "user.added": {
      const { id, name, fullName, country, password, time: created } = change;
      const user: User = {
        id,
        name,
        key: name.toLowerCase(),
        fullName,
        realm: undefined,
        country,
        password,
        created,
        erasing: undefined,
      };
      users.put(user);
      return undefined;
    }
    case "user.renamed": {
      const { name, was: old } = change;
      const user = userOf(model, change.user);
      const isOwn = users.findEver(name) === user && !isSameName(name, old);
      users.putName(user, name);
      users.putFormer(name, undefined);
      if (!isSameName(name, old)) users.putFormer(old, user);
      return isOwn;
    }
    case "user.erasing": {
      const user = userOf(model, change.user);
      users.putErasing(user, change.at !== undefined);
      return assign(user, { erasing: change.at });
    }
    case "user.deleted": {
      const user = userOf(model, change.user);
      users.putErasing(user, false);
      const { fullName, country } = change.erased ? { fullName: user.name, country: "" } : user;
      const { fields } = assign(user, { fullName, country, erasing: undefined, password: "" });
      users.putAway(user);
      return {
        fields,
        settings: settings.take(user),
        seen: model.lastSeen.put(user, undefined),
        online: model.online.takeAll(user),
        mutes: mutes.takeAll(user),
        hidings: hidings.takeAll(user),
        posts: messages.posts.takeAll(user),
      };
    }
    case "user.expelled":
    case "password.tried":
    case "account.asked":
      return undefined;
    case "party.added": {
      const { id, name, realm, fullName } = change;
      users.put({ id, name, key: keyAt(name, realm), fullName, realm });
      return undefined;
    }
    case "party.renamed":
      return assign(model.party(change.id), { name: change.name, fullName: change.fullName });
    case "password.changed":
      return assign(userOf(model, change.user), { password: change.password });
    case "session.opened": {
      const { id, hash, time, address, client } = change;
      const at = { address, client };
      sessions.put({ id, hash, user: userOf(model, change.user), created: time, used: time, at, closed: false });
      return undefined;
    }
    case "session.used": {
      const { id, time: used, address, client } = change;
      return assign(sessionOf(model, id), { used, at: { address, client } });
    }
    case "session.ended": {
      const session = sessionOf(model, change.id);
      sessions.take(session);
      return session;
    }
    case "invitation.made": {
      const { is: _, group, by, time: created, ...fields } = change;
      invitations.put({
        ...fields,
        group: group === undefined ? undefined : model.group(group),
        by: by === undefined ? undefined : userOf(model, by),
        created,
      });
      return undefined;
    }
    case "invitation.used": {
      const invitation = invitationOf(model, change.id);
      return assign(invitation, { uses: invitation.uses - 1 });
    }
    case "invitation.ended": {
      const invitation = invitationOf(model, change.id);
      invitations.take(invitation);
      return invitation;
    }
    case "ban.added": {
      const { is: _, ...ban } = change;
      return bans.put(ban);
    }
    case "ban.lifted":
      return bans.take(change.target);
    case "sender.hidden": {
      const { why, after, time } = change;
      return hidings.putHidden(model.party(change.reader), model.party(change.sender), { why, after, time });
    }
    case "sender.shown":
      return hidings.putShown(model.party(change.reader), model.party(change.sender), change);
    case "settings.changed": {
      const { is: _, user, ...values } = change;
      return settings.put(userOf(model, user), values);
    }
    case "conversation.muted":
      return mutes.put(userOf(model, change.user), holderOf(model, change.of), change.mute);
    case "user.seen":
      return model.lastSeen.put(userOf(model, change.user), change.time);
    case "user.came":
      return model.online.put(userOf(model, change.user), change.node);
    case "user.went":
      return model.online.take(userOf(model, change.user), change.node);
    case "node.ended": {
      const users = model.online.on(change.node);
      for (const user of users) model.online.take(user, change.node);
      const pages = model.givenPages.of(change.node);
      for (const { node, n, user } of pages) model.givenPages.take(node, n, user);
      const linked = model.realms.all().filter(({ linkedOn }) => linkedOn === change.node);
      for (const realm of linked) realm.linkedOn = undefined;
      return { users, pages, linked };
    }
    case "report.made": {
      const { is: _, by, sender, group, ...fields } = change;
      reports.put({
        ...fields,
        by: userOf(model, by),
        sender: model.party(sender),
        group: group === undefined ? undefined : model.group(group),
      });
      return undefined;
    }
    case "report.emptied":
      return assign(reportOf(model, change.id), { why: "" });
    case "report.ended": {
      const report = reportOf(model, change.id);
      reports.take(report);
      return report;
    }
    case "errand.begun": {
      const { is: _, user, group, ...fields } = change;
      const whose = user === undefined ? undefined : userOf(model, user);
      model.errands.put({
        ...fields,
        user: whose,
        group: group === undefined ? undefined : model.group(group),
        done: 0,
      });
      return undefined;
    }
    case "errand.reached": {
      const { head, next, floor, done } = change;
      return assign(errandOf(model, change.id), { head, next, floor, done });
    }
    case "errand.ended": {
      const errand = errandOf(model, change.id);
      model.errands.take(errand);
      return errand;
    }
    case "act.noted": {
      const { id, time, by, what, target } = change;
      return model.audit.put({ id, time, by, what, target });
    }
    case "group.made": {
      const { id, name, realm, heard, time: created } = change;
      groups.put({
        id,
        name,
        key: realm === undefined ? name.toLowerCase() : keyAt(name, realm),
        realm,
        owner: model.party(change.owner),
        gone: false,
        ...NEW_GROUP,
        created,
        members: new Map(),
        invited: new Map(),
        bans: new Map(),
        silences: new Map(),
        realms: new Map(),
        heard,
        returned: undefined,
      });
      return undefined;
    }
    case "group.changed":
      return assign<Group, keyof GroupValues>(model.group(change.group), change.values as GroupValues);
    case "group.renamed": {
      const group = model.group(change.group);
      const { name, owner } = group;
      groups.putName(group, change.name);
      const until = change.heldUntil;
      return { name, held: until === undefined ? undefined : groups.heldNames.put(name, { owner, until }) };
    }
    case "group.deleted": {
      const group = model.group(change.group);
      const { name, owner } = group;
      groups.putAway(group);
      return change.heldUntil === undefined
        ? undefined
        : groups.heldNames.put(name, { owner, until: change.heldUntil });
    }
    case "role.changed": {
      const group = model.group(change.group);
      const party = model.party(change.user);
      if (change.role === "owner") {
        const before = { entity: group, fields: { owner: group.owner } };
        groups.putOwner(group, party);
        return before;
      }
      const membership = existing(group.members.get(party), "member", change.user);
      return assign(membership, { moderator: change.role === "moderator" });
    }
    case "member.invited": {
      const { by, time } = change;
      groups.putInvited(model.group(change.group), model.party(change.user), { by: model.party(by), time });
      return undefined;
    }
    case "member.uninvited":
      return groups.takeInvited(model.group(change.group), model.party(change.user));
    case "member.banned":
      groups.sanctions.put(model.group(change.group), "bans", model.party(change.user), sanctionOf(model, change));
      return undefined;
    case "member.unbanned":
      return groups.sanctions.take(model.group(change.group), "bans", model.party(change.user));
    case "member.silenced":
      groups.sanctions.put(model.group(change.group), "silences", model.party(change.user), sanctionOf(model, change));
      return undefined;
    case "member.unsilenced":
      return groups.sanctions.take(model.group(change.group), "silences", model.party(change.user));
    case "member.joined": {
      const { since, order } = change;
      groups.putMember(model.group(change.group), model.party(change.user), {
        since,
        order,
        moderator: false,
        mute: undefined,
      });
      return undefined;
    }
    case "member.left": {
      const group = model.group(change.group);
      const party = model.party(change.user);
      const membership = existing(group.members.get(party), "member", change.user);
      groups.takeMember(group, party);
      return membership;
    }
    case "group.heard": {
      const group = model.group(change.group);
      const { heard, returned } = group;
      group.heard = change.seq;
      return { heard, returned, added: change.own && putReturned(group, change.own) };
    }
    case "file.added": {
      const { is: _, owner, time: created, ...file } = change;
      files.put({ ...file, owner: model.party(owner), created });
      return undefined;
    }
    case "file.arrived":
      files.setStored(model.file(change.file), change.stored);
      return undefined;
    case "file.lost":
      files.setGone(model.file(change.file), true, undefined);
      return undefined;
    case "file.shared": {
      const { message } = change;
      const [file, from] = [model.file(change.file), model.party(change.from)];
      files.putShare({ file, from, to: holderOf(model, change.to), message });
      return undefined;
    }
    case "file.unshared": {
      const to = new Set(change.to.map((one) => holderOf(model, one)));
      return files.takeShares(model.file(change.file), model.party(change.from), to);
    }
    case "file.fetched":
      files.setFetched(model.file(change.file), model.party(change.by), true);
      return undefined;
    case "realm.added":
      realms.put({
        name: change.name,
        key: change.name.toLowerCase(),
        headsAsked: "no",
        linkedOn: undefined,
        names: new RealmNames(""),
        gaps: new Map(),
        ...realmValues(change.values),
      });
      return undefined;
    case "realm.changed":
      return assign(realmOf(model, change.realm), realmValues(change.values));
    case "realm.removed":
      return realms.take(change.realm);
    case "realm.ended": {
      const key = change.as.toLowerCase();
      moveRealm(model, change.realm, key);
      const gone = { ended: true, host: undefined, port: undefined, pinned: undefined, linkedOn: undefined } as const;
      const names = new RealmNames("");
      const before = assign(realms.take(change.realm) as Realm, { name: change.as, key, names, ...gone });
      realms.put(before.entity as Realm);
      return before;
    }
    case "heads.asked":
      return assign(realmOf(model, change.realm), { headsAsked: change.asked });
    case "realm.linked":
      return assign(realmOf(model, change.realm), { linkedOn: change.node });
    case "names.told": {
      const realm = realmOf(model, change.realm);
      const { names } = realm;
      const before = { names, users: names.users.length, groups: names.groups.length };
      if (change.salt !== names.salt) {
        // A later part of a list whose beginning this node does not have.
        if (change.from.users + change.from.groups > 0) return before;
        realm.names = new RealmNames(change.salt);
      }
      realm.names.add(change);
      return before;
    }
    case "gap.filled": {
      const { gap, wasKnown } = gapIn(model, change);
      const before = wasKnown ? gap.n : undefined;
      gap.n = change.n;
      return before;
    }
    case "gap.refused": {
      const { gap, wasKnown } = gapIn(model, change);
      const wasRefused = gap.refused.has(change.seq);
      gap.refused.add(change.seq);
      return { wasKnown, wasRefused };
    }
    case "item.queued":
      outbox.count(change.realm, 1, change.body.length);
      outbox.raise(change.realm, change.n);
      return undefined;
    case "item.awaited": {
      const { node, copies, user, clientIds } = change;
      return outbox.wait(change.realm, change.n, { node, copies, user, clientIds });
    }
    case "item.answered":
      return outbox.endWait(change.realm, change.n);
    case "outbox.raised":
      outbox.raise(change.realm, change.n);
      return undefined;
    case "items.delivered":
      outbox.count(change.realm, -change.items, -change.size);
      return outbox.delivered(change.realm, change.upTo);
    case "typing.told":
    case "fate.told":
    case "part.claimed":
      // The followers tell connected users and other nodes; the model does not change.
      return undefined;
    case "names.asked":
    case "shown.asked":
    case "shown.told":
      return undefined;
    case "log.probed":
      // It only makes the log write.
      return undefined;
  }
}

/** Takes the change that was applied last out of the model. @param before what `apply` has returned for it */
export function undo(model: Model, change: Change, before: Before): void {
  const {
    users,
    sessions,
    invitations,
    bans,
    hidings,
    settings,
    reports,
    groups,
    mutes,
    messages,
    files,
    realms,
    outbox,
  } = model;
  switch (change.is) {
    case "message.appended": {
      const message = messages.rows.take();
      if (!message) return;
      const { conversation, sender, prev } = message;
      const overwritten = was(change, before);
      const { last, marker } = typeof overwritten === "number" ? { last: overwritten, marker: prev } : overwritten;
      conversation.head = prev;
      conversation.last = last;
      if (!change.read) return;
      if (marker === undefined) conversation.read.delete(sender);
      else conversation.read.set(sender, marker);
      return;
    }
    case "message.altered": {
      const { message, pinned } = was(change, before);
      const { conversation } = existing(messages.get(change.target), "message", change.target);
      messages.putPin(conversation.id, change.target, pinned);
      messages.rows.putAltered(change.target, message);
      for (const seq of change.emptied) messages.rows.putAltered(seq, undefined);
      return;
    }
    case "message.withdrawn": {
      const conversation = conversationOf(model, change.conversation);
      conversation.head = change.seq;
      conversation.last = was(change, before);
      messages.rows.setWithdrawn(change.seq, false);
      return;
    }
    case "messages.removed": {
      const conversation = conversationOf(model, change.conversation);
      for (const seq of change.seqs) messages.rows.setWithdrawn(seq, false);
      const { pinned, last } = was(change, before);
      conversation.last = last;
      for (const seq of pinned) messages.putPin(conversation.id, seq, true);
      for (const seq of change.emptied) messages.rows.putAltered(seq, undefined);
      return;
    }
    case "page.given":
      model.givenPages.take(change.node, change.n, change.user);
      return;
    case "page.ended": {
      const page = was(change, before);
      if (page) model.givenPages.put(page);
      return;
    }
    case "conversation.started":
      messages.take(change.id);
      return;
    case "conversation.read": {
      const { read } = conversationOf(model, change.conversation);
      const seq = was(change, before);
      if (seq === undefined) read.delete(model.party(change.user));
      else read.set(model.party(change.user), seq);
      return;
    }
    case "post.remembered":
      messages.posts.putBack(userOf(model, change.user), change.clientId, was(change, before));
      return;
    case "post.forgotten": {
      const posted = was(change, before);
      if (posted) messages.posts.put(userOf(model, change.user), change.clientId, posted);
      return;
    }
    case "user.added":
    case "party.added":
      users.take(change.id);
      return;
    case "user.renamed": {
      const user = userOf(model, change.user);
      users.putFormer(change.was, undefined);
      users.putName(user, change.was);
      if (was(change, before)) users.putFormer(change.name, user);
      return;
    }
    case "user.erasing": {
      const { entity, fields } = was(change, before);
      Object.assign(entity, fields);
      users.putErasing(entity as User, (entity as User).erasing !== undefined);
      return;
    }
    case "user.deleted": {
      const user = userOf(model, change.user);
      const had = was(change, before);
      Object.assign(user, had.fields);
      users.putErasing(user, user.erasing !== undefined);
      users.putBack(user);
      if (had.settings) settings.put(user, had.settings);
      model.lastSeen.put(user, had.seen);
      for (const node of had.online) model.online.put(user, node);
      mutes.putAll(user, had.mutes);
      hidings.putAll(user, had.hidings);
      for (const [clientId, posted] of had.posts) messages.posts.put(user, clientId, posted);
      return;
    }
    case "user.expelled":
    case "password.tried":
    case "account.asked":
      return;
    case "party.renamed":
    case "password.changed":
    case "session.used":
    case "invitation.used":
    case "group.changed":
    case "realm.changed":
    case "realm.linked":
    case "heads.asked": {
      const { entity, fields } = was(change, before);
      Object.assign(entity, fields);
      return;
    }
    case "session.opened":
      sessions.unmake(sessionOf(model, change.id));
      return;
    case "session.ended":
      sessions.putBack(was(change, before));
      return;
    case "invitation.made":
      invitations.unmake(invitationOf(model, change.id));
      return;
    case "invitation.ended":
      invitations.put(was(change, before));
      return;
    case "ban.added":
    case "ban.lifted": {
      const ban = was(change, before);
      if (ban) bans.put(ban);
      else bans.take(change.target);
      return;
    }
    case "sender.hidden":
    case "sender.shown":
      hidings.put(model.party(change.reader), model.party(change.sender), was(change, before));
      return;
    case "settings.changed":
      settings.put(userOf(model, change.user), was(change, before));
      return;
    case "conversation.muted":
      mutes.put(userOf(model, change.user), holderOf(model, change.of), was(change, before));
      return;
    case "user.seen":
      model.lastSeen.put(userOf(model, change.user), was(change, before));
      return;
    case "user.came":
      if (was(change, before)) model.online.take(userOf(model, change.user), change.node);
      return;
    case "user.went":
      if (was(change, before)) model.online.put(userOf(model, change.user), change.node);
      return;
    case "node.ended": {
      const { users, pages, linked } = was(change, before);
      for (const realm of linked) realm.linkedOn = change.node;
      for (const user of users) model.online.put(user, change.node);
      for (const page of pages) model.givenPages.put(page);
      return;
    }
    case "report.made":
      reports.unmake(reportOf(model, change.id));
      return;
    case "report.ended":
      reports.put(was(change, before));
      return;
    case "errand.begun":
      model.errands.unmake(errandOf(model, change.id));
      return;
    case "report.emptied":
    case "errand.reached": {
      const { entity, fields } = was(change, before);
      Object.assign(entity, fields);
      return;
    }
    case "errand.ended":
      model.errands.put(was(change, before));
      return;
    case "act.noted":
      model.audit.take(was(change, before));
      return;
    case "group.made":
      groups.take(change.id);
      return;
    case "role.changed": {
      const { entity, fields } = was(change, before);
      if (change.role === "owner") groups.putOwner(entity as Group, (fields as Pick<Group, "owner">).owner);
      else Object.assign(entity, fields);
      return;
    }
    case "group.renamed": {
      const { name, held } = was(change, before);
      groups.putName(model.group(change.group), name);
      if (change.heldUntil !== undefined) groups.heldNames.put(name, held);
      return;
    }
    case "group.deleted": {
      const group = model.group(change.group);
      groups.putBack(group);
      if (change.heldUntil !== undefined) groups.heldNames.put(group.name, was(change, before));
      return;
    }
    case "member.invited":
      groups.takeInvited(model.group(change.group), model.party(change.user));
      return;
    case "member.uninvited":
      groups.putInvited(model.group(change.group), model.party(change.user), was(change, before));
      return;
    case "member.banned":
      groups.sanctions.take(model.group(change.group), "bans", model.party(change.user));
      return;
    case "member.unbanned":
      groups.sanctions.put(model.group(change.group), "bans", model.party(change.user), was(change, before));
      return;
    case "member.silenced":
      groups.sanctions.take(model.group(change.group), "silences", model.party(change.user));
      return;
    case "member.unsilenced":
      groups.sanctions.put(model.group(change.group), "silences", model.party(change.user), was(change, before));
      return;
    case "member.joined":
      groups.unmakeMember(model.group(change.group), model.party(change.user));
      return;
    case "member.left":
      groups.putMemberBack(model.group(change.group), model.party(change.user), was(change, before));
      return;
    case "group.heard": {
      const group = model.group(change.group);
      const { heard, returned, added } = was(change, before);
      Object.assign(group, { heard, returned });
      if (added !== undefined) returned?.ids.delete(added);
      return;
    }
    case "file.added":
      files.take(model.file(change.id));
      return;
    case "file.arrived":
      files.setStored(model.file(change.file), undefined);
      return;
    case "file.lost":
      files.setGone(model.file(change.file), false, change.stored);
      return;
    case "file.shared":
      files.takeShare(model.file(change.file));
      return;
    case "file.unshared":
      files.putBack(model.file(change.file), was(change, before));
      return;
    case "file.fetched":
      files.setFetched(model.file(change.file), model.party(change.by), false);
      return;
    case "realm.added":
      realms.take(change.name.toLowerCase());
      return;
    case "realm.removed": {
      const realm = was(change, before);
      if (realm) realms.put(realm);
      return;
    }
    case "realm.ended": {
      const { entity, fields } = was(change, before);
      realms.take(change.as.toLowerCase());
      realms.put(Object.assign(entity, fields) as Realm);
      moveRealm(model, change.as.toLowerCase(), change.realm);
      return;
    }
    case "gap.filled": {
      const { gap, forget } = gapIn(model, change);
      const n = was(change, before);
      if (n === undefined) forget();
      else gap.n = n;
      return;
    }
    case "gap.refused": {
      const { gap, forget } = gapIn(model, change);
      const { wasKnown, wasRefused } = was(change, before);
      if (!wasRefused) gap.refused.delete(change.seq);
      if (!wasKnown) forget();
      return;
    }
    case "item.queued":
      outbox.count(change.realm, -1, -change.body.length);
      return;
    case "item.awaited": {
      const waited = was(change, before);
      outbox.endWait(change.realm, change.n);
      if (waited) outbox.wait(change.realm, change.n, waited);
      return;
    }
    case "item.answered": {
      const waited = was(change, before);
      if (waited) outbox.wait(change.realm, change.n, waited);
      return;
    }
    case "outbox.raised":
      // The number stays raised: numbers that are skipped do no harm.
      return;
    case "items.delivered":
      outbox.count(change.realm, change.items, change.size);
      outbox.delivered(change.realm, was(change, before));
      return;
    case "names.told": {
      const { names, users, groups } = was(change, before);
      realmOf(model, change.realm).names = names;
      names.cut(users, groups);
      return;
    }
    case "names.asked":
    case "shown.asked":
    case "shown.told":
    case "typing.told":
    case "fate.told":
    case "part.claimed":
    case "log.probed":
      return;
  }
  change satisfies never;
}

/** What a change has overwritten, typed by its kind. @param before what `apply` has returned for it */
export function was<K extends ChangeKind>(_change: ChangeOf<K>, before: Before): BeforeOf<K> {
  return before as BeforeOf<K>;
}

/** Sets fields of an entity and remembers what they held. */
function assign<T extends object, K extends keyof T>(entity: T, values: Pick<T, K>): Assigned {
  const fields: Partial<T> = {};
  for (const key in values) fields[key] = entity[key];
  Object.assign(entity, values);
  return { entity, fields };
}

function sanctionOf(model: Model, { by, time, until }: ChangeOf<"member.banned" | "member.silenced">): Sanction {
  return { by: model.party(by), time, until };
}

function isSameName(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}

function userOf(model: Model, id: number): User {
  return model.party(id) as User;
}

function sessionOf({ sessions }: Model, id: number): Session {
  return existing(sessions.byId(id), "session", id);
}

function reportOf({ reports }: Model, id: number): Report {
  return existing(reports.byId(id), "report", id);
}

function errandOf({ errands }: Model, id: number): Errand {
  return existing(errands.byId(id), "errand", id);
}

function invitationOf({ invitations }: Model, id: number): Invitation {
  return existing(invitations.byId(id), "invitation", id);
}

function conversationOf({ messages }: Model, id: number): Conversation {
  return existing(messages.changing(id), "conversation", id);
}

function partiesOf(model: Model, { of }: ChangeOf<"conversation.started">): Conversation["of"] {
  return "group" in of ? model.group(of.group) : { a: model.party(of.a), b: model.party(of.b) };
}

function holderOf(model: Model, to: Holder): Party | Group {
  return "group" in to ? model.group(to.group) : model.party(to.user);
}

function realmOf({ realms }: Model, key: string): Realm {
  return existing(realms.find(key), "realm", key);
}

/**
 * The gap of a realm in a group, which is made if there is none; `undo` removes such a one by `forget`. What a change overwrites
 * is not remembered as a copy of the gap, because a realm may refuse very many messages.
 */
function gapIn(
  model: Model,
  { realm, group: id }: ChangeOf<"gap.filled" | "gap.refused">,
): { readonly gap: Gap; readonly wasKnown: boolean; readonly forget: () => void } {
  const { gaps } = realmOf(model, realm);
  const group = model.group(id);
  const known = gaps.get(group);
  const gap = known ?? { n: 0, refused: new Set() };
  if (!known) gaps.set(group, gap);
  return { gap, wasKnown: known !== undefined, forget: () => gaps.delete(group) };
}

function moveRealm({ users, groups, outbox }: Model, from: string, to: string): void {
  users.move(from, to);
  groups.move(from, to);
  outbox.move(from, to);
}

function realmValues({ results, ...values }: RealmValues): Pick<Realm, keyof RealmValues> {
  return { ...values, results: new Map(results) };
}

/**
 * Notes a post of a user here that its group's home has sent back. Only the ids of the latest millisecond are remembered: an
 * older post that comes again is recognised by its time.
 * @returns the id, if it was added to others of the same millisecond
 */
function putReturned(group: Group, { id, time }: { readonly id: string; readonly time: number }): string | undefined {
  const { returned } = group;
  if (returned?.time !== time) {
    group.returned = { time, ids: new Set([id]) };
    return undefined;
  }
  if (returned.ids.has(id)) return undefined;
  returned.ids.add(id);
  return id;
}
