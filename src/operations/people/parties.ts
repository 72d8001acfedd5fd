/** Finds parties by address: users here, and users of other realms, who are added when they are first heard of. */

import type { Author } from "../../contract/items.ts";
import { withoutMisleading } from "../../contract/names.ts";
import type { NoUser } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Address } from "../../contract/shapes.ts";
import type { Conversation, Party, Realm, User } from "../../state/entities.ts";
import { blocks } from "../reach.ts";
import { isLocal, type Services } from "../services/context.ts";

/** The most users that one request names: each gets a message, or all become members at once. */
export const MOST_NAMED = 1000;

/**
 * A user of another realm, who is added if not known here yet. @param realm its key. @param full the full name, if it was told
 */
export function partyAt({ model: { users } }: Services, name: string, realm: string, full?: string): Party {
  const fullName = full === undefined ? undefined : withoutMisleading(full);
  const known = users.findAt(name, realm);
  if (!known) return users.addAt(name, realm, fullName ?? name);
  if (fullName !== undefined && (fullName !== known.fullName || name !== known.name)) {
    users.setNames(known, name, fullName);
  }
  return known;
}

/** The most users of one other realm that are known here, and of all together: each stays in memory, some 500 bytes. */
const MOST_OF_REALM = 50_000;
const MOST_ELSEWHERE = 200_000;

/** The refusal of a user of another realm who is not known here yet, if too many are. @param realm its key */
export function notOneMore({ model: { users } }: Services, name: string, realm: string): Failure<"quota"> | undefined {
  const hasRoom = users.countAt(realm) < MOST_OF_REALM && users.countElsewhere < MOST_ELSEWHERE;
  return hasRoom || users.findAt(name, realm)
    ? undefined
    : new Failure("quota", "too many users of other realms are known here");
}

/** A name that no user can have. */
const SOMEBODY = "*";

/** The party that stands for all users of a realm, where only that realm knows which of them: the members of its groups. */
export function somebodyAt(services: Services, realm: string): Party {
  return partyAt(services, SOMEBODY, realm);
}

/** Whether a party stands for the users of a realm. */
export function isSomebody({ name }: Party): boolean {
  return name === SOMEBODY;
}

/** The party with an address, if it is known here. */
export function partyNamed(services: Services, { name, realm }: Address): Party | undefined {
  const { users } = services.model;
  return isLocal(services, realm) ? users.find(name) : users.findAt(name, (realm as string).toLowerCase());
}

/** The parties here that stand for a user of another realm, the current name's first: a rename there has made a new one here. */
export function partiesOf({ model }: Services, { key }: Realm, { name, was = [] }: Author): readonly Party[] {
  return [name, ...was].flatMap((one) => model.users.findAt(one, key) ?? []);
}

/** As `partyNamed`, but also finds a user whose account was deleted: for old messages of and with that user. */
export function partyEver(services: Services, address: Address): Party | undefined {
  return (
    partyNamed(services, address) ??
    (isLocal(services, address.realm) ? services.model.users.findEver(address.name) : undefined)
  );
}

/** Users of another realm; only that realm knows whether they exist. */
export interface UsersAt {
  readonly at: Realm;
  readonly users: readonly string[];
}

/** The user with an address, to be sent to; whether one of another realm exists, only that realm knows. */
export function userTarget(services: Services, { name, realm }: Address): Result<User | UsersAt, NoUser> {
  const { users, realms } = services.model;
  if (isLocal(services, realm)) return users.find(name) ?? new Failure("user-not-found");
  const at = realms.find(realm as string);
  return at ? { at, users: [name] } : new Failure("realm-not-found", realm);
}

/** As `userTarget`, for a sender: refused if the sender has blocked that user. */
export function sendTarget(
  services: Services,
  sender: User,
  address: Address,
): Result<User | UsersAt, NoUser | "forbidden"> {
  const to = userTarget(services, address);
  if (to instanceof Failure) return to;
  const party = "at" in to ? services.model.users.findAt(address.name, to.at.key) : to;
  return (party && blockedBy(services, sender, party)) ?? to;
}

/** The refusal if a user has blocked the other one of a private conversation. */
export function blockedIn(services: Services, me: User, { of }: Conversation): Failure<"forbidden"> | undefined {
  return "members" in of ? undefined : blockedBy(services, me, of.a === me ? of.b : of.a);
}

function blockedBy({ model }: Services, me: User, other: Party): Failure<"forbidden"> | undefined {
  if (!blocks(model, me, other)) return undefined;
  return new Failure("forbidden", `you have blocked ${other.name}: unblock comes first`);
}

/** The user with an address: here, or of another realm if known here or told by that realm. */
export function knownUser(services: Services, address: Address): Result<Party, NoUser> {
  const to = userTarget(services, address);
  if (to instanceof Failure) return partyEver(services, address) ?? to;
  if (!("at" in to)) return to;
  const known = partyNamed(services, address);
  if (known) return known;
  const key = address.name.toLowerCase();
  const told = to.at.names.users.find((name) => name.toLowerCase() === key);
  return told === undefined ? new Failure("user-not-found") : partyAt(services, told, to.at.key);
}
