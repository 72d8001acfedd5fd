/** The password of whoever is logged in, asked for again before something that a stranger at his keyboard must not do. */
import { Failure } from "../../contract/result.ts";
import { actor, type Caller, type Services, stillActing } from "../services/context.ts";
import { notLookedAt } from "./sessions.ts";

type Wrong = Failure<"no-session" | "bad-credentials" | "rate-limited">;

interface Looked {
  readonly isRight: boolean;
  /** Why it is not his, asked for in the turn: it may have been changed meanwhile. */
  wrong(): Wrong | undefined;
}

/** A wrong one counts as in `login`. */
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
