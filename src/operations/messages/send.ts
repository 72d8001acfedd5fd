/** Sending: to a user, to a group, and so that a repeat sends nothing twice. */

import type { Posted } from "../../state/changes.ts";
import type { Group, OutboxItem, Realm, StoredFile, StoredMessage, User } from "../../state/entities.ts";
import {
  type Address,
  Failure,
  type Input,
  Later,
  type NoGroup,
  type NotTaken,
  type NoUser,
  type RefusedElsewhere,
  type Result,
  type Sent,
} from "../contract.ts";
import { groupNamed } from "../groups/membership.ts";
import { addressOf, keyAt } from "../names.ts";
import { author, enqueue, fullFor, refusal, sealed, tooLong } from "../outbox.ts";
import { actor, type Caller, fileInfo, isLocal, isMember, type Services } from "../services/context.ts";
import { deliver, partyAt, partyNamed, sent, somebodyAt } from "./deliver.ts";
import { messageId } from "./ids.ts";

/** Users of another realm; whether they are there, only that realm knows. */
interface UsersAt {
  readonly at: Realm;
  readonly users: readonly string[];
}

/** A group whose home is another realm. */
interface GroupAt {
  readonly at: Realm;
  readonly group: string;
}

/** Where something can be sent. */
export type Target = User | Group | UsersAt | GroupAt;

export type Sending = Result<Sent, NotTaken> | Later<Sent, NotTaken>;

/** Something that was sent: a message here, or what was said of one that only its group's home keeps. */
export interface Dispatched {
  readonly posted: StoredMessage | Posted;
  /** Where its fate is decided, if that is elsewhere. */
  readonly elsewhere: { readonly realm: Realm; readonly item: OutboxItem } | undefined;
  /** What stands in the sender's own conversations until it is refused. */
  readonly copies?: readonly StoredMessage[];
}

export function send(services: Services, caller: Caller, { user, text }: Input<"send">): Sending {
  return sendTo(services, caller, userTarget(services, user), text);
}

export function sendGroup(services: Services, caller: Caller, { group, text }: Input<"sendGroup">): Sending {
  return sendTo(services, caller, groupTarget(services, caller, group), text);
}

export function sendToRealm(services: Services, caller: Caller, input: Input<"sendToRealm">): Sending {
  return send(services, caller, { user: { name: input.user, realm: input.realm }, text: input.text });
}

export function sendToRealmGroup(services: Services, caller: Caller, input: Input<"sendToRealmGroup">): Sending {
  const targets = targetsIn(services, caller, input.realm, input.to);
  if (targets instanceof Failure) return targets;
  let last: Sending = new Failure("bad-request", "to: names nobody");
  for (const to of targets) last = sendTo(services, caller, to, input.text);
  return last;
}

/** A group (`kelas`, `group:kelas`) or several users (`u1,u2`) of a realm: all of those, or a failure. */
export function targetsIn(
  services: Services,
  caller: Caller,
  realm: string | undefined,
  to: string,
): Result<readonly Target[], NoUser | NoGroup | "bad-request"> {
  const at = realm === undefined ? {} : { realm };
  if (!to.includes(",")) {
    const group = groupTarget(services, caller, { name: to.replace(/^group:/i, ""), ...at });
    return group instanceof Failure ? group : [group];
  }
  const names = [...new Set(to.split(",").filter((part) => part !== ""))];
  const users = new Set<User>();
  for (const name of names) {
    const user = userTarget(services, { name, ...at });
    if (user instanceof Failure) return new Failure(user.code, name);
    if ("at" in user) return [{ at: user.at, users: names }];
    users.add(user);
  }
  return users.size > 0 ? [...users] : new Failure("bad-request", "to: names nobody");
}

export function post(services: Services, caller: Caller, input: Input<"post">): Sending {
  const { messages } = services.model;
  const { "client-id": clientId, to, text } = input;
  const me = actor(caller);
  const before = messages.posted(me, clientId);
  if (before) return isAgain(services, me, before, to) ? sent(services, before) : OTHER_RECEIVER;
  const target = to.startsWith("#")
    ? groupTarget(services, caller, addressOf(to.slice(1)))
    : userTarget(services, addressOf(to));
  if (target instanceof Failure) return target;
  const done = dispatch(services, me, target, text);
  if (done instanceof Failure) return done;
  messages.remember(me, clientId, done.posted);
  return answered(services, done, sent(services, done.posted), () => messages.forget(me, clientId));
}

const OTHER_RECEIVER = new Failure("bad-request", "client-id: it was used for another receiver");

