/** What is said to somebody, over connections that come and go: each message once, in its order, and none is passed over. */
import { describe, expect, test, vi } from "vitest";
import { LinkError, RefusedRequest, type Reply, UnreadableReply } from "../../src/connection/errors.ts";
import { Follower, type FollowerOptions } from "../../src/connection/follower.ts";
import { readEvent } from "../../src/protocol/replies.ts";
import { connection, event, message, page } from "../support/told.ts";

/** Keeps what it is told: texts, `live` after those that were not fetched later. */
function following(options: Partial<FollowerOptions> = {}) {
  const told: string[] = [];
  const missed: string[] = [];
  const unread: string[][] = [];
  const follower = new Follower({
    onMessage: (one, live) => told.push(live ? `${one.message} live` : one.message),
    onEvent: ({ event: name }) => told.push(name),
    onMissed: (count, more) => missed.push(more ? `${count} and more` : String(count)),
    ...options,
  });
  return { follower, told, missed, unread };
}

/** The same, counting what is unread at the start. */
function counting() {
  const scene = following({
    onUnread: (all, more) => scene.unread.push([...all.map((one) => one.message), ...(more ? ["more"] : [])]),
  });
  return scene;
}

/** The conversation that was spoken in last, and in it this message. */
const last = (n: number): Reply => page([{ with: "bob", last: message(n), unread: 1 }]);

/** A server that keeps these messages, and says which came after another. */
function keeping(...all: readonly number[]) {
  return connection({
    chats: () => (all.length === 0 ? page([]) : last(all.at(-1) as number)),
    inbox: (text) => page(all.map((n) => message(n)).filter(({ id }) => id > (text.split(" ")[2] as string))),
  });
}

function lost(): never {
  throw new LinkError("lost");
}

/** Somebody who follows, and has seen message 1. */
async function begun(options: Partial<FollowerOptions> = {}) {
  const scene = following(options);
  await scene.follower.follow(keeping().call);
  scene.follower.handle(event(message(1)));
  scene.told.length = 0;
  return scene;
}

describe("who follows everything", () => {
  const sent = (n: number, more: object = {}): object => ({
    event: "sent",
    data: message(n, { from: "alice", ...more }),
  });
  const edited = (n: number, of: number): object => {
    const { from, to, time } = message(of);
    return {
      event: "edited",
      data: { id: message(of).id, alteration: message(n).id, from, to, by: from, time, message: "x" },
    };
  };

  test("is told what was said by oneself and what became of messages, in their order and once", async () => {
    const { follower, told, missed } = await begun({ everything: true });
    follower.known(message(3).id);
    follower.mark(message(77).id);
    const all = [
      sent(2),
      sent(3),
      { event: "message", data: message(4) },
      edited(5, 4),
      sent(6, { origin: message(77).id }),
    ];
    const { call, asked } = connection({ sync: () => page(all) });
    const following = follower.follow(call);
    follower.handle(readEvent("edited", (edited(5, 4) as { data: object }).data));
    await following;
    expect(asked).toEqual(["watch on", `sync since ${message(3).id}`]);
    expect([told, missed]).toEqual([["m4", "edited"], ["1"]]);
    follower.handle(readEvent("sent", (sent(7) as { data: object }).data));
    await follower.follow(connection({ sync: () => page([sent(7)]) }).call);
    expect(told).toEqual(["m4", "edited", "sent"]);
  });

  test("is told what others have said by a server that knows no more", async () => {
    const { follower, told } = await begun({ everything: true });
    const { call, asked } = connection({
      sync: () => {
        throw new RefusedRequest({ status: "ERROR", code: "unknown-request" });
      },
      inbox: () => page([message(2)]),
    });
    await follower.follow(call);
    expect([told, asked.length]).toEqual([["m2"], 3]);
  });
});

