/** Groups that a user does not want to be put into: by somebody whom the user has blocked or does not know, or by anybody. */

import type { ItemBody } from "../../contract/items.ts";
import { type Group, isUser, type Party, type Realm, type User } from "../../state/entities.ts";
import { author, enqueue, itsName } from "../outbox.ts";
import { blocks, isStranger } from "../reach.ts";
import type { Services } from "../services/context.ts";

/** Whether a user refuses to be put into a group by another party. */
export function refusesGroup({ model }: Services, user: Party, by: Party): boolean {
  return (
    isUser(user) && (blocks(model, user, by) || model.settings.of(user).refuseGroups || isStranger(model, user, by))
  );
}

/** The most items for a realm that have no result yet. */
const UNDER_WAY = 1000;

/**
 * Whether a user here refuses to be in a group whose home names the user as put in by its owner. If so, tells the home that the
 * user leaves.
 * @param group as far as it is known here
 */
export function leavesAtOnce(
  services: Services,
  home: Realm,
  group: { readonly name: string; readonly known: Group | undefined; readonly owner: Party | undefined },
  user: Party,
): user is User {
  const { name, known, owner } = group;
  if (user.realm !== undefined || !owner || known?.members.has(user) || !refusesGroup(services, user, owner))
    return false;
  if (hasAsked(services, home, name, user)) return false;
  enqueue(services, home, { kind: "leave", ...(known ? itsName(known) : { group: name }), from: author(user) });
  return true;
}

/** Whether the user has asked to join: that item has no result yet. */
function hasAsked({ model }: Services, home: Realm, group: string, user: Party): boolean {
  return model.outbox.after(home, 0, UNDER_WAY, Number.POSITIVE_INFINITY).some(({ body }) => {
    if (!body.startsWith('{"kind":"join"')) return false;
    const item = JSON.parse(body) as ItemBody & { kind: "join" };
    return item.group.toLowerCase() === group.toLowerCase() && item.from.name === user.name;
  });
}
