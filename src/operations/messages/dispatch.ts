/** On its way, wherever it goes: to somebody here, to users of another realm, to a group whose home is another. */

import { keyAt } from "../../contract/names.ts";
import type { NoGroup, NoUser, RefusedElsewhere } from "../../contract/refusals.ts";
import { Failure, Later, type Result } from "../../contract/result.ts";
import type { Posted } from "../../state/changes.ts";
import type { Group, OutboxItem, Realm, StoredFile, StoredMessage, User } from "../../state/entities.ts";
import { type GroupAt, groupTarget } from "../groups/find.ts";
import { author, enqueue, fullFor, refusal, sealed, tooLong } from "../outbox.ts";
import { partyAt, somebodyAt, type UsersAt, userTarget } from "../people/parties.ts";
import { type Caller, fileInfo, type Services } from "../services/context.ts";
import { deliver } from "./deliver.ts";
import { messageId } from "./ids.ts";

/** Where something can be sent. */
export type Target = User | Group | UsersAt | GroupAt;

/** Something that was sent: a message here, or what was said of one that only its group's home keeps. */
export interface Dispatched {
  readonly posted: StoredMessage | Posted;
  /** Where its fate is decided, if that is elsewhere. */
  readonly elsewhere: { readonly realm: Realm; readonly item: OutboxItem } | undefined;
  /** What stands in the sender's own conversations until it is refused. */
  readonly copies?: readonly StoredMessage[];
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

/** Nothing of what is sent there leaves this realm. */
export function isLocalOnly(to: Target): to is User | Group {
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
  neighbours.of(elsewhere.realm).expect(elsewhere.item.n, (result) => {
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
