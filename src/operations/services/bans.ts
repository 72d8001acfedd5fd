/** Finds bans that are in force. What one means for a request, the callers decide. */
import { realmKey, userKey } from "../../contract/ban-target.ts";
import { Failure } from "../../contract/result.ts";
import type { Ban } from "../../state/entities.ts";
import type { Services } from "./context.ts";

type Bans = Pick<Services, "model" | "now">;

/** The ban of a user here. */
export function userBan({ model, now }: Bans, name: string): Ban | undefined {
  return model.bans.on(userKey(name), now());
}

/** The ban of an address that somebody connects from. */
export function addressBan({ model, now }: Bans, address: string): Ban | undefined {
  return model.bans.onAddress(address, now());
}

export function realmBan({ model, now }: Bans, realm: string): Ban | undefined {
  return model.bans.on(realmKey(realm), now());
}

/** The ban of a user of another realm, or of all of it. */
export function banElsewhere(bans: Bans, name: string, realm: string): Ban | undefined {
  return realmBan(bans, realm) ?? bans.model.bans.on(userKey(name, realm), bans.now());
}

/** The refusal for a user who is banned. */
export function banned({ reason, until }: Ban): Failure<"banned"> {
  const words = [reason, ...(until === undefined ? [] : [`until ${new Date(until).toISOString()}`])];
  return new Failure("banned", words.filter(Boolean).join("; ") || undefined);
}

/** The refusal for anybody else whose request a ban forbids. */
export function forbiddenBy(ban: Ban): Failure<"forbidden"> {
  const { detail } = banned(ban);
  return new Failure("forbidden", `${ban.target} is banned here${detail === undefined ? "" : `: ${detail}`}`);
}
