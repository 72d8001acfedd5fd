/**
 * Who may do what in a group. `may` decides for requests of users here and for items of other realms:
 *
 * 1. A member reads it: its messages, its members, its files.
 * 2. A member sends to it.
 * 3. While its posting is open, every user of another realm sends to it as well.
 * 4. Everybody sends to a group whose home is another realm: that realm decides.
 * 5. A user who is no member joins it.
 * 6. A member leaves it.
 * 7. Its owner sets who sends to it, at its home.
 * 8. Its owner pins messages, and deletes those of others.
 *
 * The members of a group elsewhere are those that its home names; `may` is not asked.
 */

import { Failure } from "../contract/result.ts";
import type { Alteration } from "../contract/shapes.ts";
import type { Group, Party, StoredMessage } from "../state/entities.ts";

/** What each deed is refused with. */
interface Refusals {
  read: "not-member";
  send: "not-member";
  join: "already-member";
  leave: "not-member";
  "set-posting": "not-member" | "forbidden";
  moderate: "not-member" | "forbidden";
}

/** What a party may do in a group. */
export type Deed = keyof Refusals;
/** What a deed can be refused with. */
export type RefusedDeed<D extends Deed> = Refusals[D];
type Verdict<D extends Deed> = true | Failure<Refusals[D]>;

const notMember = new Failure("not-member");
const ownerOnly = new Failure("forbidden", "only the owner of the group may do this");

function isMember(party: Party, { members }: Group): true | Failure<"not-member"> {
  return members.has(party) || notMember;
}

const rules: { readonly [D in Deed]: (party: Party, group: Group) => Verdict<D> } = {
  read: isMember,
  send(party, group) {
    if (group.realm !== undefined) return true;
    return (party.realm !== undefined && group.posting === "open") || isMember(party, group);
  },
  join: (party, { members }) => !members.has(party) || new Failure("already-member"),
  leave: isMember,
  "set-posting"(party, group) {
    if (!group.members.has(party)) return notMember;
    return (group.realm === undefined && group.owner === party) || ownerOnly;
  },
  moderate(party, { members, owner }) {
    if (!members.has(party)) return notMember;
    return owner === party || ownerOnly;
  },
};

/**
 * Whether somebody may alter a message that he can read, wherever it was said: its sender edits and deletes it, everybody
 * reacts to it, and what else may be done in a group, `moderate` says.
 */
export function mayAlter(party: Party, what: Alteration | "see-versions", message: StoredMessage): Verdict<"moderate"> {
  const { sender, conversation } = message;
  const { of } = conversation;
  switch (what) {
    case "reacted":
    case "unreacted":
      return true;
    case "edited":
      return sender === party || new Failure("forbidden", "only who has sent a message may do this");
    case "deleted":
    case "see-versions":
      if (sender === party) return true;
      return "members" in of ? may(party, "moderate", of) : new Failure("forbidden", "it was sent by somebody else");
    case "pinned":
    case "unpinned":
      return "members" in of ? may(party, "moderate", of) : new Failure("forbidden", "only in a group");
  }
}

/** Whether a party may do something in a group. @returns true, or why not */
export function may<D extends Deed>(party: Party, deed: D, group: Group): Verdict<D> {
  return rules[deed](party, group);
}
