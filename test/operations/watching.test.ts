/** Who of a group is told its events: its members who watch, whatever has just happened to them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Audience } from "../../src/operations/services/presence.ts";
import { Watching } from "../../src/operations/services/watching.ts";
import type { Group, User } from "../../src/state/entities.ts";
import { memoryState } from "../support/state.ts";

const PEOPLE = 4;
const CONNECTIONS = 2;

const step = fc.record({
  what: fc.constantFrom("join", "leave", "watch", "unwatch", "undo", "keep"),
  who: fc.nat(PEOPLE - 1),
  group: fc.nat(1),
  on: fc.nat(CONNECTIONS - 1),
});

test("are those who are in the group now and watch now, also after what was undone", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const state = memoryState(10);
      const watching = new Watching(state.groups);
      const users = Array.from({ length: PEOPLE }, (_, i) =>
        state.users.add({ name: `u${i}`, fullName: `U ${i}`, country: "id", password: "$", created: 1 }),
      );
      const groups = ["satu", "dua"].map((name) => state.groups.add(name, users[0] as User, 1));
      void state.commit();
      const audiences = users.map(({ name }) =>
        Array.from({ length: CONNECTIONS }, (_, i) => ({ dialect: `${name} ${i}` }) as Audience),
      );
      for (const { what, who, group, on } of steps) {
        const user = users[who] as User;
        const of = groups[group] as Group;
        if (what === "join" && !of.members.has(user)) state.groups.join(of, user, 0);
        if (what === "leave") state.groups.leave(of, user);
        if (what === "watch" || what === "unwatch") {
          watching.set(user, audiences[who]?.[on] as Audience, what === "watch");
        }
        if (what === "undo") state.revert(0);
        if (what === "keep") void state.commit();
        for (const one of groups) {
          const found = new Map(watching.inGroup(one).map((watcher) => [watcher.user, watcher.on]));
          expect(found).toEqual(
            new Map(
              [...one.members.keys()]
                .filter((member) => watching.of(member as User).length > 0)
                .map((member) => [member, watching.of(member)]),
            ),
          );
        }
      }
    }),
    { numRuns: 200 },
  );
});
