/** Other realms: adding and listing them, and messages of older servers. Links are made in realms/. */
import { isIP } from "node:net";
import type { Input, Output } from "../../contract/operations.ts";
import type { FinishOf, Refusal, ResultOf } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { RealmInfo } from "../../contract/shapes.ts";
import { Outdated, type Party, type Realm } from "../../state/entities.ts";
import { deliver } from "../messages/deliver.ts";
import { isOperator } from "../operator.ts";
import { partyAt } from "../people/parties.ts";
import { banElsewhere, forbiddenBy, realmBan } from "../services/bans.ts";
import { type Caller, isLocal, type Services } from "../services/context.ts";
import { isLoopback, kindOfAddress } from "./addresses.ts";
import { endRealm } from "./ending.ts";

/** Makes a realm known, or gives it a new address or key, and waits a moment for the link. `realm-refused` undoes it. */
export async function addRealm(
  services: Services,
  caller: Caller,
  input: Input<"addRealm">,
): Promise<FinishOf<"addRealm">> {
  const ending = replaced(services, caller, input);
  if (ending) {
    const { realm: name, host, port, key } = input;
    // A slip must not end a realm: first a server at the new address must prove to be the realm.
    const refused = await services.neighbours.probe({ name, host: host as string, port: port as number, key });
    if (refused) return () => refused;
    if (services.model.realms.find(name) === ending) endRealm(services, ending);
  }
  const added = addedRealm(services, caller, input);
  if (added instanceof Failure) return () => added;
  const { realm, takeBack } = added;
  services.realmLog("realm-added", { realm: realm.name, host: realm.host, port: realm.port }, caller);
  const met = await services.neighbours.of(realm).meet();
  if (!met) throw new Outdated("the realm was not kept");
  const { state, error } = met;
  return () => {
    if (state !== "refused") return { realm: realm.name, state };
    takeBack();
    return new Failure("realm-refused", error);
  };
}

/** As `addRealm` of a realm that is known, with its key. */
export async function adminRealmPin(
  services: Services,
  caller: Caller,
  input: Input<"adminRealmPin">,
): Promise<FinishOf<"adminRealmPin">> {
  const known = services.model.realms.find(input.realm);
  if (!known || known.ended) return () => new Failure("realm-not-found");
  const finish = await addRealm(services, caller, input);
  return () => finish();
}

export function realms(services: Services): Output<"realms"> {
  const { realm, model, neighbours } = services;
  const others = model.realms.all().map((other) => realmInfo(services, other));
  return { realms: [{ realm, own: true, key: neighbours.key }, ...others] };
}

/** An older server makes itself known. It proves nothing: only those that `--legacy-realms` names are believed. */
export function legacyRealm(
  services: Services,
  caller: Caller,
  { realm }: Input<"legacyRealm">,
): ResultOf<"legacyRealm"> {
  const other = legacyCaller(services, caller, realm);
  return other instanceof Failure ? other : {};
}

export function legacyMessage(
  services: Services,
  caller: Caller,
  { from, realm, members, text }: Input<"legacyMessage">,
): ResultOf<"legacyMessage"> {
  const other = legacyCaller(services, caller, realm ?? from.realm);
  if (other instanceof Failure) return other;
  const ban = banElsewhere(services, from.name, other.key);
  if (ban) return forbiddenBy(ban);
  const readers: Party[] = [];
  for (const { name, realm: of } of members) {
    const reader = isLocal(services, of) ? services.model.users.find(name) : undefined;
    if (!reader) return new Failure("user-not-found", name);
    readers.push(reader);
  }
  if (services.intake.isFull) return new Failure("disk-full");
  const sender = partyAt(services, from.name, other.key);
  for (const reader of readers) deliver(services, sender, reader, text);
  return {};
}

function legacyCaller(services: Services, caller: Caller, name: string | undefined): Result<Realm, "forbidden"> {
  const realm = services.neighbours.legacyAt(caller.remote.address, name);
  const ban = realm && realmBan(services, realm.key);
  if (ban) return forbiddenBy(ban);
  return (
    realm ??
    new Failure(
      "forbidden",
      "unsigned links are not accepted from this address; see --legacy-realms, or link with addrealm",
    )
  );
}

/** With this many realms, only an administrator adds one. */
const MOST_REALMS = 1000;

export function tooManyRealms({ model }: Services): boolean {
  return model.realms.size >= MOST_REALMS;
}

interface Added {
  readonly realm: Realm;
  /** Undoes it, because the server at that address is not that realm. */
  takeBack(): void;
}

