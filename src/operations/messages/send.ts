/** Sending messages: to a user, to a group, to several users, and with a client's own id. */

import { keyAt, parseAddress } from "../../contract/names.ts";
import type { Input } from "../../contract/operations.ts";
import type { NotTaken } from "../../contract/refusals.ts";
import { Failure, type Later, type Result } from "../../contract/result.ts";
import type { Address, Sent } from "../../contract/shapes.ts";
import type { Posted } from "../../state/changes.ts";
import { isUser, type StoredMessage, type User } from "../../state/entities.ts";
import { groupNamed, groupTarget, sendable } from "../groups/find.ts";
import { blockedIn, partyNamed, sendTarget } from "../people/parties.ts";
import { actor, type Caller, isLocal, type Services } from "../services/context.ts";
import { deliver } from "./deliver.ts";
import {
  answered,
  answeredAgain,
  dispatch,
  isLocalOnly,
  receivers,
  receiverTarget,
  type Target,
  targetsIn,
} from "./dispatch.ts";
import { messageFor, visible } from "./inbox.ts";
import { sent } from "./view.ts";

/** The result of sending, at once or once another realm has answered. */
type Sending = Result<Sent, NotTaken> | Later<Sent, NotTaken>;

/** The result of answering a message. */
type Answering = Sending | Failure<"message-not-found">;

export function send(services: Services, caller: Caller, { user, text }: Input<"send">): Sending {
  return sendTo(services, caller, sendTarget(services, actor(caller), user), text);
}

export function sendGroup(services: Services, caller: Caller, { group, text }: Input<"sendGroup">): Sending {
  return sendTo(services, caller, groupTarget(services, caller, group), text);
}

export function sendToRealm(services: Services, caller: Caller, input: Input<"sendToRealm">): Sending {
  return send(services, caller, { user: { name: input.user, realm: input.realm }, text: input.text });
}

/** Sends to a group or to several users; the result is that of the last of them. */
export function sendToRealmGroup(
  services: Services,
  caller: Caller,
  input: Input<"sendToRealmGroup">,
): Sending | Failure<"too-many"> {
  const targets = targetsIn(services, caller, input.realm, input.to);
  if (targets instanceof Failure) return targets;
  const refused = services.intake.refusal(actor(caller), receivers(targets));
  if (refused) return refused;
  let last: Sending = new Failure("bad-request", "to: names nobody");
  for (const to of targets) {
    last = give(services, caller, to, input.text);
    if (!(last instanceof Failure)) services.intake.count(actor(caller), receivers([to]));
  }
  return last;
}

/** Sends with a client's own id: a repeat sends nothing twice. */
export function post(services: Services, caller: Caller, input: Input<"post">): Sending {
  const { messages } = services.model;
  const { "client-id": clientId, to, text } = input;
  const me = actor(caller);
  const before = messages.posted(me, clientId);
  if (before && !isAgain(services, me, before, to)) return OTHER_RECEIVER;
  if (before) return answeredAgain(services, me, clientId, sent(services, before));
  const target = receiverTarget(services, caller, to);
  if (target instanceof Failure) return target;
  const refused = services.intake.refusal(me, 1);
  if (refused) return refused;
  const done = dispatch(services, me, target, text);
  if (done instanceof Failure) return done;
  services.intake.count(me, 1);
  messages.remember(me, clientId, done.posted);
  return answered(services, done, sent(services, done.posted), [clientId]);
}

/** Answers a message in its conversation. */
export function reply(services: Services, caller: Caller, { id, text }: Input<"reply">): Answering {
  const message = messageFor(services, actor(caller), id);
  if (!message) return new Failure("message-not-found");
  return sendTo(services, caller, targetOf(services, actor(caller), message), text, message);
}

/** Answers with a client's own id: a repeat sends nothing twice. */
export function postReply(services: Services, caller: Caller, input: Input<"postReply">): Answering {
  const { messages } = services.model;
  const { "client-id": clientId, id, text } = input;
  const me = actor(caller);
  const before = messages.posted(me, clientId);
  if (before) {
    // The message that was answered may have been deleted since.
    const message = visible(services, me, id);
    if (!message || !isIn(before, message)) return OTHER_RECEIVER;
    return answeredAgain(services, me, clientId, sent(services, before));
  }
  const message = messageFor(services, me, id);
  if (!message) return new Failure("message-not-found");
  const target = targetOf(services, me, message);
  if (target instanceof Failure) return target;
  const refused = services.intake.refusal(me, 1);
  if (refused) return refused;
  const done = dispatch(services, me, target, text, undefined, message);
  if (done instanceof Failure) return done;
  services.intake.count(me, 1);
  messages.remember(me, clientId, done.posted);
  return answered(services, done, sent(services, done.posted), [clientId]);
}

/** The target of an answer to a message that a user has read. */
function targetOf(services: Services, me: User, { conversation }: StoredMessage): Result<Target, NotTaken> {
  const { of } = conversation;
  if ("members" in of) return sendable(services, me, of);
  const blocked = blockedIn(services, me, conversation);
  if (blocked) return blocked;
  const other = of.a === me ? of.b : of.a;
  if (isUser(other)) return services.model.users.isHere(other) ? other : new Failure("user-not-found");
  const at = other.realm === undefined ? undefined : services.model.realms.find(other.realm);
  return at ? { at, users: [other.name] } : new Failure("user-not-found");
}

/** Whether an earlier post went to the conversation of a message. */
function isIn(before: StoredMessage | Posted, { conversation }: StoredMessage): boolean {
  if ("seq" in before) return before.conversation === conversation;
  return "members" in conversation.of && conversation.of.key === before.group;
}

const OTHER_RECEIVER = new Failure("bad-request", "client-id: it was used for another receiver");

/**
 * Whether an earlier post went to the user or group that `to` names, however it is spelt; also if the sender has left the group.
 */
function isAgain(services: Services, me: User, before: StoredMessage | Posted, to: string): boolean {
  const address = parseAddress(to.replace(/^#/, ""));
  const group = to.startsWith("#");
  if (!("seq" in before)) return before.group === undefined || (group && isGroup(services, me, before.group, address));
  const { of } = before.conversation;
  if ("members" in of) return group && isGroup(services, me, of.key, address);
  return !group && (of.a === me ? of.b : of.a) === partyNamed(services, address);
}

/** Whether an address means the group with this key, whether the sender is a member or not. */
function isGroup(services: Services, me: User, key: string, address: Address): boolean {
  const { name, realm } = address;
  const known = groupNamed(services, me, address);
  if (known) return known.key === key;
  if (!isLocal(services, realm)) return key === keyAt(name, (realm as string).toLowerCase());
  // A member may leave out the realm, and this sender may have been one when posting.
  return key === name.toLowerCase() || (realm === undefined && key.startsWith(keyAt(name, "")));
}

function sendTo(
  services: Services,
  caller: Caller,
  to: Result<Target, NotTaken>,
  text: string,
  reply?: StoredMessage,
): Sending {
  if (to instanceof Failure) return to;
  const refused = services.intake.refusal(actor(caller), 1);
  if (refused) return refused;
  const done = give(services, caller, to, text, reply);
  if (!(done instanceof Failure)) services.intake.count(actor(caller), 1);
  return done;
}

function give(services: Services, caller: Caller, to: Target, text: string, reply?: StoredMessage): Sending {
  if (isLocalOnly(to)) return sent(services, deliver(services, actor(caller), to, text, undefined, undefined, reply));
  const done = dispatch(services, actor(caller), to, text, undefined, reply);
  return done instanceof Failure ? done : answered(services, done, sent(services, done.posted));
}
