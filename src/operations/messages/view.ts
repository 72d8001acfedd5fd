/** Messages as the contract has them, from those of the state. */

import type { Message, Sent } from "../../contract/shapes.ts";
import type { Posted } from "../../state/changes.ts";
import type { StoredMessage } from "../../state/entities.ts";
import { fileInfo, groupName, person, type Services } from "../services/context.ts";
import { messageId, messageTime } from "./ids.ts";

/** How far, in ms, the clock of another realm may be ahead. */
const CLOCKS_APART_MS = 24 * 3600_000;

/** A message as it is told. */
export function messageView(services: Services, m: StoredMessage): Message {
  const { of } = m.conversation;
  const group = "members" in of;
  return {
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
}

/** The time in an id of another realm; undefined if it is no UUID version 7, or if the time is too far ahead. */
function sentAt({ world }: Services, origin: string): number | undefined {
  const time = messageTime(origin);
  return time <= world.now() + CLOCKS_APART_MS ? time : undefined;
}

/** What its sender is told of a message that was sent. */
export function sent({ model }: Services, posted: StoredMessage | Posted): Sent {
  const id = "seq" in posted ? messageId(posted, model.messages.salt) : posted.id;
  return { id, time: posted.time };
}
