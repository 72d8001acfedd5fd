/** What a connection is told in a turn leaves in the order in which it was told, however it is put together. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import { eventFrame } from "../../src/protocol/events.ts";
import { Speech } from "../../src/server/speech.ts";
import { Told } from "../../src/server/told.ts";
import { message } from "../protocol/outputs.ts";

/** Something that is said: an event for many, for this user alone, one that no change has caused, or a reply. */
const said = fc.oneof(
  fc.constant<Event>({ kind: "typing", with: "budi", user: "budi" }).map((event) => ({ is: "event", event }) as const),
  message.map((m) => ({ is: "event", event: { kind: "message", message: m } as Event }) as const),
  fc.constant<Event>({ kind: "closing" }).map((event) => ({ is: "lasting", event }) as const),
  fc.nat(9).map((n) => ({ is: "reply", frame: `reply ${n}` }) as const),
);

test("events for many, events for one and replies leave in their order, behind what does not depend on the turn", () => {
  fc.assert(
    fc.property(fc.array(fc.array(said, { maxLength: 8 }), { minLength: 1, maxLength: 3 }), (turns) => {
      const speech = new Speech(Told.nothing());
      for (const turn of turns) {
        let [lasting, rest, replies] = ["", "", 0];
        for (const one of turn) {
          if (one.is === "reply") {
            speech.say(one.frame, [], false);
            rest += one.frame;
            replies++;
          } else {
            speech.tell(one.event, one.is === "lasting");
            if (one.is === "lasting") lasting += eventFrame(one.event);
            else rest += eventFrame(one.event);
          }
        }
        expect(speech.replies).toBe(replies);
        const { text, told } = speech.take();
        expect(text).toBe(lasting + rest);
        if (told) expect(told.text).toBe(text);
      }
    }),
  );
});
