/** Sends a message to where its receiver is: a user or group here, users of another realm, a group whose home is another. */

import type { ItemResult } from "../../contract/items.ts";
import { keyAt, parseAddress } from "../../contract/names.ts";
import type { NoGroupToSendTo, NoUser, RefusedElsewhere } from "../../contract/refusals.ts";
import { Failure, Later, type Result } from "../../contract/result.ts";
import type { Posted } from "../../state/changes.ts";
import type { Group, OutboxItem, Realm, StoredFile, StoredMessage, User } from "../../state/entities.ts";
import { type GroupAt, groupTarget } from "../groups/find.ts";
import { author, enqueue, itsName, refusal, refusedFor, sealed, tooLong } from "../outbox.ts";
import { MOST_NAMED, notOneMore, partyAt, sendTarget, somebodyAt, type UsersAt } from "../people/parties.ts";
import { banElsewhere, forbiddenBy, realmBan } from "../services/bans.ts";
import { actor, type Caller, fileInfo, type Services } from "../services/context.ts";
import { deliver } from "./deliver.ts";
import { globalId, messageId } from "./ids.ts";

/** What something can be sent to. */
export type Target = User | Group | UsersAt | GroupAt;

/** A message that was sent. */
export interface Dispatched {
  /** The message here; for one that only its group's home keeps, what is remembered of it. */
  readonly posted: StoredMessage | Posted;
  /** The item whose result decides whether it is accepted, if it went to another realm. */
  readonly elsewhere: { readonly realm: Realm; readonly item: OutboxItem } | undefined;
  readonly sender: User;
  /** The copies in the sender's own conversations: withdrawn if the other realm refuses the message. */
  readonly copies?: readonly StoredMessage[];
}

/** A reply, at once or once another realm has answered, or has not for too long. */
type Answer<T extends object> = T | Later<T & { readonly state?: "queued" }, RefusedElsewhere>;

/** The user that a receiver names, or with `#` the group. */
export function receiverTarget(
  services: Services,
  caller: Caller,
  receiver: string,
): Result<Target, NoUser | NoGroupToSendTo | "forbidden"> {
  return receiver.startsWith("#")
    ? groupTarget(services, caller, parseAddress(receiver.slice(1)))
    : sendTarget(services, actor(caller), parseAddress(receiver));
}

/** A group (`kelas`, `group:kelas`) or several users (`u1,u2`), of a realm or of this one; all of them, or a failure. */
export function targetsIn(
  services: Services,
  caller: Caller,
  realm: string | undefined,
  to: string,
): Result<readonly Target[], NoUser | NoGroupToSendTo | "bad-request" | "too-many" | "forbidden"> {
  const at = realm === undefined ? {} : { realm };
  if (!to.includes(",")) {
    const group = groupTarget(services, caller, { name: to.replace(/^group:/i, ""), ...at });
    return group instanceof Failure ? group : [group];
  }
  const names = [...new Set(to.split(",").filter((part) => part !== ""))];
  if (names.length > MOST_NAMED) return new Failure("too-many", `to: at most ${MOST_NAMED} users`);
  const users = new Set<User>();
  let elsewhere: Realm | undefined;
  for (const name of names) {
    const user = sendTarget(services, actor(caller), { name, ...at });
    if (user instanceof Failure) return new Failure(user.code, user.code === "forbidden" ? user.detail : name);
    if ("at" in user) elsewhere = user.at;
    else users.add(user);
  }
  if (elsewhere) return [{ at: elsewhere, users: names }];
  return users.size > 0 ? [...users] : new Failure("bad-request", "to: names nobody");
}

/** How many messages it takes to send to all targets: a group is one. */
export function receivers(targets: readonly Target[]): number {
  return targets.reduce((sum, to) => sum + ("users" in to ? to.users.length : 1), 0);
}

/** Whether what is sent to a target stays in this realm. */
export function isLocalOnly(to: Target): to is User | Group {
  return !("at" in to) && !("members" in to && to.realms.size > 0);
}

/** The refusal for a target that is banned: a realm, or a user of one. */
export function bannedTarget(services: Services, to: Target): Failure<"forbidden"> | undefined {
  if (!("at" in to)) return undefined;
  const { key } = to.at;
  const bans = "users" in to ? to.users.map((name) => banElsewhere(services, name, key)) : [realmBan(services, key)];
  const ban = bans.find((one) => one !== undefined);
  return ban && forbiddenBy(ban);
}

