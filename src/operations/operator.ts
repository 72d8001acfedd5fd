/** Who may do what is the owner's. */
import type { Caller, Services } from "./services/context.ts";

/** As whom somebody does what is the operator's: the administrator's name; undefined over the control socket, whoever has logged in on it. */
export function actingAs({ operator, acting }: Caller): string | undefined {
  return operator ? undefined : acting?.user.name;
}

/** Whether a connection came over the control socket, or an administrator acts on it. Where it comes from else is no proof. */
export function isOperator({ policy }: Services, { operator, acting }: Caller): boolean {
  return operator || (acting !== undefined && policy.admins.has(acting.user.key));
}
