/** The rules of may.ts, as a table: who is asked about, what he wants to do, in which group. */
import { describe, expect, test } from "vitest";
import { type Deed, may } from "../../src/operations/may.ts";
import type { Group, Party } from "../../src/state/entities.ts";

const party = (name: string, realm?: string): Party => ({ name, realm }) as Party;
const owner = party("owner");
const member = party("member");
const stranger = party("stranger");
const memberElsewhere = party("member", "rumah");
const strangerElsewhere = party("stranger", "rumah");
const who = { owner, member, stranger, memberElsewhere, strangerElsewhere };

const members = new Map([owner, member, memberElsewhere].map((one) => [one, { since: 0 }]));
const group = (more: Partial<Group>): Group =>
  ({ owner, members, posting: "open", realm: undefined, ...more }) as Group;
const open = group({ posting: "open" });
const closed = group({ posting: "members" });
const elsewhere = group({ realm: "rumah" });

const yes = true;
const not = "not-member";

describe.each<readonly [Deed, string, Group, Record<keyof typeof who, true | string>]>([
  [
    "read",
    "any group",
    closed,
    { owner: yes, member: yes, stranger: not, memberElsewhere: yes, strangerElsewhere: not },
  ],
  [
    "read",
    "a group elsewhere",
    elsewhere,
    { owner: yes, member: yes, stranger: not, memberElsewhere: yes, strangerElsewhere: not },
  ],
  [
    "send",
    "an open group",
    open,
    { owner: yes, member: yes, stranger: not, memberElsewhere: yes, strangerElsewhere: yes },
  ],
  [
    "send",
    "one of members only",
    closed,
    { owner: yes, member: yes, stranger: not, memberElsewhere: yes, strangerElsewhere: not },
  ],
  [
    "send",
    "a group elsewhere",
    elsewhere,
    { owner: yes, member: yes, stranger: yes, memberElsewhere: yes, strangerElsewhere: yes },
  ],
  [
    "leave",
    "any group",
    open,
    { owner: yes, member: yes, stranger: not, memberElsewhere: yes, strangerElsewhere: not },
  ],
  [
    "join",
    "any group",
    closed,
    {
      owner: "already-member",
      member: "already-member",
      stranger: yes,
      memberElsewhere: "already-member",
      strangerElsewhere: yes,
    },
  ],
  [
    "set-posting",
    "its home",
    open,
    { owner: yes, member: "forbidden", stranger: not, memberElsewhere: "forbidden", strangerElsewhere: not },
  ],
  [
    "set-posting",
    "a group elsewhere",
    elsewhere,
    { owner: "forbidden", member: "forbidden", stranger: not, memberElsewhere: "forbidden", strangerElsewhere: not },
  ],
])("%s: %s", (deed, _where, where, expected) => {
  test.each(Object.keys(who) as (keyof typeof who)[])("%s", (name) => {
    const verdict = may(who[name], deed, where);
    expect(verdict === true || verdict.code).toBe(expected[name]);
  });
});
