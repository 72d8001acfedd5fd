/** Invitations: made, listed and ended by the operator. The code is told once and kept as its SHA-256. */
import { hash } from "node:crypto";
import { newInvitationCode } from "../../contract/invitation-code.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { Invitation as Told } from "../../contract/operator-shapes.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Invitation } from "../../state/entities.ts";
import type { Caller, Services } from "../services/context.ts";

const DAY_MS = 24 * 3600_000;

/** The most invitations that may be open at once. */
const MOST = 1000;

export function adminInvite(
  services: Services,
  caller: Caller,
  { uses = 1, days = 7, group: name }: Input<"adminInvite">,
): ResultOf<"adminInvite"> {
  const { model, now, world } = services;
  const group = name === undefined ? undefined : model.groups.find(name);
  if (name !== undefined && !group) return new Failure("group-not-found");
  endOldInvitations(services);
  if (model.invitations.count >= MOST) {
    return new Failure("too-many", `${MOST} invitations are open; admin uninvite ends one`);
  }
  const code = newInvitationCode((count) => world.randomBytes(count));
  const created = now();
  const until = created + days * DAY_MS;
  const invitation = model.invitations.add({
    hash: hashed(code),
    uses,
    until,
    group,
    by: caller.operator ? undefined : caller.acting?.user,
    created,
  });
  return { invitation: told(invitation), code };
}

export function adminInvitations(services: Services): Output<"adminInvitations"> {
  const { model, now } = services;
  const live = [...model.invitations.all()].filter(({ until }) => until > now());
  return { invitations: live.toSorted((one, other) => one.id - other.id).map(told) };
}

export function adminUninvite(
  { model }: Services,
  _caller: Caller,
  { invitation: id }: Input<"adminUninvite">,
): ResultOf<"adminUninvite"> {
  const invitation = model.invitations.byId(id);
  if (!invitation) return new Failure("invitation-not-found");
  model.invitations.end(invitation);
  return { invitation: id };
}

/** The invitation that a code belongs to, if it has not ended. */
export function invitationOf({ model, now }: Services, code: string): Invitation | undefined {
  const invitation = model.invitations.find(hashed(code));
  return invitation && invitation.until > now() ? invitation : undefined;
}

/** Ends invitations whose time is over. */
export function endOldInvitations({ model, now }: Services): void {
  const time = now();
  for (const invitation of [...model.invitations.all()]) {
    if (invitation.until <= time) model.invitations.end(invitation);
  }
}

function told({ id, uses, until, group, by, created }: Invitation): Told {
  return { id, uses, until, ...(group && { group: group.name }), ...(by && { by: by.name }), created };
}

function hashed(code: string): string {
  return hash("sha256", code, "base64");
}
