/** The rules for new passwords. */
import { withoutCode } from "../../contract/invitation-code.ts";
import { Failure } from "../../contract/result.ts";
import type { Policy } from "../services/context.ts";

/**
 * Why a text cannot be a new password; undefined if it can. One that begins like an invitation's code would be taken for that.
 */
export function unfit({ minPassword }: Policy, password: string): Failure<"bad-request"> | undefined {
  if (withoutCode(password).code !== undefined) {
    return new Failure("bad-request", "password: begins with an invitation's code and :");
  }
  return password.length < minPassword
    ? new Failure("bad-request", `password: at least ${minPassword} characters`)
    : undefined;
}
