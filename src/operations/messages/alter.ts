/** The operations that alter a message: edits, deletion, reactions, pins. */

import type { Input } from "../../contract/operations.ts";
import type { Refusal, ResultOf } from "../../contract/refusals.ts";
import { Failure, type Later, type Result } from "../../contract/result.ts";
import type { Alteration, Altered } from "../../contract/shapes.ts";
import type { Group, Party, StoredMessage, User } from "../../state/entities.ts";
import { groupFor } from "../groups/find.ts";
import { maySee } from "../groups/reach.ts";
import { mayAlter } from "../may.ts";
import { altering, enqueue, itsName, refusedFor, sealed, tooLong } from "../outbox.ts";
import { blockedIn } from "../people/parties.ts";
import { actor, type Caller, person, type Services } from "../services/context.ts";
import { altered, hindrance, sealedText, type Wanted } from "./alterations.ts";
import { answered } from "./dispatch.ts";
import { globalId, messageId } from "./ids.ts";
import { messageFor } from "./inbox.ts";
import { messageView } from "./view.ts";

type Refused = "message-not-found" | "forbidden";
type Altering = Result<Altered, AlterRefused> | Later<Altered, AlterRefused>;
type AlterRefused = Refusal<"editMessage">;

export function editMessage(services: Services, caller: Caller, { id, text }: Input<"editMessage">): Altering {
  return alterBy(services, caller, id, { what: "edited", text });
}

/** A file that was sent with the message is withdrawn. */
export function deleteMessage(services: Services, caller: Caller, { id }: Input<"deleteMessage">): Altering {
  return alterBy(services, caller, id, { what: "deleted", text: "" });
}

export function react(services: Services, caller: Caller, { id, emoji }: Input<"react">): Altering {
  return alterBy(services, caller, id, { what: "reacted", text: emoji });
}

export function unreact(services: Services, caller: Caller, { id, emoji = "" }: Input<"unreact">): Altering {
  return alterBy(services, caller, id, { what: "unreacted", text: emoji });
}

export function pin(services: Services, caller: Caller, { id }: Input<"pin">): Altering {
  return alterBy(services, caller, id, { what: "pinned", text: "" });
}

export function unpin(services: Services, caller: Caller, { id }: Input<"unpin">): Altering {
  return alterBy(services, caller, id, { what: "unpinned", text: "" });
}

/** All versions of a message, the first one first: for its sender, and for the moderators of its group. */
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
  const seen = found.filter((message) => maySee(services, message, actor(caller)));
  return {
    reader: person(services, actor(caller)),
    messages: seen.map((message) => messageView(services, message, actor(caller))),
  };
}

/** The message of an id, if the caller may alter it so; else why not. */
function alterable(
  services: Services,
  caller: Caller,
  id: string,
  what: Alteration | "see-versions",
): Result<StoredMessage, Refused> {
  const me = actor(caller);
  const message = messageFor(services, me, id);
  if (!message) return new Failure("message-not-found");
  // An edit or a reaction would also speak to somebody whom the user has blocked.
  const blocked = what === "edited" || what === "reacted" ? blockedIn(services, me, message.conversation) : undefined;
  if (blocked) return blocked;
  const allowed = mayAlter(me, what, message);
  // One who is no member does not see the message, and has been told so above.
  return allowed === true ? message : new Failure("forbidden", allowed.detail);
}

function alterBy(services: Services, caller: Caller, id: string, wanted: Wanted): Altering {
  const me = actor(caller);
  const message = alterable(services, caller, id, wanted.what);
  if (message instanceof Failure) return message;
  const hindered = hindrance(services, message, me, wanted);
  if (hindered === "it is so") return { id };
  if (hindered) return hindered;
  // A deletion makes room, so it is not refused for lack of it.
  if (wanted.what === "deleted") return alteredWhere(services, me, message, wanted);
  const full = services.intake.refusal(me, 1);
  if (full) return full;
  const done = alteredWhere(services, me, message, wanted);
  if (!(done instanceof Failure)) services.intake.count(me, 1);
  return done;
}

/** Alters a message as a user, without asking whether the user may. */
export function alterAs(services: Services, me: User, message: StoredMessage, wanted: Wanted): Altering {
  const hindered = hindrance(services, message, me, wanted);
  if (hindered === "it is so") return { id: messageId(message, services.model.messages.salt) };
  return hindered ?? alteredWhere(services, me, message, wanted);
}

/** Alters here, or lets the home of the group do it. */
function alteredWhere(services: Services, me: User, message: StoredMessage, wanted: Wanted): Altering {
  const { of } = message.conversation;
  if ("members" in of)
    return of.realm === undefined
      ? alterHere(services, me, message, wanted)
      : alterAt(services, me, of, message, wanted);
  const other = of.a === me ? of.b : of.a;
  return other.realm === undefined
    ? alterHere(services, me, message, wanted)
    : alterWith(services, me, other, message, wanted);
}

function alterHere(services: Services, me: User, message: StoredMessage, wanted: Wanted): Altered {
  const { salt } = services.model.messages;
  const row = altered(services, message, me, wanted);
  return { id: messageId(message, salt), alteration: messageId(row, salt) };
}

/**
 * In a conversation with a user of another realm each side alters its own messages and sets its own reactions, here and there.
 */
function alterWith(services: Services, me: User, other: Party, message: StoredMessage, wanted: Wanted): Altering {
  const at = services.model.realms.find(other.realm as string);
  const tells = at !== undefined && !at.ended && !services.neighbours.of(at).isOlder;
  const refused = (tells ? refusedFor(services, at) : undefined) ?? tooLong(wanted.text);
  if (refused) return refused;
  const done = alterHere(services, me, message, wanted);
  if (tells) {
    const about = { id: globalId(services.model, message), time: services.now(), ...wanted };
    enqueue(services, at, {
      kind: "alter",
      to: other.name,
      from: altering(services, me),
      alteration: done.alteration as string,
      ...about,
    });
  }
  return done;
}

/** Sends the alteration to the home of the group, from where it comes back as those of other members do: nothing is altered here now. */
function alterAt(services: Services, me: User, group: Group, message: StoredMessage, wanted: Wanted): Altering {
  const { model, neighbours, presence } = services;
  const at = model.realms.find(group.realm as string);
  if (!at) return new Failure("realm-not-found", group.realm);
  if (neighbours.of(at).isOlder) return new Failure("forbidden", `${at.name} is an older server`);
  const refused = refusedFor(services, at) ?? tooLong(wanted.text);
  if (refused) return refused;
  const id = globalId(model, message);
  // As the time of a post: see `toGroupAt` in dispatch.ts.
  const time = Math.floor(model.outbox.next(at.key, services.now()) / 1000);
  const named = itsName(group);
  const post = { group: named.gid ?? named.group, realm: at.key, time, text: sealedText(id, wanted) };
  const alteration = sealed(services, me, post);
  const item = enqueue(services, at, {
    kind: "alter",
    ...named,
    from: altering(services, me),
    id,
    alteration,
    time,
    ...wanted,
  });
  presence.asking.willComeBack(alteration);
  return answered(
    services,
    { posted: message, sender: me, elsewhere: { realm: at, item } },
    { id: messageId(message, model.messages.salt) },
  );
}
