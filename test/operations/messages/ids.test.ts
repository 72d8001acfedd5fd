import fc from "fast-check";
import { v4, v7, version } from "uuid";
import { describe, expect, test } from "vitest";
import { messageId, messageOf } from "../../../src/operations/messages/ids.ts";
import type { StoredMessage } from "../../../src/state/entities.ts";
import type { State } from "../../../src/state/state.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const salt = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
const otherSalt = Uint8Array.from({ length: 16 }, (_, i) => 255 - i);

const message = (seq: number, time = NOW): StoredMessage => ({ seq, time }) as StoredMessage;

/** A store that holds these messages. */
function holding(messages: readonly StoredMessage[], of = salt): State {
  const bySeq = new Map(messages.map((m) => [m.seq, m]));
  return { messages: { salt: of, get: (seq: number) => bySeq.get(seq) } } as unknown as State;
}

/** Numbers where a carry, a block of ids or a half of the number ends. */
const edges = [6, 8, 14, 26, 28, 32, 38, 40, 47].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]);
const numbers = [1, 2, 3, ...edges, 2 ** 48 - 1];
const anyNumber = fc.oneof(fc.constantFrom(...numbers), fc.integer({ min: 1, max: 2 ** 48 - 1 }));
const anyTime = fc.oneof(fc.constant(NOW), fc.integer({ min: 0, max: 2 ** 42 }));

describe("a message's id", () => {
  test.each(numbers)("of number %d is a UUID of version 7 that leads back to it", (seq) => {
    const m = message(seq);
    const id = messageId(m, salt);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(version(id)).toBe(7);
    expect(messageOf(holding([message(seq + 1), m]), id)).toBe(m);
  });

  test("tells when the message was accepted, to the millisecond", () => {
    const id = messageId(message(2 ** 32 + 5), salt);
    expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBe(NOW);
  });

  test("is the same whenever it is asked for, whatever was asked in between", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyNumber, anyTime, fc.constantFrom(salt, otherSalt)), { minLength: 2 }),
        (asked) => {
          const ids = asked.map(([seq, time, of]) => messageId(message(seq, time), of));
          for (const [i, [seq, time, of]] of asked.entries()) {
            expect(messageId(message(seq, time), Uint8Array.from(of))).toBe(ids[i]);
          }
          asked.forEach(([seq, time, of], i) => {
            const m = message(seq, time);
            expect(messageOf(holding([m], of), ids[i] as string)).toBe(m);
          });
        },
      ),
    );
  });

  test("belongs to no other message", () => {
    const ids = numbers.flatMap((seq) => [messageId(message(seq), salt), messageId(message(seq, NOW + 1), salt)]);
    expect(new Set(ids).size).toBe(new Set(numbers).size * 2);
  });

  test("sorts after those of earlier messages", () => {
    const ids = Array.from({ length: 300 }, (_, i) => messageId(message(i + 1, NOW + Math.floor(i / 100)), salt));
    expect(ids.toSorted()).toEqual(ids);
  });
});

describe("an id that this store never gave leads nowhere", () => {
  const stores = holding([message(1), message(2), message(2 ** 32 + 1)]);

  test.each([
    ["of a message it does not have", messageId(message(3), salt)],
    ["of another store's message of that number", messageId(message(1), otherSalt)],
    ["of that number at another time", messageId(message(1, NOW + 1), salt)],
    ["of a number that is the same but for its upper half", messageId(message(2 ** 33 + 1), salt)],
    ["of somebody else's making", v7({ msecs: NOW })],
    ["of another version", v4()],
    ["of zeros", "00000000-0000-0000-0000-000000000000"],
    ["of ones", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    ["that is none", "halo"],
    ["that is empty", ""],
  ])("%s", (_, id) => {
    expect(messageOf(stores, id)).toBeUndefined();
  });

  test("with any one digit changed", () => {
    const id = messageId(message(1), salt);
    const one = holding([message(1)]);
    for (let at = 0; at < id.length; at++) {
      if (id[at] === "-") continue;
      const digit = ((Number.parseInt(id[at] as string, 16) + 1) % 16).toString(16);
      expect(messageOf(one, id.slice(0, at) + digit + id.slice(at + 1))).toBeUndefined();
    }
  });
});
