/** Backups, asked for by the operator. */
import type { Input } from "../contract/operations.ts";
import type { FinishOf } from "../contract/refusals.ts";
import { Failure } from "../contract/result.ts";
import type { Caller, Services } from "./services/context.ts";

/**
 * Only over the control socket, not for administrators who have logged in: it writes to any folder that it is given, on a machine
 * that need not be theirs.
 */
export async function adminBackup(
  { backups }: Services,
  { operator }: Caller,
  { folder }: Input<"adminBackup">,
): Promise<FinishOf<"adminBackup">> {
  if (!operator) return () => new Failure("forbidden", "only over the control socket");
  if (!backups) return () => new Failure("forbidden", "with --memory there is nothing to back up");
  if (backups.isRunning) return () => new Failure("too-many", "another backup is being made");
  const begun = backups.begin(folder);
  if (typeof begun === "string") return () => new Failure("bad-request", `folder: ${begun}`);
  try {
    const made = await begun.made;
    return () => ({ folder, ...made });
  } catch (error) {
    const { message } = error as Error;
    return () => new Failure("storage", message);
  }
}
