/** What people say, and what becomes of it, at random. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Group, StoredMessage } from "../../src/state/entities.ts";
import type { Cursor } from "../../src/state/gone.ts";
import type { State } from "../../src/state/state.ts";
import { user } from "./contract.ts";
import { NOW, PEOPLE, say } from "./talk.ts";

/** Something that a turn does: `a`, `b` choose who and what. */
export const deed = fc.record({
  is: fc.constantFrom(
    ...(["many", "many", "say", "say", "file", "reply", "heard", "edited", "edited", "deleted", "reacted"] as const),
    ...(["unreacted", "pinned", "unpinned", "withdraw", "removed", "removed", "read", "end"] as const),
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  text: fc.string({ unit: "grapheme", maxLength: 30 }),
});
export type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

/** As a server does, in a turn. */
function emptied(state: State, group: Group): void {
  let left: Cursor | undefined = { next: state.messages.peekGroup(group)?.head ?? 0, isNamed: true };
  while (left) left = state.messages.removeGone(group, left, 7);
}

export function does(state: State, { is, a, b, text }: Deed, nth: number): void {
  const who = PEOPLE[a % 3] as string;
  const group = state.groups.byId((b % 2) + 1) as Group;
  const whom = b % 5 > 2 && !group.gone ? group.name : (PEOPLE[b % 3] as string);
  const said = (): StoredMessage | undefined => {
    const one = state.messages.get((b % Math.max(1, state.messages.last)) + 1);
    return one?.alters || one?.altered?.deleted ? undefined : one;
  };
  const sender = user(state, who);
  switch (is) {
    case "many":
      for (let i = 0; i < a % 60; i++) {
        const to = [whom, ...PEOPLE][(i * b) % 4] as string;
        say(state, who, to, i % 17 === 3 ? text.repeat(60) : `${text} ${i}`, NOW + nth - (i % 3));
      }
      return;
    case "say":
      say(state, who, whom, text);
      return;
    case "file": {
      const file = {
        ...{ id: `f${nth}`, name: "a.txt", size: 1, sha256: "00", stored: "s", gone: false },
        ...{ owner: sender, created: NOW, origin: undefined },
      };
      state.files.add(file);
      state.messages.append(state.messages.conversation(sender, user(state, "kaka")), sender, NOW, "", file);
      return;
    }
    case "reply": {
      const one = said();
      if (one) state.messages.append(one.conversation, sender, NOW, text, undefined, undefined, one.seq);
      return;
    }
    case "heard": {
      const conversation = state.messages.conversation(sender, user(state, "kaka"));
      state.messages.append(conversation, sender, NOW, text, undefined, `id ${nth}`);
      expect(state.messages.byOrigin(conversation, `id ${nth}`)?.text).toBe(text);
      return;
    }
    case "withdraw": {
      const head = state.messages.get(said()?.conversation.head ?? 0);
      if (head && !head.alters && !head.altered) state.messages.withdraw(head);
      return;
    }
    case "removed": {
      // The oldest of a conversation, all of it too.
      const { conversation } = said() ?? {};
      const rows: number[] = [];
      for (let one = state.messages.get(conversation?.head ?? 0); one; one = state.messages.get(one.prev)) {
        rows.unshift(one.seq);
      }
      const old = rows.slice(0, a % 3 === 0 ? rows.length : a % (rows.length + 1));
      if (conversation && old.length > 0) state.messages.removeOld(conversation, old);
      return;
    }
    case "read": {
      const one = said();
      if (one) state.messages.setRead(one.conversation, sender, one.seq);
      return;
    }
    case "end":
      // Most worlds keep their groups for some time.
      if (a % 4 === 0 && !group.gone) state.groups.delete(group);
      if (group.gone) emptied(state, group);
      return;
    default: {
      const one = said();
      if (one) state.messages.alter(one, sender, NOW + nth, is, is === "edited" ? text : "👍");
    }
  }
}
