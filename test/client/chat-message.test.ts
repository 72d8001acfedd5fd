/** Messages as a server gives them, which can give anything. */
import { describe, expect, test } from "vitest";
import { conversationOf, messageOf } from "../../src/client/chat-message.ts";
import { replies } from "../../src/protocol/replies.ts";

const message = { id: "1", from: "bob", to: "alice", message: "halo", time: "2026-11-21T05:26:53.431Z" };

describe("a message", () => {
  test("is what has an id, a sender, a receiver, a text and a time; nothing else is one", () => {
    expect(messageOf(message)).toBe(message);
    for (const key of Object.keys(message)) {
      expect(messageOf({ ...message, [key]: undefined })).toBeUndefined();
      expect(messageOf({ ...message, [key]: 1 })).toBeUndefined();
    }
    for (const other of [undefined, null, 1, "text", [], [message], {}]) expect(messageOf(other)).toBeUndefined();
  });

  test("is none where what it may have is of another kind: group, sent, file", () => {
    const others = [
      ...[5, null, {}, ["kelas"]].map((group) => ({ group })),
      ...[7, null, {}].map((sent) => ({ sent })),
      ...["x", 1, null, [], {}, { id: "1", name: "a" }, { id: "1", name: 5, size: 1 }].map((file) => ({ file })),
    ];
    for (const other of others) expect([other, messageOf({ ...message, ...other })]).toEqual([other, undefined]);
    const whole = { ...message, group: "kelas", sent: message.time, file: { id: "1", name: "a", size: 5 } };
    expect(messageOf(whole)).toBe(whole);
  });

  test("in a list is found among what is none", () => {
    for (const data of [[], [null], [[message]]]) expect(replies.inbox.read({ data })?.data).toEqual([]);
    expect(replies.inbox.read({ data: [null, message, { ...message, group: 5 }] })?.data).toEqual([message]);
    for (const data of [undefined, null, "text", 5, {}]) expect(replies.inbox.read({ data })).toBeUndefined();
  });

  test("is of its group, or of the other of the two, whoever reads", () => {
    expect(conversationOf({ ...message, group: "kelas" }, "alice")).toBe("#kelas");
    expect(conversationOf({ ...message, group: "kelas@kampus" }, "bob")).toBe("#kelas@kampus");
    expect(conversationOf(message, "alice")).toBe("bob");
    expect(conversationOf(message, "BOB")).toBe("alice");
    expect(conversationOf(message, undefined)).toBe("bob");
    expect(conversationOf({ ...message, from: "alice" }, "alice")).toBe("alice");
  });
});
