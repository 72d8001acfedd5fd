/** Gaps: sends again what a realm has missed of the groups here. */

import type { ItemBody, ItemResult } from "../../contract/items.ts";
import { isName } from "../../contract/names.ts";
import type { Group, Realm, StoredMessage } from "../../state/entities.ts";
import { gapOf } from "../../state/realms.ts";
import { listMembers } from "../groups/membership.ts";
import { groupItem } from "../messages/deliver.ts";
import { missed, put, refusedFor, tooLong } from "../outbox.ts";
import type { Services } from "../services/context.ts";
import { countOf } from "../untrusted.ts";

/** The most messages of a group that are sent again, the newest ones; older ones stay missed. */
const REPAIR_MESSAGES = 10_000;

/** Sends again what the result of item `n` says that the realm has missed. */
export function repair(services: Services, realm: Realm, n: number, item: ItemBody, { code, have }: ItemResult): void {
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

/** The realm does not know the group: sends it one complete list of members, however many items say so. */
function listAnew(services: Services, realm: Realm, n: number, group: Group): void {
  const { realms } = services.model;
  if (n > gapOf(realm, group).n) realms.filled(realm, group, listMembers(services, group, realm).n);
}

/** Whether a row is sent again: of a message that was deleted since, only the deletion is; to an older server, messages only. */
function isRepeated({ model, neighbours }: Services, realm: Realm, { alters, altered }: StoredMessage): boolean {
  if (!alters) return altered?.deleted !== true;
  if (neighbours.of(realm).isOlder) return false;
  return alters.what === "deleted" || model.messages.get(alters.target)?.altered?.deleted !== true;
}

/** Sends again what the group has after the number `has`. */
function repairFrom(services: Services, realm: Realm, n: number, group: Group, has: unknown): void {
  const have = countOf(has);
  if (have === undefined) return;
  const gap = gapOf(realm, group);
  if (n <= gap.n) return;
  const { messages, realms } = services.model;
  const after: StoredMessage[] = [];
  let message = messages.get(messages.groupConversation(group).head);
  while (message && message.seq > have && after.length < REPAIR_MESSAGES) {
    after.push(message);
    message = messages.get(message.prev);
  }
  let prev = have;
  for (const one of after.toReversed()) {
    if (gap.refused.has(one.seq) || tooLong(one.text) || !isRepeated(services, realm, one)) continue;
    if (refusedFor(services, realm)) {
      // The rest follows when the realm has answered what it has then.
      missed(services, realm);
      return;
    }
    realms.filled(realm, group, put(services, realm, groupItem(services, group, one, prev)).n);
    prev = one.seq;
  }
}
