/** Who may do what is the owner's. */
import type { Caller, Services } from "./services/context.ts";

/** Whether a connection came over the control socket, or an administrator acts on it. Where it comes from else is no proof. */
export function isOperator({ policy }: Services, { operator, acting }: Caller): boolean {
  return operator || (acting !== undefined && policy.admins.has(acting.user.key));
}
