/** The rules of may.ts, as a table: who is asked about, what he wants to do, in which group. */
import { describe, expect, test } from "vitest";
import { type Deed, may } from "../../src/operations/may.ts";
import type { Group, Party } from "../../src/state/entities.ts";
import { NEW_GROUP } from "../../src/state/groups.ts";

const party = (name: string, realm?: string): Party => ({ name, realm }) as Party;
const owner = party("owner");
const moderator = party("moderator");
const member = party("member");
const silenced = party("silenced");
const invited = party("invited");
const banned = party("banned");
const stranger = party("stranger");
const memberElsewhere = party("member", "rumah");
const strangerElsewhere = party("stranger", "rumah");
const bannedElsewhere = party("banned", "rumah");
const who = {
  owner,
  moderator,
  member,
  silenced,
  memberElsewhere,
  invited,
  banned,
  stranger,
  strangerElsewhere,
  bannedElsewhere,
};
type Who = keyof typeof who;

const members = new Map(
  [owner, moderator, member, silenced, memberElsewhere].map((one) => [
    one,
    { since: 0, order: 0, moderator: one === moderator },
  ]),
);
const group = (more: Partial<Group>): Group =>
  ({
    ...NEW_GROUP,
    owner,
    members,
    gone: false,
    invited: new Map([[invited, {}]]),
    bans: new Map([banned, bannedElsewhere].map((one) => [one, {}])),
    silences: new Map([[silenced, {}]]),
    realm: undefined,
    ...more,
  }) as Group;
const open = group({});
const membersOnly = group({ posting: "members" });
const moderatorsOnly = group({ posting: "moderators" });
const listed = group({ access: "invite", posting: "members" });
const hidden = group({ access: "invite", posting: "members", listed: false });
const closed = group({ access: "closed", posting: "members" });
const elsewhere = group({ realm: "rumah" });
const gone = group({ gone: true });

const yes = true;
const not = "not-member";
const no = "forbidden";
const none = "group-not-found";
const is = "already-member";

/** What each is told, in the order of `who`. */
const told = (...verdicts: readonly (true | string)[]): Record<Who, true | string> =>
  Object.fromEntries(Object.keys(who).map((name, i) => [name, verdicts[i]])) as Record<Who, true | string>;

const ofMembers = told(yes, yes, yes, yes, yes, not, not, not, not, not);
const ofModerators = told(yes, yes, no, no, no, not, not, not, not, not);
const ofOwner = told(yes, no, no, no, no, not, not, not, not, not);
const nobody = told(not, not, not, not, not, not, not, not, not, not);

describe.each<readonly [Deed, string, Group, Record<Who, true | string>]>([
  ["see", "an open group", open, told(yes, yes, yes, yes, yes, yes, yes, yes, yes, yes)],
  ["see", "one that is not open, but listed", listed, told(yes, yes, yes, yes, yes, yes, yes, yes, yes, yes)],
  ["see", "one that is neither", hidden, told(yes, yes, yes, yes, yes, yes, none, none, none, none)],
  ["see", "one that was deleted", gone, told(none, none, none, none, none, none, none, none, none, none)],
  ["read", "any group", closed, ofMembers],
  ["read", "a group elsewhere", elsewhere, ofMembers],
  ["read", "one that was deleted", gone, nobody],
  ["send", "an open group", open, told(yes, yes, yes, no, yes, not, not, not, yes, no)],
  ["send", "one of members only", membersOnly, told(yes, yes, yes, no, yes, not, not, not, not, not)],
  ["send", "one of moderators only", moderatorsOnly, told(yes, yes, no, no, no, not, not, not, not, not)],
  [
    "send",
    "one by invitation, whatever its posting",
    group({ access: "invite" }),
    told(yes, yes, yes, no, yes, not, not, not, not, not),
  ],
  ["send", "a group elsewhere", elsewhere, told(yes, yes, yes, yes, yes, yes, yes, yes, yes, yes)],
  ["leave", "any group", open, ofMembers],
  ["join", "an open group", open, told(is, is, is, is, is, yes, no, yes, yes, no)],
  ["join", "one by invitation", listed, told(is, is, is, is, is, yes, no, no, no, no)],
  ["join", "a closed one", closed, told(is, is, is, is, is, yes, no, no, no, no)],
  ["invite", "an open group", open, ofMembers],
  ["invite", "one by invitation", listed, ofMembers],
  ["invite", "a closed one", closed, ofOwner],
  ["topic", "any group", open, ofModerators],
  ["slow", "any group", open, ofModerators],
  ["see-bans", "any group", open, ofModerators],
  ["set", "any group", open, ofOwner],
  ["rename", "any group", open, ofOwner],
  ["set-role", "any group", open, ofOwner],
  ["delete", "any group", open, ofOwner],
  ["delete", "one that was deleted", gone, nobody],
])("%s: %s", (deed, _where, where, expected) => {
  test.each(Object.keys(who) as Who[])("%s", (name) => {
    const verdict = may(who[name], deed, where);
    expect(verdict === true || verdict.code).toBe(expected[name]);
  });
});

describe("put out, ban, silence", () => {
  test.each<readonly [string, Party, Record<Who, true | string>]>([
    ["a member", member, ofModerators],
    ["somebody who is not in it", stranger, ofModerators],
    ["a moderator", moderator, ofOwner],
    ["the owner", owner, told(no, no, no, no, no, not, not, not, not, not)],
  ])("%s", (_, whom, expected) => {
    const verdicts = Object.entries(who).map(([name, one]) => {
      const verdict = may(one, "restrain", open, whom);
      return [name, verdict === true || verdict.code];
    });
    expect(Object.fromEntries(verdicts)).toEqual(expected);
  });
});
