/** Gaps: what a realm has missed of the groups whose home is here is sent again, from what it has. */
import type { Group, Realm, StoredMessage } from "../stores/ports.ts";
import type { Services } from "./context.ts";
import type { ItemResult, Told } from "./contract.ts";
import { groupItem } from "./delivery.ts";
import { countOf } from "./foreign.ts";
import { listMembers } from "./membership.ts";
import { isName } from "./names.ts";
import { fullFor, put, tellHeads, tooLong } from "./outbox.ts";

/** Messages of a group that are sent again after a gap; older ones are passed over. */
const REPAIR_MESSAGES = 10_000;

/** A realm has missed messages of groups: they are sent again, from what it has. */
export function missedThere(services: Services, realm: Realm, n: number, told: Told, { code, have }: ItemResult): void {
  if (told.kind === "group") {
    const group = services.stores.groups.find(told.group);
    if (!group?.realms.has(realm.key)) return;
    if (code === "group-not-found") listAnew(services, realm, n, group);
    else if (code !== undefined) repairOf(realm, group).refused.add(told.seq);
    else repairFrom(services, realm, n, group, have);
  } else if (told.kind === "heads" && typeof have === "object" && have !== null) {
    for (const [name, seq] of Object.entries(have)) {
      const group = isName(name) ? services.stores.groups.find(name) : undefined;
      if (!group?.realms.has(realm.key)) continue;
      if (seq === -1) listAnew(services, realm, n, group);
      else repairFrom(services, realm, n, group, seq);
    }
  }
}

interface Repair {
  /** The last item of it: what was sent before says nothing new. */
  n: number;
  /** Messages that the realm has refused for good, by number: they are passed over. */
  readonly refused: Set<number>;
}

/** The last repair of each group for each realm. */
const repairs = new WeakMap<Realm, WeakMap<Group, Repair>>();

function repairOf(realm: Realm, group: Group): Repair {
  const groups = repairs.get(realm) ?? new WeakMap<Group, Repair>();
  repairs.set(realm, groups);
  const repair = groups.get(group) ?? { n: 0, refused: new Set() };
  groups.set(group, repair);
  return repair;
}

/** It has lost the group: one list, however many items say so. */
function listAnew(services: Services, realm: Realm, n: number, group: Group): void {
  const last = repairOf(realm, group);
  if (n > last.n) last.n = listMembers(services, group, realm).n;
}

function repairFrom(services: Services, realm: Realm, n: number, group: Group, has: unknown): void {
  const have = countOf(has);
  if (have === undefined) return;
  const last = repairOf(realm, group);
  if (n <= last.n) return;
  const { messages } = services.stores;
  const missed: StoredMessage[] = [];
  let message = messages.get(messages.groupConversation(group).head);
  while (message && message.seq > have && missed.length < REPAIR_MESSAGES) {
    missed.push(message);
    message = messages.get(message.prev);
  }
  let prev = have;
  for (const one of missed.toReversed()) {
    if (last.refused.has(one.seq) || tooLong(one.text)) continue;
    if (fullFor(services, realm)) {
      // The rest when these have arrived.
      tellHeads(services, realm);
      return;
    }
    last.n = put(services, realm, groupItem(services, group, one, prev)).n;
    prev = one.seq;
  }
}
