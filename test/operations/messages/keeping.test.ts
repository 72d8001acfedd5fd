/** How long messages are kept may change while the server runs. */
import { expect, test } from "vitest";
import { Keeping } from "../../../src/operations/messages/keeping.ts";
import type { Services } from "../../../src/operations/services/context.ts";
import type { StoredMessage, User } from "../../../src/state/entities.ts";
import { memoryState } from "../../support/state.ts";

const DAY_MS = 24 * 3600_000;

test("what is too old by another life than before goes at the next step, and no more than that", () => {
  const model = memoryState(1000);
  const [alice, bob] = ["alice", "bob"].map((name) =>
    model.users.add({ name, fullName: name, country: "", password: "", created: 0 }),
  ) as [User, User];
  const said = [0, 10, 20, 30].map((day): StoredMessage => {
    const conversation = model.messages.conversation(alice, bob);
    return model.messages.append(conversation, alice, day * DAY_MS, `hari ${day}`, undefined);
  });
  void model.commit();
  const policy = { messageLife: Number.POSITIVE_INFINITY };
  const keeping = new Keeping({ model, policy, now: () => 31 * DAY_MS } as unknown as Services);
  const left = (): readonly string[] => {
    keeping.step();
    void model.commit();
    return said.flatMap(({ seq }) => model.messages.get(seq)?.text ?? []);
  };
  expect(left()).toEqual(["hari 0", "hari 10", "hari 20", "hari 30"]);
  policy.messageLife = 25 * DAY_MS;
  expect(left()).toEqual(["hari 10", "hari 20", "hari 30"]);
  policy.messageLife = 90 * DAY_MS;
  expect(left()).toEqual(["hari 10", "hari 20", "hari 30"]);
  policy.messageLife = 5 * DAY_MS;
  expect(left()).toEqual(["hari 30"]);
});

test("a group's rule that was undone removes nothing", () => {
  const model = memoryState(1000);
  const alice = model.users.add({ name: "alice", fullName: "alice", country: "", password: "", created: 0 });
  const group = model.groups.add("kelas", alice, 0);
  const { seq } = model.messages.append(model.messages.groupConversation(group), alice, 0, "halo", undefined);
  void model.commit();
  const policy = { messageLife: Number.POSITIVE_INFINITY };
  const keeping = new Keeping({ model, policy, now: () => 31 * DAY_MS } as unknown as Services);
  model.follow(keeping);
  const mark = model.mark();
  model.groups.set(group, { keepDays: 1 });
  expect(keeping.step()).toBe(true);
  model.revert(mark);
  expect([keeping.step(), model.messages.get(seq)?.text]).toEqual([false, "halo"]);
});
