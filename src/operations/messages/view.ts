/** Makes the contract's messages from those of the state. */

import { formatAddress } from "../../contract/names.ts";
import type { Altering, Message, Sent } from "../../contract/shapes.ts";
import type { Posted } from "../../state/changes.ts";
import type { Alterations, Alters, Conversation, Group, Party, StoredMessage } from "../../state/entities.ts";
import { maySee } from "../groups/reach.ts";
import { asSeenBy } from "../reach.ts";
import { fileInfo, groupName, person, type Services } from "../services/context.ts";
import { messageId, messageTime } from "./ids.ts";

/** How far, in ms, the clock of another realm may be ahead. */
const CLOCKS_APART_MS = 24 * 3600_000;

/** A message as the contract has it. @param reader who it is for; undefined: all members of its group who may see what it answers */
export function messageView(services: Services, message: StoredMessage, reader: Party | undefined): Message {
  const m = reader ? asSeenBy(services.model, message, reader) : message;
  const { of } = m.conversation;
  const group = "members" in of;
  const view: Message = {
    id: messageId(m, services.model.messages.salt),
    from: person(services, m.sender),
    to: group ? undefined : person(services, m.sender === of.a ? of.b : of.a),
    group: group ? groupName(services, of) : undefined,
    text: m.text,
    time: m.time,
    file: m.file && fileInfo(m.file),
    origin: m.origin,
    sent: m.origin === undefined ? undefined : sentAt(services, m.origin),
  };
  // Most messages have none of this, and spreading into a literal takes several times as long.
  if (m.reply === 0 && !m.altered) return view;
  return {
    ...view,
    ...(m.reply > 0 && answeredBy(services, m, reader)),
    ...(m.altered && becomeOf(services, m.altered)),
  };
}

/** Characters of a message that are quoted in the answers to it. */
const QUOTED = 100;

function answeredBy(
  services: Services,
  { reply }: StoredMessage,
  reader: Party | undefined,
): Pick<Message, "reply"> | undefined {
  const { model } = services;
  const answered = model.messages.get(reply);
  if (!answered) return undefined;
  const to = reader ? asSeenBy(model, answered, reader) : answered;
  const id = messageId(to, services.model.messages.salt);
  const isSeen = reader ? maySee(services, to, reader) : "members" in to.conversation.of;
  if (!isSeen) return { reply: { id, from: person(services, to.sender), text: "" } };
  // A character has at most two UTF-16 units.
  const text = Array.from(to.text.slice(0, 2 * QUOTED))
    .slice(0, QUOTED)
    .join("");
  return { reply: { id, from: person(services, to.sender), text } };
}

function becomeOf(services: Services, { edited, deleted, reactions }: Alterations): Partial<Message> {
  const told = [...reactions].map(
    ([emoji, by]) => [emoji, [...by.keys()].map((party) => person(services, party))] as const,
  );
  return {
    ...(edited && { edited: edited.time }),
    ...(deleted && { deleted }),
    ...(told.length > 0 && { reactions: new Map(told) }),
  };
}

/** An alteration, as the contract has it. @param row the alteration, as a row of the conversation. @param reader as of `messageView` */
export function alteringView(
  services: Services,
  { what }: Alters,
  row: StoredMessage,
  message: StoredMessage,
  reader: Party | undefined,
): Altering {
  const { id, from, to, group, text, origin } = messageView(services, message, reader);
  const { salt } = services.model.messages;
  const isReaction = what === "reacted" || what === "unreacted";
  return {
    ...{
      what,
      id,
      from,
      to,
      group,
      origin,
      alteration: messageId(row, salt),
      by: person(services, row.sender),
      time: row.time,
    },
    // A message that was edited again since has its newest text here.
    ...(what === "edited" && { text }),
    ...(isReaction && row.text !== "" && { emoji: row.text }),
  };
}

/** The time in an id of another realm; undefined if it is no UUID version 7, or if the time is too far ahead. */
function sentAt({ world }: Services, origin: string): number | undefined {
  const time = messageTime(origin);
  return time <= world.now() + CLOCKS_APART_MS ? time : undefined;
}

/** The reply to the sender of a message. */
export function sent({ model }: Services, posted: StoredMessage | Posted): Sent {
  const id = "seq" in posted ? messageId(posted, model.messages.salt) : posted.id;
  return { id, time: posted.time };
}

/** `name` or `name@realm` of a user, `#name` or `#name@realm` of a group. */
export function placeName(services: Services, place: Party | Group): string {
  return "members" in place ? `#${groupName(services, place)}` : formatAddress(person(services, place));
}

/** The other party of a conversation, or its group. */
export function placeOf({ of }: Conversation, me: Party): Party | Group {
  if ("members" in of) return of;
  return of.a === me ? of.b : of.a;
}
