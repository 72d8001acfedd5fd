/** Replies keep the order of their requests, also when some are known later or their turn comes to nothing. */
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import { Output } from "../../src/server/output.ts";
import { OutputBudget } from "../../src/server/output-budget.ts";
import { Told } from "../../src/server/told.ts";
import type { Speaker } from "../../src/state/participants.ts";
import type { Turn } from "../../src/state/turn.ts";
import { machine } from "../../src/world/world.ts";
import { contentOf as bytes } from "../support/content.ts";
import { until } from "../support/until.ts";

/** An output whose turns end as told, and what it has written. */
function house(): {
  output: Output;
  speak(): void;
  fail(): void;
  written(): string;
  rooms(): number;
  readonly budget: OutputBudget;
  /** Bytes that are counted. */
  held(): number;
  /** The reader is gone. */
  leave(): void;
} {
  let text = "";
  let rooms = 0;
  const budget = new OutputBudget(() => 1_000_000, machine);
  let speakers: Speaker[] = [];
  const socket = {
    writableLength: 0,
    destroyed: false,
    on: () => {},
    setTimeout: () => {},
    write(part: string | Uint8Array, then?: (error?: Error) => void) {
      if (!socket.destroyed) text += String(part);
      then?.(socket.destroyed ? new Error("gone") : undefined);
    },
  };
  const turn = {
    join: (speaker: Speaker) => void speakers.push(speaker),
    schedule: () => {},
    enter: (work: () => void) => work(),
  };
  const output = new Output(socket as unknown as Socket, {
    turn: turn as unknown as Turn,
    world: machine,
    budget,
    nothing: Told.nothing(),
    maxOutput: 1000,
    onSpeak: () => {},
    onRestore: () => {},
    onRetract: () => "refused ",
    onLost: () => false,
    onRoom: () => void rooms++,
    onTooSlow: () => {},
    stallTimeout: 1000,
    onBroken: () => {},
  });
  const end = (how: (speaker: Speaker) => void): void => {
    const all = speakers;
    speakers = [];
    all.forEach(how);
  };
  return {
    output,
    speak: () => end((speaker) => speaker.speak()),
    fail: () =>
      end((speaker) => {
        speaker.restore();
        speaker.retract(false);
      }),
    written: () => text.replaceAll(/\{"event":"typing","data":\{"with":"([^"]*)"[^}]*\}\}\r\n\r\n/g, "$1 "),
    rooms: () => rooms,
    budget,
    held: () => budget.held,
    leave() {
      socket.destroyed = true;
    },
  };
}

/** One that is written as `text ` below. */
const event = (text: string): Event => ({ kind: "typing", with: text, user: "x" });

/** Until what is going out is out. */
async function streamed(content: { readonly closed: boolean[] }): Promise<void> {
  while (content.closed.length === 0) await nextTurn();
}

/** More than may be said whatever room there is. */
const LONG = `${"x".repeat(500_000)} `;

test("a large reply leaves in its order, and counts until it has left; who waits for it is told then", async () => {
  const { output, speak, written, held } = house();
  const told: string[] = [];
  output.reply("1 ");
  output.whenSpoken({ spoken: (spoken) => told.push(`${spoken} after ${written().length}`) });
  expect(output.admit(LONG, undefined)).toBe(true);
  output.reply(LONG);
  output.tell(event("event"), false);
  expect([output.full, held()]).toEqual([true, LONG.length]);
  speak();
  output.tell(event("later"), false);
  speak();
  expect(told).toEqual([]);
  await until("it has left", () => told.length > 0);
  expect(told).toEqual([`true after ${LONG.length + 2}`]);
  expect([written() === `1 ${LONG}event later `, output.full, held()]).toEqual([true, false, 0]);
});

test("a large reply waits for one before it that is not known yet", async () => {
  const { output, speak, written, held } = house();
  const first = output.reserve();
  output.admit(LONG, undefined);
  output.reply(LONG);
  speak();
  expect([written(), output.full]).toEqual(["", true]);
  output.fill(first, "1 ");
  speak();
  await until("it has left", () => held() === 0);
  expect(written() === `1 ${LONG}`).toBe(true);
});

test("a large reply of a turn that comes to nothing is refused, and holds nothing", () => {
  const { output, fail, written, held } = house();
  const told: boolean[] = [];
  output.whenSpoken({ spoken: (spoken) => told.push(spoken) });
  output.admit(LONG, undefined);
  output.reply(LONG);
  fail();
  expect([written(), told, held(), output.full]).toEqual(["refused ", [false], 0, false]);
});

test("a large reply whose reader leaves holds nothing, and was not spoken", async () => {
  for (const when of ["before", "while"]) {
    const { output, speak, held, leave } = house();
    const told: boolean[] = [];
    output.whenSpoken({ spoken: (spoken) => told.push(spoken) });
    output.admit(LONG, undefined);
    output.reply(LONG);
    if (when === "while") speak();
    leave();
    output.abandon();
    await until("it is known", () => told.length > 0);
    expect([told, held()]).toEqual([[false], 0]);
  }
});

test("a large reply for which there is no room is not said; there is room once another has left", async () => {
  const { output, written, rooms, budget } = house();
  const other = budget.open({ onRoom: () => {}, onTooSlow: () => {} });
  other.take(800_000);
  expect(output.admit("small", undefined)).toBe(true);
  expect(output.admit(LONG, undefined)).toBe(false);
  output.breakPromises();
  expect([output.full, output.transferring, rooms(), written()]).toEqual([true, true, 0, ""]);
  other.free();
  await until("there is room", () => rooms() > 0);
  expect([output.full, output.admit(LONG, undefined), budget.held]).toEqual([false, true, LONG.length]);
  // What it was made again as may be something else.
  expect([output.admit("refusal", undefined), budget.held]).toEqual([true, 0]);
});

test("raw bytes follow their reply at once; what is told meanwhile comes after them", async () => {
  const { output, speak, written, rooms } = house();
  const content = bytes("a", "b", "c");
  output.reply("1 ");
  output.reply("2 ", content);
  output.tell(event("event"), false);
  expect(output.full).toBe(true);
  speak();
  output.tell(event("later"), false);
  speak();
  await streamed(content);
  expect([written(), content.closed, output.full]).toEqual(["1 2 abcevent later ", [true], false]);
  expect(rooms()).toBeGreaterThan(0);
});

test("raw bytes wait with their reply for one before it that is not known yet", async () => {
  const { output, speak, written } = house();
  const first = output.reserve();
  const content = bytes("abc");
  output.reply("2 ", content);
  speak();
  expect([written(), output.full]).toEqual(["", true]);
  output.fill(first, "1 ");
  speak();
  await streamed(content);
  expect(written()).toBe("1 2 abc");
});

test("raw bytes of a turn that comes to nothing do not come, and there is room again", async () => {
  const { output, fail, written, rooms } = house();
  const content = bytes("abc");
  output.reply("1 ", content);
  fail();
  await nextTurn();
  expect([written(), content.closed, output.full, rooms()]).toEqual(["refused ", [false], false, 1]);
});

test("raw bytes whose turn has held come also when their reply is said in one that comes to nothing", async () => {
  const { output, speak, fail, written } = house();
  const first = output.reserve();
  const content = bytes("abc");
  output.reply("2 ", content);
  speak();
  output.fill(first, "1 ");
  fail();
  await streamed(content);
  expect([written(), content.closed]).toEqual(["1 2 abc", [true]]);
});

test("raw bytes for a reader who is gone are closed: before their reply, after it, and while they go out", async () => {
  const gone = house();
  const [before, after, during] = [bytes("a"), bytes("a"), bytes("a", "b")];
  gone.leave();
  gone.output.reply("1 ", before);
  gone.speak();
  expect(before.closed).toEqual([false]);
  const going = house();
  going.output.reply("1 ", after);
  going.leave();
  going.output.abandon();
  expect(after.closed).toEqual([false]);
  const there = house();
  there.output.reply("1 ", during);
  there.speak();
  there.leave();
  there.output.abandon();
  await streamed(during);
  expect(during.closed).toHaveLength(1);
});

test("replies behind one that is not known yet wait for it", () => {
  const { output, speak, written } = house();
  output.reply("1 ");
  const second = output.reserve();
  output.reply("3 ");
  const fourth = output.reserve();
  output.reply("5 ");
  speak();
  expect([written(), output.awaiting]).toEqual(["1 ", true]);
  output.fill(fourth, "4 ");
  speak();
  expect(written()).toBe("1 ");
  output.fill(second, "2 ");
  speak();
  expect([written(), output.awaiting]).toEqual(["1 2 3 4 5 ", false]);
  output.reply("6 ");
  speak();
  expect(written()).toBe("1 2 3 4 5 6 ");
});

test("what follows from no change is told also if the turn comes to nothing", async () => {
  const { output, speak, fail, written } = house();
  output.reply("1 ");
  output.tell(event("event"), false);
  output.tell(event("lasting"), true);
  fail();
  expect(written()).toBe("lasting refused ");
  const content = bytes("a");
  output.tell(event("before"), true);
  output.reply("2 ", content);
  output.tell(event("after"), true);
  speak();
  await streamed(content);
  expect(written()).toBe("lasting refused before after 2 a");
});

test("who closes after a reply that was known only when its turn failed is closed after it is said", () => {
  const { output, speak, fail, written } = house();
  const slot = output.reserve();
  speak();
  output.reply("2 ");
  let closed = "";
  output.close(() => {
    closed = written();
  });
  output.fill(slot, "1 ");
  fail();
  speak();
  expect([written(), closed]).toEqual(["1 refused ", "1 refused "]);
});

test("events do not wait", () => {
  const { output, speak, written } = house();
  output.reserve();
  output.tell(event("event"), false);
  speak();
  expect(written()).toBe("event ");
});

test("a turn that comes to nothing refuses its own replies, and those before it stay as they are", () => {
  const { output, speak, fail, written } = house();
  const first = output.reserve();
  output.reply("2 ");
  speak();
  const third = output.reserve();
  output.reply("4 ");
  fail();
  expect(written()).toBe("");
  output.fill(third, "3 ");
  output.fill(first, "1 ");
  speak();
  expect(written()).toBe("1 2 refused refused ");
});

test("a reply to what an earlier turn has kept is said, also when this turn comes to nothing", () => {
  const { output, speak, fail, written } = house();
  const first = output.reserve();
  const second = output.reserve();
  speak();
  output.fill(first, "1 ");
  output.reply("3 ");
  fail();
  output.fill(second, "2 ");
  speak();
  expect(written()).toBe("1 2 refused ");
});

test("who waits for a reply to be spoken is told when it is, not when a later request is answered", () => {
  const { output, speak, fail } = house();
  const told: [string, boolean][] = [];
  const first = output.reserve();
  output.whenSpoken({ spoken: (spoken) => told.push(["second", spoken]) });
  output.reply("2 ");
  speak();
  expect(told).toEqual([]);
  output.whenSpoken({ spoken: (spoken) => told.push(["third", spoken]) });
  output.reply("3 ");
  fail();
  expect(told).toEqual([["third", false]]);
  output.fill(first, "1 ");
  speak();
  expect(told).toEqual([
    ["third", false],
    ["second", true],
  ]);
});

test("an output that waits for too many replies is full, and has room again when they have come", async () => {
  const { output, speak, rooms } = house();
  const slots = Array.from({ length: 2048 }, () => output.reserve());
  speak();
  expect(output.full).toBe(true);
  for (const slot of slots) output.fill(slot, "x");
  speak();
  expect(output.full).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(rooms()).toBeGreaterThan(0);
});

test("replies that wait behind one are counted: an output that holds too much of them is full", () => {
  const { output, speak } = house();
  const slot = output.reserve();
  output.reply("x".repeat(300 * 1024));
  speak();
  expect(output.full).toBe(true);
  output.fill(slot, "1 ");
  speak();
});

test("a close waits for the replies that are not known yet", async () => {
  const { output, speak, written } = house();
  const slot = output.reserve();
  speak();
  let closed = false;
  output.close(() => {
    closed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toBe(false);
  output.fill(slot, "1 ");
  speak();
  await new Promise((resolve) => setImmediate(resolve));
  expect([closed, written()]).toEqual([true, "1 "]);
});
