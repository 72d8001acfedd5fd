/** Logging in, and what is left of it: who it is, and his token. */
import { addressOf } from "../contract/names.ts";
import type { Call } from "./call.ts";
import { RefusedRequest, type Reply } from "./errors.ts";

/** Who is logged in. */
export interface Login {
  readonly user: string;
  readonly token: string;
}

/** Logs in. @param user `name` or `name@realm`. @throws RefusedRequest, LinkError */
export async function logIn(call: Call, user: string, password: string): Promise<Login> {
  const { user: name, tokenid: token } = await call("login", { user: addressOf(user), password });
  return { user: name, token };
}

/** Who has logged in, or made an account, by a request in any dialect; undefined for a reply to another. */
export function loginOf({ user, tokenid: token }: Reply): Login | undefined {
  return typeof user === "string" && typeof token === "string" ? { user, token } : undefined;
}

/** Is a refusal because the session has ended? */
export function isSessionEnd(error: unknown): error is RefusedRequest {
  return error instanceof RefusedRequest && error.code === "no-session";
}
