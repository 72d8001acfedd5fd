/** Events about groups: for members, and for others about what is done to them there. */

import type { Event, GroupNews } from "../../contract/event.ts";
import { formatAddress } from "../../contract/names.ts";
import { type Before, was } from "../../state/apply.ts";
import type { ChangeOf } from "../../state/changes.ts";
import { may } from "../may.ts";
import { groupName, person, type Services } from "../services/context.ts";

/** Tells the members, and the one who has left. */
export function tellMembership(services: Services, change: ChangeOf<"member.joined"> | ChangeOf<"member.left">): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const party = model.party(change.user);
  const kind = change.is === "member.joined" ? "join" : "leave";
  const why = change.is === "member.left" ? change.why : undefined;
  const event = (): Event => {
    const by = addressOf(services, change.by);
    return { kind, group: groupName(services, group), user: formatAddress(person(services, party)), by, why };
  };
  presence.tellMembers(group, undefined, event);
  if (kind === "leave") presence.tell(party, event);
}

/** Tells the members. Of a group that was renamed the event has the old name, by which they know it. */
export function tellOfGroup(
  services: Services,
  change: ChangeOf<"group.changed" | "group.renamed" | "group.deleted">,
  before: Before,
): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const changed = newsOf(change);
  if (Object.keys(changed).length === 0) return;
  const name = change.is === "group.renamed" ? was(change, before).name : group.name;
  presence.tellMembers(group, undefined, () => ({
    kind: "group",
    group: groupName(services, { ...group, name }),
    by: addressOf(services, change.by),
    changed,
  }));
}

function newsOf(change: ChangeOf<"group.changed" | "group.renamed" | "group.deleted">): GroupNews {
  if (change.is === "group.deleted") return { gone: true };
  if (change.is === "group.renamed") return { name: change.name };
  const { emptied: _, homeId: __, keepDays: keep, slowSeconds: slow, ...settings } = change.values;
  return { ...settings, ...(keep !== undefined && { keep }), ...(slow !== undefined && { slow }) };
}

/** Tells the members, and the party that it is about. */
export function tellOfMember(
  services: Services,
  change: ChangeOf<"role.changed" | "member.banned" | "member.unbanned" | "member.silenced" | "member.unsilenced">,
): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const party = model.party(change.user);
  const event = (): Event => {
    const what = {
      group: groupName(services, group),
      user: formatAddress(person(services, party)),
      by: addressOf(services, change.by),
    };
    if (change.is === "role.changed") return { kind: "role", ...what, role: change.role };
    return { kind: SANCTIONS[change.is], ...what, until: "until" in change ? change.until : undefined };
  };
  presence.tellMembers(group, undefined, event);
  // A party that is no member is told only of a group that it may see.
  if (!group.members.has(party) && may(party, "see", group) === true) presence.tell(party, event);
}

const SANCTIONS = {
  "member.banned": "ban",
  "member.unbanned": "unban",
  "member.silenced": "silence",
  "member.unsilenced": "unsilence",
} as const;

export function tellInvited(services: Services, change: ChangeOf<"member.invited">): void {
  const { model, presence } = services;
  const group = model.group(change.group);
  const by = model.party(change.by);
  presence.tell(model.party(change.user), () => {
    return { kind: "invite", group: groupName(services, group), by: formatAddress(person(services, by)) };
  });
}

/** The address of a party. @param id its number */
function addressOf(services: Services, id: number | undefined): string | undefined {
  const party = id === undefined ? undefined : services.model.party(id);
  return party && formatAddress(person(services, party));
}
