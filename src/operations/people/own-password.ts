/** Asks a logged-in user for the password again, before something that a stranger at the keyboard must not do. */
import { Failure } from "../../contract/result.ts";
import { actor, type Caller, type Services, stillActing } from "../services/context.ts";
import { notLookedAt } from "./sessions.ts";

type Wrong = Failure<"no-session" | "bad-credentials" | "rate-limited">;

interface Looked {
  readonly isRight: boolean;
  /** Why it is not the user's; to be called in the turn, because the password may have been changed meanwhile. */
  wrong(): Wrong | undefined;
}

/** Verifies the caller's own password. A wrong one counts as in `login`. */
export async function ownPassword(services: Services, caller: Caller, given: string): Promise<Looked> {
  const user = actor(caller);
  const { password } = user;
  const right = await services.passwords.verify(caller, user.name, password, given);
  return {
    isRight: right === true,
    wrong() {
      if (!stillActing(caller)) return new Failure("no-session");
      if (right instanceof Failure) return notLookedAt(services, caller, user.name, right);
      if (right && user.password === password) return undefined;
      services.account("login-failed", user.name, caller);
      return new Failure("bad-credentials");
    },
  };
}
