/** The operator's operations on bans. */
import { type BanTarget, realmKey, userKey, writeTarget } from "../../contract/ban-target.ts";
import { addressText, type Cidr, contains, overlap, parseAddress, parseCidr } from "../../contract/cidr.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Ban } from "../../state/entities.ts";
import { actingAs } from "../operator.ts";
import { type Caller, isLocal, type Services } from "../services/context.ts";
import { endSessions } from "./sessions.ts";

/** The most bans. */
const MOST = 10_000;

/** Behind a tunnel or a proxy everybody comes from these: a ban of them is a mistake. */
const EVERYBODY = ["127.0.0.1", "::1"];

/**
 * Bans a user, realm or network; an earlier ban of the same is replaced. Ends a banned user's sessions; connections and links are
 * ended by the rooms that hold them.
 */
export function adminBan(services: Services, caller: Caller, input: Input<"adminBan">): ResultOf<"adminBan"> {
  const { model, now } = services;
  const refused = refusalOf(services, caller, input.target);
  if (refused) return refused;
  const target = keyOf(services, input.target);
  if (!model.bans.find(target)) {
    if (model.bans.size >= MOST) liftEnded(services);
    if (model.bans.size >= MOST) return new Failure("too-many", `${MOST} bans are the most`);
  }
  const time = now();
  const until = input.duration === undefined ? undefined : time + input.duration;
  const by = actingAs(caller);
  model.bans.add({ target, reason: input.reason ?? "", until, by, time });
  const user = userHere(services, input.target);
  if (user) endSessions(services, user, undefined);
  services.banLog("banned", { target, until }, caller);
  return { target, ...(until !== undefined && { until }) };
}

export function adminUnban(services: Services, caller: Caller, input: Input<"adminUnban">): ResultOf<"adminUnban"> {
  const target = keyOf(services, input.target);
  const ban = services.model.bans.on(target, services.now());
  if (!ban) return new Failure("not-banned", target);
  services.model.bans.lift(ban);
  services.banLog("unbanned", { target }, caller);
  return { target };
}

export function adminBans({ model, now }: Services): Output<"adminBans"> {
  const time = now();
  const bans = model.bans.all().filter(({ target }) => model.bans.on(target, time));
  return { bans: bans.map(told) };
}

/** Lifts bans whose time is over. These do not count in any case: it frees their places. */
export function liftEnded({ model, now }: Pick<Services, "model" | "now">): void {
  const time = now();
  for (const ban of model.bans.all()) if (ban.until !== undefined && ban.until <= time) model.bans.lift(ban);
}

/** Why a target cannot be banned: there is none, or by a slip it would hit the operator, an administrator or everybody. */
function refusalOf(
  services: Services,
  { remote }: Caller,
  target: BanTarget,
): Failure<"user-not-found" | "realm-not-found" | "forbidden"> | undefined {
  const { model, policy } = services;
  if (target.is === "network") {
    const network = parseCidr(target.network) as Cidr;
    const own = [remote.address, ...EVERYBODY].map(parseAddress).find((one) => one && contains(network, one));
    if (own) return new Failure("forbidden", `${addressText(own)} is in it`);
    const proxy = policy.proxies.find((one) => overlap(one, network));
    return (
      proxy && new Failure("forbidden", `it has a proxy of --proxy-from, ${proxy.text}: everybody comes through it`)
    );
  }
  if (target.is === "realm") {
    return isLocal(services, target.realm) ? new Failure("forbidden", "that is this server's own name") : undefined;
  }
  const { name, realm } = target;
  if (realm !== undefined && !isLocal(services, realm)) {
    // A member of a group elsewhere can be of a realm that is not known here.
    const isKnown = model.realms.find(realm) ?? model.users.findAt(name, realm.toLowerCase());
    return isKnown ? undefined : new Failure("realm-not-found", realm);
  }
  if (!model.users.find(name)) return new Failure("user-not-found", name);
  if (policy.admins.has(name.toLowerCase())) return new Failure("forbidden", `${name} is an administrator`);
  return undefined;
}

/** The key of a target's ban. */
function keyOf(services: Services, target: BanTarget): string {
  if (target.is === "network") return writeTarget(target);
  if (target.is === "realm") return realmKey(target.realm);
  return isLocal(services, target.realm) ? userKey(target.name) : userKey(target.name, target.realm);
}

function userHere(services: Services, target: BanTarget): ReturnType<Services["model"]["users"]["find"]> {
  return target.is === "user" && isLocal(services, target.realm) ? services.model.users.find(target.name) : undefined;
}

function told({ target, reason, until, by, time }: Ban): Output<"adminBans">["bans"][number] {
  return { target, reason, time, ...(until !== undefined && { until }), ...(by !== undefined && { by }) };
}