describe("the first connection", () => {
  test("tells what comes from now on, and nothing of what was said before", async () => {
    const { follower, told, missed } = following();
    const { call, asked } = keeping(1, 2, 3);
    await follower.follow(call);
    expect(asked).toEqual(["chats limit 1", "watch on", `inbox since ${message(3).id}`]);
    follower.handle(event(message(4)));
    expect([told, missed]).toEqual([["m4 live"], []]);
  });

  test("tells what is said between the questions", async () => {
    const { follower, told } = following();
    // Said after it was asked for the last message, and before it watches.
    await follower.follow(connection({ chats: () => last(3), inbox: () => page([message(4)]) }).call);
    expect(told).toEqual(["m4"]);
  });

  test("tells nothing of what came and was deleted before it was asked for, and what comes after it in its order", async () => {
    const { follower, told } = following({ since: message(1).id });
    const inbox = (): Reply => {
      for (const n of [2, 3, 4]) follower.handle(event(message(n)));
      return page([message(3)]);
    };
    await follower.follow(connection({ inbox }).call);
    expect(told).toEqual(["m3", "m4 live"]);
  });

  test("tells what is said while nobody had said anything yet", async () => {
    const { follower, told } = following();
    const { call, asked } = connection({ unread: () => page([message(1)]) });
    await follower.follow(call);
    expect(asked).toEqual(["chats limit 1", "watch on", "unread"]);
    expect(told).toEqual(["m1"]);
  });

  test("goes on after the last message that is known already, if one is", async () => {
    const { follower, told, missed } = following({ since: message(2).id });
    const { call, asked } = keeping(1, 2, 3, 4);
    await follower.follow(call);
    expect(asked).toEqual(["watch on", `inbox since ${message(2).id}`]);
    expect([told, missed]).toEqual([["m3", "m4"], []]);
  });

  test("counts what is unread where that is wanted, and tells none of it", async () => {
    const { follower, told, unread } = counting();
    const { call, asked } = connection({
      chats: () => last(9),
      unread: () => page([message(2), message(9)], { more: true }),
    });
    await follower.follow(call);
    expect(asked).toEqual(["chats limit 1", "watch on", "unread"]);
    follower.handle(event(message(9)));
    expect([told, unread]).toEqual([[], [["m2", "m9", "more"]]]);
  });

  test("loses nothing that comes while it counts, and tells nothing that is counted", async () => {
    const { follower, told, unread } = counting();
    const { call } = connection({
      chats: () => last(9),
      unread: () => {
        follower.handle(event(message(10)));
        follower.handle(event(message(11)));
        return page([message(2), message(10)]);
      },
    });
    await follower.follow(call);
    expect([told, unread]).toEqual([["m11 live"], [["m2", "m10"]]]);
    const again = keeping(10, 11);
    await follower.follow(again.call);
    expect(again.asked).toEqual(["watch on", `inbox since ${message(11).id}`]);
    expect(told).toEqual(["m11 live"]);
  });

  test("that is lost while it begins has not begun: the next one counts what is unread", async () => {
    const { follower, unread } = counting();
    await expect(follower.follow(connection({ chats: () => last(9), unread: lost }).call)).rejects.toThrow("lost");
    const { call, asked } = connection({ unread: () => page([message(2)]) });
    await follower.follow(call);
    // What was the newest message then still is where it begins.
    expect(asked).toEqual(["watch on", "unread"]);
    expect(unread).toEqual([["m2"]]);
  });

  test("that is lost while it begins passes nothing over that is said before the next", async () => {
    const { follower, told } = following();
    await expect(follower.follow(connection({ chats: () => last(3), inbox: lost }).call)).rejects.toThrow("lost");
    await follower.follow(keeping(3, 4, 5).call);
    expect(told).toEqual(["m4", "m5"]);
  });

  test.each([
    ["does not know what was said last", (): Reply => ({ status: "ERROR", message: "x", code: "unknown-request" })],
    ["answers nothing", (): Reply => page(undefined)],
    ["answers no list", (): Reply => page("text")],
    ["knows nobody", (): Reply => page([])],
    ["lists null", (): Reply => page([null])],
    ["lists a conversation without a message", (): Reply => page([{ with: "bob", unread: 0 }])],
    ["lists a message that is none", (): Reply => page([{ with: "bob", last: { id: 5 }, unread: 0 }])],
  ])("to a server that %s begins at what is unread", async (_, chats) => {
    const { follower, told, unread } = counting();
    const answers = { chats, unread: () => page([message(2), message(4)]) };
    await follower.follow(connection(answers).call);
    const { call, asked } = keeping(2, 4);
    await follower.follow(call);
    expect(asked).toEqual(["watch on", `inbox since ${message(4).id}`]);
    expect([told, unread]).toEqual([[], [["m2", "m4"]]]);
  });

  test("to a server that does not say what was said last tells nothing that was unread before", async () => {
    const { follower, told } = following();
    const chats = (): Reply => ({ status: "ERROR", message: "x", code: "unknown-request" });
    await follower.follow(connection({ chats, unread: () => page([message(2), message(4)]) }).call);
    expect(told).toEqual([]);
  });
});

