/** What is tried on one node counts on all, whatever becomes of the turn in which the others were to be told. */
import { expect, test } from "vitest";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { Tries } from "../../src/operations/services/tries.ts";
import type { Change } from "../../src/state/changes.ts";
import { State } from "../../src/state/state.ts";
import { Turn } from "../../src/state/turn.ts";
import { sharedLog } from "../support/shared-log.ts";
import { Time } from "../support/time.ts";
import { until } from "../support/until.ts";

test.each(["overtaken", "refused"] as const)(
  "a wrong password is told to the others, though the turn is %s",
  async (because) => {
    const log = sharedLog();
    const model = new State(log.through(new MemoryLog(10)));
    const time = new Time();
    const turn = new Turn(model, time.world, () => {});
    const kept: Change[] = [];
    model.follow({ onKept: (change) => void kept.push(change) });
    const counts = { tried() {}, account() {} };
    const tries = new Tries({ model, turn, own: { node: 1 }, world: time.world, now: () => 5, counts });
    log.fail("password.tried", because);
    tries.tell({ address: "10.1.2.3", name: "alice", right: false });
    await until("the turn has failed", () => log.failed === 1);
    if (because === "refused") time.pass(1000);
    await until("they are told", () => kept.length > 0);
    expect(kept).toMatchObject([{ is: "password.tried", node: 1, name: "alice", right: false, time: 5 }]);
  },
);
