/** Other realms, known by name and perhaps by address. */

import { type Caller, isLocal, type Services } from "./context.ts";
import { Failure, type Input, type Output, type RealmInfo, type Result } from "./contract.ts";

export function addRealm(services: Services, caller: Caller, input: Input<"addRealm">): Result<Output<"addRealm">> {
  const { realm: name, host, port } = input;
  if (!mayAdd(services, caller)) {
    return caller.acting || services.policy.realms === "closed"
      ? new Failure("forbidden", "this server's realm policy does not allow it")
      : new Failure("no-session");
  }
  if ((host === undefined) !== (port === undefined)) {
    return new Failure("bad-request", "an address is a host and a port");
  }
  if (isLocal(services, name) || services.stores.realms.find(name)) return new Failure("realm-exists");
  return { realm: services.stores.realms.add({ name, host, port }).name };
}

export function realms({ realm, stores }: Services): Output<"realms"> {
  const others = [...stores.realms.all()].map(({ name, host, port }): RealmInfo => {
    return { realm: name, ...(host !== undefined && { host }), ...(port !== undefined && { port }), own: false };
  });
  return { realms: [{ realm, own: true }, ...others] };
}

/** Anyone connected from loopback, and logged-in users as the policy says. */
function mayAdd({ policy }: Services, caller: Caller): boolean {
  if (policy.realms === "closed") return false;
  if (caller.loopback) return true;
  if (!caller.acting) return false;
  return policy.realms === "users" || policy.admins.has(caller.acting.user.key);
}
