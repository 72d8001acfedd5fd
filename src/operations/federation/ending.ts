/** Ends realms: what was meant for one never goes to another that gets its name later. */
import type { Input } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Realm } from "../../state/entities.ts";
import { leave } from "../groups/membership.ts";
import { type Caller, isLocal, type Services } from "../services/context.ts";

/** Characters of a realm's name. */
const NAME = 32;

export function removeRealm(
  services: Services,
  caller: Caller,
  { realm: name }: Input<"removeRealm">,
): ResultOf<"removeRealm"> {
  const realm = services.model.realms.find(name);
  if (!realm || realm.ended) return new Failure("realm-not-found");
  const refused = services.model.outbox.waiting(realm).items;
  const was = realm.name;
  const as = endRealm(services, realm);
  services.realmLog("realm-removed", { realm: was, as, items: refused }, caller);
  return { realm: was, refused, ...(as !== undefined && { as }) };
}

/**
 * Ends a realm: its members leave all groups, its files that have not come yet never do, its key is forgotten, and its name is
 * free. Items that wait for it are refused to their senders soon: see `Pump.refuse`.
 * @returns the name under which its messages stay readable; undefined where there is nothing to read
 */
export function endRealm(services: Services, realm: Realm): string | undefined {
  const { groups, files, realms, outbox, users } = services.model;
  const isUnused = outbox.waiting(realm).items === 0 && groups.at(realm.key).length === 0;
  if (isUnused && users.countAt(realm.key) === 0) {
    realms.remove(realm);
    return undefined;
  }
  for (const group of groups.all()) {
    if (!group.realms.has(realm.key)) continue;
    for (const member of [...group.members.keys()].filter((one) => one.realm === realm.key)) {
      leave(services, group, member);
    }
  }
  for (const file of [...files.awaited(realm.key)]) files.lose(file);
  realms.end(realm, freeName(services, realm));
  return realm.name;
}

/** `rumah.1`, or the next that no realm has. */
function freeName(services: Services, { name }: Realm): string {
  for (let i = 1; ; i++) {
    const end = `.${i}`;
    const free = name.slice(0, NAME - end.length) + end;
    if (!isLocal(services, free) && !services.model.realms.find(free)) return free;
  }
}
