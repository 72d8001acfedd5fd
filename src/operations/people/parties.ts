/** Somebody, here or in another realm: found by the address that people use, and kept here when he is first heard of. */

import { withoutMisleading } from "../../contract/names.ts";
import type { NoUser } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Address } from "../../contract/shapes.ts";
import type { Party, Realm, User } from "../../state/entities.ts";
import { isLocal, type Services } from "../services/context.ts";

/** Somebody of another realm, as he is kept here. @param said his full name, as his realm says; not known if it is not given. */
export function partyAt({ model: { users } }: Services, name: string, realm: string, said?: string): Party {
  const fullName = said === undefined ? undefined : withoutMisleading(said);
  const known = users.findAt(name, realm);
  if (!known) return users.addAt(name, realm, fullName ?? name);
  if (fullName !== undefined && (fullName !== known.fullName || name !== known.name)) {
    users.setNames(known, name, fullName);
  }
  return known;
}

/** Not a name: stands for whoever of a realm it is that a file is for. */
const SOMEBODY = "*";

export function somebodyAt(services: Services, realm: string): Party {
  return partyAt(services, SOMEBODY, realm);
}

export function isSomebody({ name }: Party): boolean {
  return name === SOMEBODY;
}

/** Somebody by address, if he is known here. */
export function partyNamed(services: Services, { name, realm }: Address): Party | undefined {
  const { users } = services.model;
  return isLocal(services, realm) ? users.find(name) : users.findAt(name, (realm as string).toLowerCase());
}

/** Users of another realm; whether they are there, only that realm knows. */
export interface UsersAt {
  readonly at: Realm;
  readonly users: readonly string[];
}

/** Whom something can be sent to, by address. */
export function userTarget(services: Services, { name, realm }: Address): Result<User | UsersAt, NoUser> {
  const { users, realms } = services.model;
  if (isLocal(services, realm)) return users.find(name) ?? new Failure("user-not-found");
  const at = realms.find(realm as string);
  return at ? { at, users: [name] } : new Failure("realm-not-found", realm);
}
