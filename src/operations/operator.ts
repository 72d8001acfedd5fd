/** Who may do what is the operator's. */
import type { Caller, Services } from "./services/context.ts";

/** Under which name an operator's act is noted: the administrator's; undefined over the control socket, whoever is logged in on it. */
export function actingAs({ operator, acting }: Caller): string | undefined {
  return operator ? undefined : acting?.user.name;
}

/** Whether a connection came over the control socket, or an administrator acts on it. No other origin proves anything. */
export function isOperator({ policy }: Services, { operator, acting }: Caller): boolean {
  return operator || (acting !== undefined && policy.admins.has(acting.user.key));
}
