/**
 * Who may do what in a group. `may` decides for requests of users here and for items of other realms:
 *
 * 1. Members and invited users see that there is such a group; everybody does while it is open or listed. For all others there is
 *    none.
 * 2. A member reads it: its messages, its members, its files, its rules.
 * 3. A member sends to it, unless silenced, or unless only moderators may.
 * 4. While it is open, and its posting too, every user of another realm who is not banned sends to it as well.
 * 5. Everybody sends to and joins a group whose home is another realm: its home decides, as about everything else in it.
 * 6. A user who is no member and not banned joins it: an open one without more, others when invited.
 * 7. A member leaves it.
 * 8. A member invites to it; to a closed one only its owner does.
 * 9. A moderator sets its topic, slows it down, and sees who is banned.
 * 10. A moderator kicks, bans and silences members; only the owner does it to moderators, and nobody to the owner.
 * 11. Its owner sets its rules, renames it, gives roles in it, and deletes it.
 * 12. A moderator pins messages, and deletes those of others.
 *
 * The owner may do what moderators may. Who the members of a group elsewhere are its home says, without `may`.
 */

import { Failure } from "../contract/result.ts";
import type { Alteration, Role } from "../contract/shapes.ts";
import type { Group, Party, StoredMessage } from "../state/entities.ts";

/** What each deed is refused with. */
interface Refusals {
  see: "group-not-found";
  read: "not-member";
  send: "not-member" | "forbidden";
  join: "already-member" | "forbidden";
  leave: "not-member";
  moderate: "not-member" | "forbidden";
  invite: "not-member" | "forbidden";
  topic: "not-member" | "forbidden";
  slow: "not-member" | "forbidden";
  "see-bans": "not-member" | "forbidden";
  /** Kick, ban and silence somebody, and lift it. */
  restrain: "not-member" | "forbidden";
  set: "not-member" | "forbidden";
  rename: "not-member" | "forbidden";
  "set-role": "not-member" | "forbidden";
  delete: "not-member" | "forbidden";
}

/** What a party may do in a group. */
export type Deed = keyof Refusals;
/** What a deed can be refused with. */
export type RefusedDeed<D extends Deed> = Refusals[D];
type Verdict<D extends Deed> = true | Failure<Refusals[D]>;
type Rule<D extends Deed> = (party: Party, group: Group, whom: Party | undefined) => Verdict<D>;

const notMember = new Failure("not-member");
const onlyOwner = new Failure("forbidden", "only the owner of the group may do this");
const onlyModerators = new Failure("forbidden", "only the owner and the moderators of the group may do this");

/** What a party is in a group; undefined for one who is not in it. */
export function roleOf(party: Party, group: Group): Role | undefined {
  const membership = group.members.get(party);
  if (!membership || group.gone) return undefined;
  if (group.owner === party) return "owner";
  return membership.moderator ? "moderator" : "member";
}

const isMember = (party: Party, group: Group): true | Failure<"not-member"> =>
  (group.members.has(party) && !group.gone) || notMember;

const isOwner = (party: Party, group: Group): Verdict<"set"> => {
  const role = roleOf(party, group);
  if (role === undefined) return notMember;
  return role === "owner" || onlyOwner;
};

const isModerator = (party: Party, group: Group): Verdict<"topic"> => {
  const role = roleOf(party, group);
  if (role === undefined) return notMember;
  return role !== "member" || onlyModerators;
};

const rules: { readonly [D in Deed]: Rule<D> } = {
  see(party, group) {
    const shown = group.access === "open" || group.listed || group.members.has(party) || group.invited.has(party);
    return (shown && !group.gone) || new Failure("group-not-found");
  },
  read: isMember,
  send(party, group) {
    if (group.realm !== undefined) return true;
    const role = roleOf(party, group);
    if (role === undefined) {
      if (party.realm === undefined || group.posting !== "open" || group.access !== "open") return notMember;
      return !group.bans.has(party) || new Failure("forbidden", "banned from the group");
    }
    if (group.silences.has(party)) return new Failure("forbidden", "silenced in the group");
    return group.posting !== "moderators" || role !== "member" || onlyModerators;
  },
  join(party, group) {
    if (group.members.has(party)) return new Failure("already-member");
    if (group.realm !== undefined) return true;
    if (group.bans.has(party)) return new Failure("forbidden", "banned from the group");
    return group.access === "open" || group.invited.has(party) || new Failure("forbidden", "by invitation only");
  },
  leave: isMember,
  invite(party, group) {
    return group.access === "closed" ? isOwner(party, group) : isMember(party, group);
  },
  topic: isModerator,
  slow: isModerator,
  "see-bans": isModerator,
  moderate: isModerator,
  restrain(party, group, whom) {
    const allowed = isModerator(party, group);
    if (allowed !== true || whom === undefined) return allowed;
    if (group.owner === whom) return new Failure("forbidden", "nobody may do this to the owner of the group");
    return roleOf(whom, group) !== "moderator" || group.owner === party || onlyOwner;
  },
  set: isOwner,
  rename: isOwner,
  "set-role": isOwner,
  delete: isOwner,
};

/**
 * Whether a party may alter a message that it can read: its sender edits and deletes it, everybody reacts to it, and the rest is
 * for the moderators of its group (`moderate`).
 */
export function mayAlter(party: Party, what: Alteration | "see-versions", message: StoredMessage): Verdict<"moderate"> {
  const { sender, conversation } = message;
  const { of } = conversation;
  switch (what) {
    case "reacted":
    case "unreacted":
      return true;
    case "edited":
      if (sender !== party) return new Failure("forbidden", "only who has sent a message may do this");
      // A member who may not send any more must not speak by editing.
      return "members" in of ? may(party, "send", of) : true;
    case "deleted":
    case "see-versions":
      if (sender === party) return true;
      return "members" in of ? may(party, "moderate", of) : new Failure("forbidden", "it was sent by somebody else");
    case "pinned":
    case "unpinned":
      return "members" in of ? may(party, "moderate", of) : new Failure("forbidden", "only in a group");
  }
}

/** Whether a party may do something in a group. @param whom the one it is done to. @returns true, or why not */
export function may<D extends Deed>(party: Party, deed: D, group: Group, whom?: Party): Verdict<D> {
  return rules[deed](party, group, whom);
}
