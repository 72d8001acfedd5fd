/** Registration: who may make an account, with which invitation, and the group that the invitation leads into. */
import { withoutCode } from "../../contract/invitation-code.ts";
import type { Input } from "../../contract/operations.ts";
import type { FinishOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Invitation } from "../../state/entities.ts";
import { invitationOf } from "../people/invitations.ts";
import { unfit } from "../people/new-password.ts";
import { notLookedAt, openSession } from "../people/sessions.ts";
import { type Caller, person, type Services } from "../services/context.ts";
import { join } from "./membership.ts";

/** The most accounts: each takes some 2 KB of memory. */
const MOST_ACCOUNTS = 1_000_000;

/**
 * Adds an account; with `session` also opens a session. Until it is clear that the caller may register, nothing is said of the
 * name, and nothing hashed. `rate-limited`: see `Passwords.tried` and `hashFor`.
 */
export async function register(
  services: Services,
  caller: Caller,
  input: Input<"register">,
): Promise<FinishOf<"register">> {
  const { model, passwords, policy } = services;
  const { user: name, name: fullName, country, session } = input;
  if (input.onlyLoggedOut && caller.acting) return () => new Failure("logged-in");
  const { code = input.code, password } = input.code === undefined ? withoutCode(input.password) : input;
  const wrong = unfit(policy, password);
  if (wrong) return () => wrong;
  // The operator needs no invitation, nor does anybody with `--registration open`; a valid one that is given is used all the
  // same.
  const mustBeInvited = !caller.operator && policy.registration !== "open";
  const invited = (): Invitation | undefined => (code === undefined ? undefined : invitationOf(services, code));
  const taken = isTaken(services, caller, name);
  if (mustBeInvited) {
    if (policy.registration === "closed") return () => new Failure("forbidden", CLOSED);
    if (code === undefined) return () => new Failure("forbidden", BY_INVITATION);
    const right = await passwords.tried(caller, invited() !== undefined);
    if (right instanceof Failure) return () => notLookedAt(services, caller, name, right);
    if (!right) return () => notInvited(services, caller, name);
  }
  if (taken) return () => new Failure("user-exists");
  if (model.users.count >= MOST_ACCOUNTS) {
    return () => new Failure("too-many", "this server has all accounts it may have");
  }
  // An invited user does not count towards the limit of accounts from an address.
  const limited = caller.operator || invited() ? undefined : services.newAccount(caller);
  if (limited) return () => limited;
  const hash = await passwords.hashFor(caller, password);
  return () => {
    if (hash instanceof Failure) return hash;
    // Meanwhile somebody else may have used the invitation, or taken the name.
    const invitation = invited();
    if (mustBeInvited && !invitation) return notInvited(services, caller, name);
    if (isTaken(services, caller, name)) return new Failure("user-exists");
    const user = model.users.add({
      name,
      fullName: fullName ?? name,
      country: country ?? "",
      password: hash,
      created: services.now(),
    });
    services.account("registered", user.name, caller, invitation?.id);
    if (invitation) {
      model.invitations.use(invitation);
      if (invitation.group && !invitation.group.gone) join(services, user, invitation.group);
    }
    const who = person(services, user);
    if (session === "none") return { user: who };
    return { user: who, token: openSession(services, user, caller, session === "login") };
  };
}

const CLOSED = "this server takes no new accounts";
const BY_INVITATION = "this server takes new accounts by invitation: put the code and : before the password";

function notInvited({ account }: Services, caller: Caller, name: string): Failure<"forbidden"> {
  account("login-failed", name, caller);
  return new Failure("forbidden", "no invitation has this code, or it has ended");
}

/** Whether a name is taken. Only the operator registers an administrator's name. */
function isTaken({ model, policy }: Services, { operator }: Caller, name: string): boolean {
  return model.users.isTaken(name) || (!operator && policy.admins.has(name.toLowerCase()));
}
