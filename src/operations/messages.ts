/** Sending: to a user, to a group, and so that a repeat sends nothing twice. */

import type { Group, OutboxItem, Posted, Realm, StoredFile, StoredMessage, User } from "../stores/ports.ts";
import { actor, type Caller, fileInfo, isLocal, isMember, type Services } from "./context.ts";
import { type Address, Failure, type Input, Later, type Result, type Sent } from "./contract.ts";
import { deliver, partyAt, sent, somebodyAt } from "./delivery.ts";
import { messageId } from "./ids.ts";
import { groupNamed } from "./membership.ts";
import { addressOf } from "./names.ts";
import { author, enqueue, fullFor, refusal, sealed, tooLong } from "./outbox.ts";

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

export type Sending = Result<Sent> | Later<Sent>;

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
  const { realm, to, text } = input;
  if (!to.includes(",")) {
    return sendGroup(services, caller, { group: { name: to.replace(/^group:/i, ""), realm }, text });
  }
  const names = [...new Set(to.split(",").filter((part) => part !== ""))];
  const [first] = names;
  if (first === undefined) return new Failure("bad-request", "to: names nobody");
  const other = userTarget(services, { name: first, realm });
  if (!(other instanceof Failure) && "at" in other) {
    return sendTo(services, caller, { at: other.at, users: names }, text);
  }
  const users = new Set<User>();
  for (const name of names) {
    const user = userTarget(services, { name, realm });
    if (user instanceof Failure) return new Failure(user.code, name);
    users.add(user as User);
  }
  let last: Sending = new Failure("bad-request", "to: names nobody");
  for (const user of users) last = sendTo(services, caller, user, text);
  return last;
}

export function post(services: Services, caller: Caller, input: Input<"post">): Sending {
  const { messages } = services.stores;
  const { "client-id": clientId, to, text } = input;
  const me = actor(caller);
  const before = messages.posted(me, clientId);
  if (before) return sent(services, before);
  const target = to.startsWith("#")
    ? groupTarget(services, caller, addressOf(to.slice(1)))
    : userTarget(services, addressOf(to));
  if (target instanceof Failure) return target;
  const done = dispatch(services, me, target, text);
  if (done instanceof Failure) return done;
  messages.remember(me, clientId, done.posted);
  return answered(services, done, sent(services, done.posted), () => messages.forget(me, clientId));
}

/** A user by address. */
export function userTarget(services: Services, { name, realm }: Address): Result<User | UsersAt> {
  const { users, realms } = services.stores;
  if (isLocal(services, realm)) return users.find(name) ?? new Failure("user-not-found");
  const at = realms.find(realm as string);
  return at ? { at, users: [name] } : new Failure("realm-not-found", realm);
}

/** A group that whoever acts may send to; of one elsewhere, its home decides that. */
export function groupTarget(services: Services, caller: Caller, address: Address): Result<Group | GroupAt> {
  const { realms } = services.stores;
  const group = groupNamed(services, actor(caller), address);
  if (group && group.realm === undefined) {
    return isMember(group, actor(caller)) ? group : new Failure("not-member");
  }
  if (!group && isLocal(services, address.realm)) return new Failure("group-not-found");
  const at = realms.find(group?.realm ?? (address.realm as string));
  return at ? { at, group: group?.name ?? address.name } : new Failure("realm-not-found", address.realm);
}

function sendTo(services: Services, caller: Caller, to: Result<Target>, text: string): Sending {
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
): Result<Dispatched> {
  const refused = isLocalOnly(to) ? undefined : (tooLong(text) ?? ("at" in to ? fullFor(services, to.at) : undefined));
  if (refused) return refused;
  if (!("at" in to)) return { posted: deliver(services, sender, to, text, file), elsewhere: undefined };
  return "users" in to ? toUsersAt(services, sender, to, text, file) : toGroupAt(services, sender, to, text, file);
}

/** The reply of something sent; of what went elsewhere, when its fate is known or has not been for a while. */
export function answered<T extends object>(
  { neighbours, stores }: Services,
  { elsewhere, copies = [] }: Dispatched,
  value: T,
  onRefused?: () => void,
): Result<T> | Later<T & { readonly state?: "queued" }> {
  if (!elsewhere) return value;
  const later = new Later<T & { readonly state?: "queued" }>();
  neighbours.expect(elsewhere.realm, elsewhere.item.n, (result) => {
    later.settle(() => {
      if (result?.code === undefined) return result ? value : { ...value, state: "queued" };
      for (const copy of copies.toReversed()) stores.messages.withdraw(copy);
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
): Result<Dispatched> {
  const { stores } = services;
  const copies = users.map((name) => deliver(services, sender, partyAt(services, name, at.key), text, file));
  const [copy] = copies as [StoredMessage, ...StoredMessage[]];
  const said = {
    id: messageId(copy, stores.messages.salt),
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
): Result<Dispatched> {
  const time = services.now();
  const id = sealed(services, sender, { group, realm: at.key, time, text, file });
  const said = { id, from: author(sender), text, time, ...(file && { file: fileInfo(file) }) };
  const item = enqueue(services, at, { kind: "post", group, ...said });
  if (file) services.stores.files.share({ file, from: sender, to: somebodyAt(services, at.key) });
  return { posted: { id, time }, elsewhere: { realm: at, item } };
}