describe("a connection that has come back", () => {
  test("tells what was missed in its order, before what comes meanwhile, and nothing twice", async () => {
    const { follower, told, missed } = await begun();
    const { call, asked } = connection({
      inbox: () => {
        // They come while the question is under way: one that the answer holds, too, and one that it does not.
        follower.handle(event(message(4)));
        follower.handle(event(message(5)));
        follower.handle(readEvent("join", { user: "bob", group: "kelas" }));
        return page([message(2), message(3), message(4)]);
      },
    });
    await follower.follow(call);
    expect(asked).toEqual(["watch on", `inbox since ${message(1).id}`]);
    expect(told).toEqual(["m2", "m3", "m4", "m5 live", "join"]);
    expect(missed).toEqual(["3"]);
    await follower.follow(keeping(1, 2, 3, 4, 5).call);
    expect([told.length, missed]).toEqual([5, ["3"]]);
  });

  test("says how many were missed before it tells the first of them, and nothing where none were", async () => {
    const said: string[] = [];
    const { follower } = await begun({
      onMissed: (count) => said.push(`${count} missed`),
      onMessage: (one) => said.push(one.message),
    });
    said.length = 0;
    await follower.follow(keeping(1).call);
    expect(said).toEqual([]);
    await follower.follow(keeping(1, 2, 3).call);
    expect(said).toEqual(["2 missed", "m2", "m3"]);
  });

  test("in several pages, of which the newest comes first", async () => {
    const { follower, told, missed } = await begun();
    const since = `inbox since ${message(1).id}`;
    const pages: Readonly<Record<string, Reply>> = {
      [since]: page([message(6), message(7)], { more: true, before: message(6).id }),
      [`${since} before ${message(6).id}`]: page([message(4), message(5)], { more: true, before: message(4).id }),
      [`${since} before ${message(4).id}`]: page([message(2), message(3)]),
    };
    await follower.follow(connection({ inbox: (text) => pages[text] as Reply }).call);
    expect(told).toEqual(["m2", "m3", "m4", "m5", "m6", "m7"]);
    expect(missed).toEqual(["6"]);
  });

  test("asks for as many pages as it may, and says that there is more", async () => {
    const { follower, told, missed } = await begun({ pages: 3 });
    let next = 100;
    const { call, asked } = connection({
      inbox: () => page([message(next)], { more: true, before: message(next--).id }),
    });
    await follower.follow(call);
    expect(asked).toHaveLength(4);
    expect(told).toEqual(["m98", "m99", "m100"]);
    expect(missed).toEqual(["3 and more"]);
  });

  test("comes to an end where a server gives the same page again and again", async () => {
    const { follower, told, missed } = await begun();
    const { call, asked } = connection({
      inbox: () => {
        if (asked.length > 50) throw new Error("it goes on for ever");
        return page([message(7)], { more: true, before: "7" });
      },
    });
    await follower.follow(call);
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(new Set(told)).toEqual(new Set(["m7"]));
    expect(told).toHaveLength(1);
    expect(missed).toHaveLength(1);
  });

  test("tells what is unread where the last message may not be seen any more, because its group was left", async () => {
    const { follower, told } = await begun();
    const gone = (): Reply => ({ status: "ERROR", message: "tidak ditemukan", code: "message-not-found" });
    const { call, asked } = connection({ inbox: gone, unread: () => page([message(2)]) });
    await follower.follow(call);
    expect(asked).toEqual(["watch on", `inbox since ${message(1).id}`, "unread"]);
    expect(told).toEqual(["m2"]);
  });

  test.each<[string, Readonly<Record<string, () => Reply>>, new (...all: never[]) => Error]>([
    ["does not let one watch", { watch: () => ({ status: "ERROR", code: "no-session" }) }, RefusedRequest],
    ["has a fault", { inbox: () => ({ status: "ERROR", code: "internal" }) }, RefusedRequest],
    [
      "has lost a message, and has a fault",
      {
        inbox: () => ({ status: "ERROR", code: "message-not-found" }),
        unread: () => ({ status: "ERROR", code: "internal" }),
      },
      RefusedRequest,
    ],
    ["answers what is no list", { inbox: () => page("text") }, UnreadableReply],
  ])("to a server that %s fails, and misses nothing", async (_, answers, kind) => {
    const { follower, told } = await begun();
    await expect(follower.follow(connection(answers).call)).rejects.toThrow(kind);
    expect(told).toEqual([]);
    await follower.follow(keeping(1, 2).call);
    expect(told).toEqual(["m2"]);
  });

  test("and is lost again while it asks, misses nothing", async () => {
    const { follower, told } = await begun();
    const { call } = connection({
      inbox: () => {
        follower.handle(event(message(5)));
        return lost();
      },
    });
    await expect(follower.follow(call)).rejects.toThrow("lost");
    await follower.follow(keeping(1, 2, 3, 4, 5).call);
    expect(told).toEqual(["m2", "m3", "m4", "m5"]);
  });

  test("and is lost between two pages, misses nothing", async () => {
    const { follower, told } = await begun();
    let pages = 0;
    const { call } = connection({
      inbox: () => (pages++ === 0 ? page([message(4), message(5)], { more: true, before: message(4).id }) : lost()),
    });
    await expect(follower.follow(call)).rejects.toThrow("lost");
    expect(told).toEqual([]);
    await follower.follow(keeping(1, 2, 3, 4, 5).call);
    expect(told).toEqual(["m2", "m3", "m4", "m5"]);
  });

  test("tells what comes once it has caught up", async () => {
    const { follower, told } = await begun();
    await follower.follow(keeping(1, 2).call);
    follower.handle(event(message(3)));
    follower.handle(event(message(3)));
    follower.handle(readEvent("presence", { user: "bob", online: true }));
    expect(told).toEqual(["m2", "m3 live", "presence"]);
  });

  test("to a server that lists what is no message tells the others", async () => {
    const { follower, told } = await begun();
    const odd = [null, 5, { id: 7 }, { ...message(2), time: undefined }, { ...message(3), group: 5 }];
    await follower.follow(connection({ inbox: () => page([...odd, message(4)]) }).call);
    expect(told).toEqual(["m4"]);
  });
});