/** Adds the realm, or changes one that is known, if the caller may. */
function addedRealm(services: Services, caller: Caller, input: Input<"addRealm">): Result<Added, Refusal<"addRealm">> {
  const { model, policy, neighbours } = services;
  const { realm: name, host, port, key } = input;
  if (!mayAdd(services, caller)) {
    return caller.acting || policy.realms === "closed"
      ? new Failure("forbidden", "this server's realm policy does not allow it")
      : new Failure("no-session");
  }
  if ((host === undefined) !== (port === undefined)) {
    return new Failure("bad-request", "an address is a host and a port");
  }
  const trusted = isTrusted(services, caller);
  const given = trusted ? "operator" : "user";
  const kind = host !== undefined && isIP(host) > 0 ? kindOfAddress(host) : "outer";
  if (kind === "nowhere") return new Failure("forbidden", `${host} is no address of a server`);
  if (kind === "inner" && !trusted && !services.onlyLoopback()) {
    return new Failure("forbidden", `${host} is a private address: an administrator may name it`);
  }
  if (isLocal(services, name)) return new Failure("realm-exists", `${name} is this server's own name`);
  const ban = realmBan(services, name);
  if (ban) return forbiddenBy(ban);
  const known = model.realms.find(name);
  if (known?.ended) return new Failure("realm-exists", `${known.name} is the name of a realm that was removed`);
  if (!known) {
    if (!trusted && tooManyRealms(services)) return new Failure("too-many", "this server knows too many realms");
    const realm = model.realms.add({ name, host, port, given });
    if (key !== undefined) model.realms.pin(realm, key);
    return { realm, takeBack: () => model.realms.remove(realm) };
  }
  const rekeyed = key !== undefined && trusted;
  // Whatever its address, the server there must prove that it has the realm's known key.
  const isConfirmed = trusted && host !== undefined && !known.named;
  const unsettled = known.host === undefined || neighbours.of(known).status.state === "refused";
  const isFree = unsettled && host !== undefined && (known.pinned === undefined || known.host === undefined);
  if (!rekeyed && !isConfirmed && !isFree) {
    const place = known.host === undefined ? "without an address" : `at ${known.host}:${known.port}`;
    const change = "an administrator can give another address with its key: addrealm NAME HOST PORT KEY";
    return new Failure("realm-exists", `${known.name} is known ${place}; ${change}`);
  }
  const before = { ...known };
  if (host !== undefined && port !== undefined) model.realms.setAddress(known, host, port, given);
  if (rekeyed) model.realms.pin(known, key);
  const takeBack = (): void => {
    model.realms.restore(known, before);
    // The realm may still be at its former address.
    void neighbours.of(known).meet();
  };
  return { realm: known, takeBack };
}

/**
 * The realm that ends because the operator gives its name to another: users had named it, and the operator gives another key or,
 * where no key is known, another address.
 */
function replaced(
  services: Services,
  caller: Caller,
  { realm: name, host, port, key }: Input<"addRealm">,
): Realm | undefined {
  const known = services.model.realms.find(name);
  if (!known || known.ended || known.named || !isTrusted(services, caller)) return undefined;
  if (host === undefined || port === undefined || !mayAdd(services, caller)) return undefined;
  const isElsewhere = host !== known.host || port !== known.port;
  const isOther = known.pinned === undefined ? isElsewhere : key !== undefined && key !== known.pinned;
  return isOther ? known : undefined;
}

function realmInfo({ model, neighbours }: Services, realm: Realm): RealmInfo {
  const { name, host, port, pinned } = realm;
  const { state, contact, error } = neighbours.of(realm).status;
  const { items } = model.outbox.waiting(realm);
  const [first] = items > 0 ? model.outbox.after(realm, 0, 1, 1) : [];
  return {
    realm: name,
    own: false,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(pinned !== undefined && { key: pinned }),
    state,
    ...(contact !== undefined && { contact: contact }),
    ...(error !== undefined && { error }),
    queued: items,
    ...(first && { oldest: Math.floor(first.n / 1000) }),
  };
}

/** The operator may add realms, and logged-in users as the policy says. */
function mayAdd(services: Services, caller: Caller): boolean {
  if (services.policy.realms === "closed") return false;
  if (isTrusted(services, caller)) return true;
  return caller.acting !== undefined && services.policy.realms === "users";
}

/**
 * Whether a caller may give any address, and another key: the operator, and with `--trust-loopback` everybody on this machine.
 */
function isTrusted(services: Services, caller: Caller): boolean {
  const { trustLoopback } = services.policy;
  return isOperator(services, caller) || (trustLoopback && isLoopback(caller.remote.address));
}