/** Sends a text, or a file with its name as the text. @param reply the message that it answers, of the conversation with `to` */
export function dispatch(
  services: Services,
  sender: User,
  to: Target,
  text: string,
  file?: StoredFile,
  reply?: StoredMessage,
): Result<Dispatched, "too-large" | "outbox-full" | "realm-refused" | "forbidden" | "quota"> {
  const refused =
    bannedTarget(services, to) ??
    (isLocalOnly(to) ? undefined : (tooLong(text) ?? ("at" in to ? notSent(services, to) : undefined)));
  if (refused) return refused;
  if (!("at" in to))
    return { posted: deliver(services, sender, to, text, file, undefined, reply), sender, elsewhere: undefined };
  return "users" in to
    ? toUsersAt(services, sender, to, text, file, reply)
    : toGroupAt(services, sender, to, text, file, reply);
}

/** Why nothing can be sent to a realm, or to these users of it. */
function notSent(services: Services, to: UsersAt | GroupAt): ReturnType<typeof refusedFor> | Failure<"quota"> {
  const newcomers = "users" in to ? to.users.map((name) => notOneMore(services, name, to.at.key)) : [];
  return refusedFor(services, to.at) ?? newcomers.find((refused) => refused !== undefined);
}

/**
 * The reply to a message that was sent: `value` at once or, if it went to another realm, once that has answered or too much time
 * has passed (`queued`). A refusal there withdraws the copies. @param clientIds the sender's own ids for the message, which are
 * free again after a refusal
 */
export function answered<T extends object>(
  { neighbours }: Services,
  { elsewhere, sender, copies = [] }: Dispatched,
  value: T,
  clientIds: readonly string[] = [],
): Answer<T> {
  if (!elsewhere) return value;
  const request = { user: sender.id, copies: copies.map(({ seq }) => seq), clientIds };
  return later(value, (then) => neighbours.of(elsewhere.realm).expect(elsewhere.item.n, request, then));
}

/**
 * The reply to a message that is sent again by its sender's own id: as long as the first reply waits, so does this one. Were it
 * given at once, it would be a success also where the realm refuses the message, and nobody would be told.
 */
export function answeredAgain<T extends object>(
  { neighbours, model: { outbox, realms } }: Services,
  sender: User,
  clientId: string,
  value: T,
): Answer<T> {
  const waiting = outbox.awaitedBy(sender.id, clientId);
  const realm = waiting && realms.find(waiting.realm);
  return realm ? later(value, (then) => neighbours.of(realm).expectToo(waiting.n, then)) : value;
}

function later<T extends object>(
  value: T,
  expect: (then: (result: ItemResult | undefined) => void) => void,
): Answer<T> {
  const answer = new Later<T & { readonly state?: "queued" }, RefusedElsewhere>();
  expect((result) => {
    answer.settle(() => {
      if (result?.code === undefined) return result ? value : { ...value, state: "queued" };
      return refusal(result);
    });
  });
  return answer;
}

/** Sends to users of another realm. The sender keeps a copy in the conversation with each. */
function toUsersAt(
  services: Services,
  sender: User,
  { at, users }: UsersAt,
  text: string,
  file: StoredFile | undefined,
  reply: StoredMessage | undefined,
): Dispatched {
  const { model } = services;
  const copies = users.map((name) =>
    deliver(services, sender, partyAt(services, name, at.key), text, file, undefined, reply),
  );
  const [copy] = copies as [StoredMessage, ...StoredMessage[]];
  const message = {
    id: messageId(copy, model.messages.salt),
    from: author(sender),
    text,
    time: copy.time,
    ...(file && { file: fileInfo(file) }),
    ...(reply && { reply: globalId(model, reply) }),
  };
  const item = enqueue(services, at, { kind: "message", to: users, ...message });
  return { posted: copy, sender, copies, elsewhere: { realm: at, item } };
}

/** Sends to a group of another realm. No copy is kept here: the message comes back from the group's home, as others' do. */
function toGroupAt(
  services: Services,
  sender: User,
  { at, group }: GroupAt,
  text: string,
  file: StoredFile | undefined,
  reply: StoredMessage | undefined,
): Dispatched {
  // A message that comes back twice is recognised by its time, so no two may have the same: also not after a clock was put back.
  const time = Math.floor(services.model.outbox.next(at.key, services.now()) / 1000);
  const known = services.model.groups.findAt(group, at.key);
  const named = known ? itsName(known) : { group };
  const id = sealed(services, sender, { group: named.gid ?? group, realm: at.key, time, text, file });
  const message = {
    ...{ id, from: author(sender), text, time },
    ...(file && { file: fileInfo(file) }),
    ...(reply && { reply: globalId(services.model, reply) }),
  };
  const item = enqueue(services, at, { kind: "post", ...named, ...message });
  services.presence.asking.willComeBack(id);
  if (file) services.model.files.share({ file, from: sender, to: somebodyAt(services, at.key) });
  return { posted: { id, time, group: keyAt(group, at.key) }, sender, elsewhere: { realm: at, item } };
}