describe("where it goes on", () => {
  /** What the next connection asks for. */
  async function next(follower: Follower): Promise<string | undefined> {
    const { call, asked } = keeping();
    await follower.follow(call);
    return asked.at(-1);
  }

  test("is after the newest message that has come, in whatever order they came", async () => {
    const { follower } = await begun();
    for (const n of [7, 12, 9]) follower.handle(event(message(n)));
    expect(await next(follower)).toBe(`inbox since ${message(12).id}`);
  });

  test("is not after the oldest that is unread: what was read elsewhere was not missed", async () => {
    const { follower } = counting();
    await follower.follow(connection({ chats: () => last(9), unread: () => page([message(2)]) }).call);
    expect(await next(follower)).toBe(`inbox since ${message(9).id}`);
  });

  test("is after one's own message, which is not told", async () => {
    const { follower, told } = await begun();
    follower.known(message(3).id);
    follower.known(message(2).id);
    expect(await next(follower)).toBe(`inbox since ${message(3).id}`);
    await follower.follow(connection({ inbox: () => page([message(2), message(3), message(4)]) }).call);
    expect(told).toEqual(["m4"]);
  });

  test("is not after a message that was only shown otherwise, which is not told either", async () => {
    const { follower, told, missed } = await begun();
    follower.mark(message(3).id);
    expect(await next(follower)).toBe(`inbox since ${message(1).id}`);
    await follower.follow(keeping(1, 2, 3, 4).call);
    expect([told, missed]).toEqual([["m2", "m4"], ["2"]]);
  });

  test("is nowhere for somebody else: he begins anew, and is told what the other was", async () => {
    const { follower, told, missed } = await begun();
    follower.forget();
    const { call, asked } = keeping();
    await follower.follow(call);
    expect(asked).toEqual(["chats limit 1", "watch on", "unread"]);
    follower.handle(event(message(1)));
    expect([told, missed]).toEqual([["m1 live"], []]);
  });
});

test("a message with a file is one as any other; what is none is not taken for one", () => {
  const onMessage = vi.fn();
  const { follower, told } = following({ onMessage });
  const file = { id: "1", name: "a.iso", size: 5 };
  follower.handle(event(message(1, { file })));
  follower.handle(readEvent("message", { from: "bob" }));
  follower.handle(readEvent("constructor", null));
  expect(onMessage.mock.calls).toEqual([[message(1, { file }), true]]);
  expect(told).toEqual(["other", "other"]);
});

test("where it is lenient, a server that can tell nothing is put up with; else it says why", async () => {
  const nothing = (): Reply => ({ status: "ERROR", message: "x", code: "unknown-request" });
  const { call } = connection({ chats: nothing, watch: nothing, unread: nothing });
  const lenient = new Follower({ onMessage: () => {}, lenient: true });
  await lenient.follow(call);
  await lenient.follow(call);
  await expect(new Follower({ onMessage: () => {} }).follow(call)).rejects.toMatchObject({ code: "unknown-request" });
});
