/** What becomes of a message after it was said: edits, deletion, reactions, pins. */

import type { Input, Output } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Alteration } from "../../contract/shapes.ts";
import type { StoredMessage, User } from "../../state/entities.ts";
import { groupFor } from "../groups/find.ts";
import { mayAlter } from "../may.ts";
import { actor, type Caller, person, type Services } from "../services/context.ts";
import { takeBack } from "./deliver.ts";
import { messageId } from "./ids.ts";
import { messageFor } from "./inbox.ts";
import { messageView } from "./view.ts";

/** How often a message can be edited: all versions of it are kept. */
const MOST_EDITS = 1000;
/** Kinds of reactions that a message can have, and reactions in all: each reply that has the message names them. */
const MOST_EMOJI = 20;
const MOST_REACTIONS = 1000;
/** Messages that can be pinned in a group. */
const MOST_PINS = 100;

type Refused = "message-not-found" | "forbidden";

export function editMessage(services: Services, caller: Caller, input: Input<"editMessage">): ResultOf<"editMessage"> {
  const { id, text } = input;
  const message = alterable(services, caller, id, "edited");
  if (message instanceof Failure) return message;
  if (message.text === text) return { id };
  if (countUpTo(services.model.messages.edits(message), MOST_EDITS)) {
    return new Failure("too-many", `it was edited ${MOST_EDITS} times already`);
  }
  return alter(services, caller, message, "edited", text);
}

/** A file that was sent with the message is withdrawn. */
export function deleteMessage(
  services: Services,
  caller: Caller,
  { id }: Input<"deleteMessage">,
): ResultOf<"deleteMessage"> {
  const message = alterable(services, caller, id, "deleted");
  return message instanceof Failure ? message : alter(services, caller, message, "deleted");
}

export function react(services: Services, caller: Caller, { id, emoji }: Input<"react">): ResultOf<"react"> {
  const message = alterable(services, caller, id, "reacted");
  if (message instanceof Failure) return message;
  const reactions = message.altered?.reactions ?? new Map<string, readonly User[]>();
  const own = reactions.get(emoji);
  if (own?.includes(actor(caller))) return { id };
  if (!own && reactions.size >= MOST_EMOJI) return new Failure("too-many", `it has ${MOST_EMOJI} kinds of reactions`);
  const count = [...reactions.values()].reduce((sum, { length }) => sum + length, 0);
  if (count >= MOST_REACTIONS) return new Failure("too-many", `it has ${MOST_REACTIONS} reactions`);
  return alter(services, caller, message, "reacted", emoji);
}

export function unreact(services: Services, caller: Caller, { id, emoji }: Input<"unreact">): ResultOf<"unreact"> {
  const message = alterable(services, caller, id, "unreacted");
  if (message instanceof Failure) return message;
  const me = actor(caller);
  const own = [...(message.altered?.reactions ?? [])].filter(([, by]) => by.includes(me)).map(([one]) => one);
  const has = emoji === undefined ? own.length > 0 : own.includes(emoji);
  return has ? alter(services, caller, message, "unreacted", emoji) : { id };
}

export function pin(services: Services, caller: Caller, { id }: Input<"pin">): ResultOf<"pin"> {
  const message = alterable(services, caller, id, "pinned");
  if (message instanceof Failure) return message;
  const pinned = services.model.messages.pinsOf(message.conversation);
  if (pinned.has(message.seq)) return { id };
  if (pinned.size >= MOST_PINS) return new Failure("too-many", `${MOST_PINS} messages are pinned there`);
  return alter(services, caller, message, "pinned");
}

export function unpin(services: Services, caller: Caller, { id }: Input<"unpin">): ResultOf<"unpin"> {
  const message = alterable(services, caller, id, "unpinned");
  if (message instanceof Failure) return message;
  const { messages } = services.model;
  return messages.pinsOf(message.conversation).has(message.seq) ? alter(services, caller, message, "unpinned") : { id };
}

/** For who has sent it, and who moderates its group. */
export function versions(services: Services, caller: Caller, { id }: Input<"versions">): ResultOf<"versions"> {
  const message = alterable(services, caller, id, "see-versions");
  if (message instanceof Failure) return message;
  const edits = [...services.model.messages.edits(message)].toReversed();
  const first = { text: message.altered?.edited?.first ?? message.text, time: message.time };
  return { versions: [first, ...edits.map(({ text, time }) => ({ text, time }))] };
}

/** The pinned messages of a group, in the order they were said. */
export function pins(services: Services, caller: Caller, { group: address }: Input<"pins">): ResultOf<"pins"> {
  const { messages } = services.model;
  const group = groupFor(services, caller, address, "read");
  if (group instanceof Failure) return group;
  const pinned = [...messages.pinsOf(messages.groupConversation(group))].toSorted((a, b) => a - b);
  const found = pinned.map((seq) => messages.get(seq)).filter((message) => message !== undefined);
  return { reader: person(services, actor(caller)), messages: found.map((message) => messageView(services, message)) };
}

/** A message that the caller may do this to, or why not. */
function alterable(
  services: Services,
  caller: Caller,
  id: string,
  what: Alteration | "see-versions",
): Result<StoredMessage, Refused> {
  const me = actor(caller);
  const message = messageFor(services, me, id);
  if (!message) return new Failure("message-not-found");
  if (isElsewhere(message)) return new Failure("forbidden", "not yet in a conversation with another realm");
  const allowed = mayAlter(me, what, message);
  // Who is no member cannot see it, and was told so.
  return allowed === true ? message : new Failure("forbidden", allowed.detail);
}

/** Whether somebody of another realm is in the conversation. */
function isElsewhere({ conversation: { of } }: StoredMessage): boolean {
  if ("members" in of) return of.realm !== undefined || of.realms.size > 0;
  return of.a.realm !== undefined || of.b.realm !== undefined;
}

function alter(
  services: Services,
  caller: Caller,
  message: StoredMessage,
  what: Alteration,
  text?: string,
): Result<Output<"editMessage">, "quota" | "disk-full"> {
  const { messages } = services.model;
  // Where there is no room for messages, a deletion makes some.
  const refused = what === "deleted" ? undefined : services.intake.take(actor(caller), 1);
  if (refused) return refused;
  const row = messages.alter(message, actor(caller), services.now(), what, text);
  if (what === "deleted" && message.file) withdraw(services, message);
  return { id: messageId(message, messages.salt), alteration: messageId(row, messages.salt) };
}

/** Takes a file back from whom a message has given it. */
function withdraw(services: Services, { file, sender, conversation: { of } }: StoredMessage): void {
  const to = "members" in of ? of : of.a === sender ? of.b : of.a;
  if (file) takeBack(services, file, sender, true, new Set([to]));
}

/** Whether there are at least so many. */
function countUpTo(all: Iterable<unknown>, most: number): boolean {
  let count = 0;
  for (const _ of all) if (++count >= most) return true;
  return false;
}
