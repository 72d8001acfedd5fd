/** Finds users by address, here and in other realms; those of other realms are added when they are first heard of. */

import type { Author } from "../../contract/items.ts";
import { withoutMisleading } from "../../contract/names.ts";
import type { NoUser } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Address } from "../../contract/shapes.ts";
import type { Conversation, Party, Realm, User } from "../../state/entities.ts";
import { blocks } from "../reach.ts";
import { isLocal, type Services } from "../services/context.ts";

/** Users that one request names at most: each gets a message of his own, or all become members at once. */
export const MOST_NAMED = 1000;

/** A user of another realm, added if he is not known yet. @param realm its key. @param full his full name, if that is told */
export function partyAt({ model: { users } }: Services, name: string, realm: string, full?: string): Party {
  const fullName = full === undefined ? undefined : withoutMisleading(full);
  const known = users.findAt(name, realm);
  if (!known) return users.addAt(name, realm, fullName ?? name);
  if (fullName !== undefined && (fullName !== known.fullName || name !== known.name)) {
    users.setNames(known, name, fullName);
  }
  return known;
}

/** Users of one other realm that are known here, and of all together: each stays in memory, some 500 bytes. */
const MOST_OF_REALM = 50_000;
const MOST_ELSEWHERE = 200_000;

/** Refuses a user of another realm who is not known yet, if too many are. @param realm its key */
export function notOneMore({ model: { users } }: Services, name: string, realm: string): Failure<"quota"> | undefined {
  const hasRoom = users.countAt(realm) < MOST_OF_REALM && users.countElsewhere < MOST_ELSEWHERE;
  return hasRoom || users.findAt(name, realm)
    ? undefined
    : new Failure("quota", "too many users of other realms are known here");
}

/** No user has this name. */
const SOMEBODY = "*";

/** A party that stands for the users of a realm where it is not known which of them: the members of its groups. */
export function somebodyAt(services: Services, realm: string): Party {
  return partyAt(services, SOMEBODY, realm);
}

/** Whether a party stands for the users of a realm. */
export function isSomebody({ name }: Party): boolean {
  return name === SOMEBODY;
}

/** A user by address, if he is known here. */
export function partyNamed(services: Services, { name, realm }: Address): Party | undefined {
  const { users } = services.model;
  return isLocal(services, realm) ? users.find(name) : users.findAt(name, (realm as string).toLowerCase());
}

/** The parties here that stand for a user of another realm, the current name's first: a rename there has made a new one here. */
export function partiesOf({ model }: Services, { key }: Realm, { name, was = [] }: Author): readonly Party[] {
  return [name, ...was].flatMap((one) => model.users.findAt(one, key) ?? []);
}

/** As `partyNamed`, also of one who had an account: for what he has said, and what was said of him. */
export function partyEver(services: Services, address: Address): Party | undefined {
  return (
    partyNamed(services, address) ??
    (isLocal(services, address.realm) ? services.model.users.findEver(address.name) : undefined)
  );
}

/** Users of another realm; whether they are there, only that realm knows. */
export interface UsersAt {
  readonly at: Realm;
  readonly users: readonly string[];
}

/** The user that something can be sent to, by address. */
export function userTarget(services: Services, { name, realm }: Address): Result<User | UsersAt, NoUser> {
  const { users, realms } = services.model;
  if (isLocal(services, realm)) return users.find(name) ?? new Failure("user-not-found");
  const at = realms.find(realm as string);
  return at ? { at, users: [name] } : new Failure("realm-not-found", realm);
}

/** As `userTarget`, for who wants to say something: not to somebody whom he has blocked. */
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

/** Why a user says nothing in a conversation of two: he has blocked the other. */
export function blockedIn(services: Services, me: User, { of }: Conversation): Failure<"forbidden"> | undefined {
  return "members" in of ? undefined : blockedBy(services, me, of.a === me ? of.b : of.a);
}

function blockedBy({ model }: Services, me: User, other: Party): Failure<"forbidden"> | undefined {
  if (!blocks(model, me, other)) return undefined;
  return new Failure("forbidden", `you have blocked ${other.name}: unblock comes first`);
}

/** A user whom somebody names: here, or elsewhere if he was heard of, or his realm has told his name. */
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
