/**
 * Message ids: UUID version 7 whose counter is the message's number in the store (RFC 9562, section 6.2, method 1). So an id
 * leads to its message without an index, and is not stored.
 */
import { parse, v7 as uuidv7, validate } from "uuid";
import type { Conversation, StoredMessage, User } from "../../state/entities.ts";
import type { State } from "../../state/state.ts";

/** The counter of uuid's version 7 has 32 bits; the number's higher 16 stand in the two bytes of `random` behind it. */
const COUNTER = 2 ** 32;
const HIGH = 11;

/** The counter's lowest six bits are the upper ones of byte 10, whose two digits stand at this place of an id. */
const BLOCK = 64;
const DIGITS = 24;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The latest block of numbers that got ids: ids of one block and one millisecond differ in two digits only. */
const last = { salt: undefined as Uint8Array | undefined, time: -1, block: -1, before: "", after: "", low: 0 };

/** The latest id: that of a message is asked for at least twice, for its sender and for its receiver. */
const latest = { salt: undefined as Uint8Array | undefined, time: -1, seq: -1, id: "" };

/** The id of a message. @param salt the state's own */
export function messageId({ seq, time }: StoredMessage, salt: Uint8Array): string {
  if (seq === latest.seq && time === latest.time && salt === latest.salt) return latest.id;
  const block = Math.floor(seq / BLOCK);
  if (time !== last.time || block !== last.block || salt !== last.salt) {
    const high = Math.floor(seq / COUNTER);
    const random = Uint8Array.from(salt);
    random[HIGH] = high >>> 8;
    random[HIGH + 1] = high & 0xff;
    const id = uuidv7({ msecs: time, seq: seq % COUNTER, random });
    const before = id.slice(0, DIGITS);
    Object.assign(last, { salt, time, block, before, after: id.slice(DIGITS + 2), low: (salt[10] as number) & 3 });
  }
  latest.salt = salt;
  latest.time = time;
  latest.seq = seq;
  latest.id = last.before + HEX[((seq % BLOCK) << 2) | last.low] + last.after;
  return latest.id;
}

/** The time in an id of any server, in ms since 1970; NaN if it is no UUID version 7. */
export function messageTime(id: string): number {
  return id[14] === "7" ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : Number.NaN;
}

/** The id by which all realms know a message: that of its sender's realm. */
export function globalId({ messages }: State, message: StoredMessage): string {
  return message.origin ?? messageId(message, messages.salt);
}

/** The message of a conversation that all realms know by this id. */
export function messageKnownAs(model: State, conversation: Conversation, id: string): StoredMessage | undefined {
  const own = messageOf(model, id);
  if (own) return own.conversation === conversation && own.origin === undefined ? own : undefined;
  return model.messages.byOrigin(conversation, id);
}

/** What a user has posted to a group of another realm, by the id that was answered then: once it has come back from there. */
export function postedElsewhere({ groups, messages }: State, user: User, id: string): StoredMessage | undefined {
  if (!validate(id)) return undefined;
  for (const group of groups.of(user)) {
    const conversation = group.realm === undefined ? undefined : messages.peekGroup(group);
    const message = conversation && messages.byOrigin(conversation, id);
    // Another's message that the same id was given to is not meant.
    if (message?.sender === user) return message;
  }
  return undefined;
}

/** The message that another answers. @param id as all realms know it. @returns undefined if it is not here */
export function answeredIn(
  model: State,
  conversation: Conversation | undefined,
  id: string | undefined,
): StoredMessage | undefined {
  const message = conversation && id !== undefined ? messageKnownAs(model, conversation, id) : undefined;
  return message?.alters ? undefined : message;
}

/** The message, or alteration, of an id; undefined if this state never gave that id, or no longer has the row. */
export function messageOf({ messages }: State, id: string): StoredMessage | undefined {
  if (!validate(id)) return undefined;
  const b = parse(id) as Uint8Array & Record<number, number>;
  const at = (i: number): number => b[i] as number;
  const low = (at(6) & 0x0f) * 2 ** 28 + at(7) * 2 ** 20 + (at(8) & 0x3f) * 2 ** 14 + at(9) * 2 ** 6 + (at(10) >>> 2);
  const seq = (at(HIGH) * 256 + at(HIGH + 1)) * COUNTER + low;
  const message = messages.get(seq);
  return message && messageId(message, messages.salt) === id ? message : undefined;
}