/** Was it sent to the same user or group, however that is written? Who has left the group since asks for the same. */
function isAgain(services: Services, me: User, before: StoredMessage | Posted, to: string): boolean {
  const address = addressOf(to.replace(/^#/, ""));
  const group = to.startsWith("#");
  if (!("seq" in before)) return before.group === undefined || (group && isGroup(services, me, before.group, address));
  const { of } = before.conversation;
  if ("members" in of) return group && isGroup(services, me, of.key, address);
  return !group && (of.a === me ? of.b : of.a) === partyNamed(services, address);
}

/** Is the group of this key meant, whether one is a member or not? */
function isGroup(services: Services, me: User, key: string, address: Address): boolean {
  const { name, realm } = address;
  const known = groupNamed(services, me, address);
  if (known) return known.key === key;
  if (!isLocal(services, realm)) return key === keyAt(name, (realm as string).toLowerCase());
  // Its members may leave the realm away, and one has left it.
  return key === name.toLowerCase() || (realm === undefined && key.startsWith(keyAt(name, "")));
}

/** A user by address. */
export function userTarget(services: Services, { name, realm }: Address): Result<User | UsersAt, NoUser> {
  const { users, realms } = services.model;
  if (isLocal(services, realm)) return users.find(name) ?? new Failure("user-not-found");
  const at = realms.find(realm as string);
  return at ? { at, users: [name] } : new Failure("realm-not-found", realm);
}

/** A group that whoever acts may send to; of one elsewhere, its home decides that. */
export function groupTarget(services: Services, caller: Caller, address: Address): Result<Group | GroupAt, NoGroup> {
  const { realms } = services.model;
  const group = groupNamed(services, actor(caller), address);
  if (group && group.realm === undefined) {
    return isMember(group, actor(caller)) ? group : new Failure("not-member");
  }
  if (!group && isLocal(services, address.realm)) return new Failure("group-not-found");
  const at = realms.find(group?.realm ?? (address.realm as string));
  return at ? { at, group: group?.name ?? address.name } : new Failure("realm-not-found", address.realm);
}

function sendTo(services: Services, caller: Caller, to: Result<Target, NotTaken>, text: string): Sending {
  if (to instanceof Failure) return to;
  if (isLocalOnly(to)) return sent(services, deliver(services, actor(caller), to, text));
  const done = dispatch(services, actor(caller), to, text);
  return done instanceof Failure ? done : answered(services, done, sent(services, done.posted));
}

/** Nothing of what is sent there leaves this realm. */
function isLocalOnly(to: Target): to is User | Group {
  return !("at" in to) && !("members" in to && to.realms.size > 0);
}

/** Sends on its way whatever it is and wherever it goes. */
export function dispatch(
  services: Services,
  sender: User,
  to: Target,
  text: string,
  file?: StoredFile,
): Result<Dispatched, "too-large" | "outbox-full"> {
  const refused = isLocalOnly(to) ? undefined : (tooLong(text) ?? ("at" in to ? fullFor(services, to.at) : undefined));
  if (refused) return refused;
  if (!("at" in to)) return { posted: deliver(services, sender, to, text, file), elsewhere: undefined };
  return "users" in to ? toUsersAt(services, sender, to, text, file) : toGroupAt(services, sender, to, text, file);
}

/** The reply of something sent; of what went elsewhere, when its fate is known or has not been for a while. */
export function answered<T extends object>(
  { neighbours, model }: Services,
  { elsewhere, copies = [] }: Dispatched,
  value: T,
  onRefused?: () => void,
): T | Later<T & { readonly state?: "queued" }, RefusedElsewhere> {
  if (!elsewhere) return value;
  const later = new Later<T & { readonly state?: "queued" }, RefusedElsewhere>();
  neighbours.expect(elsewhere.realm, elsewhere.item.n, (result) => {
    later.settle(() => {
      if (result?.code === undefined) return result ? value : { ...value, state: "queued" };
      for (const copy of copies.toReversed()) model.messages.withdraw(copy);
      onRefused?.();
      return refusal(result);
    });
  });
  return later;
}

/** A copy stands in the sender's own conversation with each, as of any message. */
function toUsersAt(
  services: Services,
  sender: User,
  { at, users }: UsersAt,
  text: string,
  file: StoredFile | undefined,
): Dispatched {
  const { model } = services;
  const copies = users.map((name) => deliver(services, sender, partyAt(services, name, at.key), text, file));
  const [copy] = copies as [StoredMessage, ...StoredMessage[]];
  const said = {
    id: messageId(copy, model.messages.salt),
    from: author(sender),
    text,
    time: copy.time,
    ...(file && { file: fileInfo(file) }),
  };
  const item = enqueue(services, at, { kind: "message", to: users, ...said });
  return { posted: copy, copies, elsewhere: { realm: at, item } };
}

/** Nothing is kept of it here: it stands in the group's log once its home has put it there. */
function toGroupAt(
  services: Services,
  sender: User,
  { at, group }: GroupAt,
  text: string,
  file: StoredFile | undefined,
): Dispatched {
  const time = services.now();
  const id = sealed(services, sender, { group, realm: at.key, time, text, file });
  const said = { id, from: author(sender), text, time, ...(file && { file: fileInfo(file) }) };
  const item = enqueue(services, at, { kind: "post", group, ...said });
  if (file) services.model.files.share({ file, from: sender, to: somebodyAt(services, at.key) });
  return { posted: { id, time, group: keyAt(group, at.key) }, elsewhere: { realm: at, item } };
}
