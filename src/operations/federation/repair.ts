/** Gaps: what a realm has missed of the groups whose home is here is sent again, from what it has. */

import type { ItemBody, ItemResult } from "../../contract/items.ts";
import { isName } from "../../contract/names.ts";
import type { Group, Realm, StoredMessage } from "../../state/entities.ts";
import { gapOf } from "../../state/realms.ts";
import { listMembers } from "../groups/membership.ts";
import { groupItem } from "../messages/deliver.ts";
import { fullFor, put, tellHeads, tooLong } from "../outbox.ts";
import type { Services } from "../services/context.ts";
import { countOf } from "../untrusted.ts";

/** Messages of a group that are sent again after a gap; older ones are passed over. */
const REPAIR_MESSAGES = 10_000;

/** A realm has missed messages of groups: they are sent again, from what it has. */
export function missedThere(
  services: Services,
  realm: Realm,
  n: number,
  item: ItemBody,
  { code, have }: ItemResult,
): void {
  if (item.kind === "group") {
    const group = services.model.groups.find(item.group);
    if (!group?.realms.has(realm.key)) return;
    if (code === "group-not-found") listAnew(services, realm, n, group);
    else if (code !== undefined) services.model.realms.refused(realm, group, item.seq);
    else repairFrom(services, realm, n, group, have);
  } else if (item.kind === "heads" && typeof have === "object" && have !== null) {
    for (const [name, seq] of Object.entries(have)) {
      const group = isName(name) ? services.model.groups.find(name) : undefined;
      if (!group?.realms.has(realm.key)) continue;
      if (seq === -1) listAnew(services, realm, n, group);
      else repairFrom(services, realm, n, group, seq);
    }
  }
}

/** It has lost the group: one list, however many items say so. */
function listAnew(services: Services, realm: Realm, n: number, group: Group): void {
  const { realms } = services.model;
  if (n > gapOf(realm, group).n) realms.filled(realm, group, listMembers(services, group, realm).n);
}

function repairFrom(services: Services, realm: Realm, n: number, group: Group, has: unknown): void {
  const have = countOf(has);
  if (have === undefined) return;
  const gap = gapOf(realm, group);
  if (n <= gap.n) return;
  const { messages, realms } = services.model;
  const missed: StoredMessage[] = [];
  let message = messages.get(messages.groupConversation(group).head);
  while (message && message.seq > have && missed.length < REPAIR_MESSAGES) {
    missed.push(message);
    message = messages.get(message.prev);
  }
  let prev = have;
  for (const one of missed.toReversed()) {
    if (gap.refused.has(one.seq) || tooLong(one.text)) continue;
    if (fullFor(services, realm)) {
      // The rest when these have arrived.
      tellHeads(services, realm);
      return;
    }
    realms.filled(realm, group, put(services, realm, groupItem(services, group, one, prev)).n);
    prev = one.seq;
  }
}
