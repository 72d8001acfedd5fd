/** Room for one more transfer, and for a file of some size. PROTOCOL.md, "What there is room for". */

import type { NoRoom } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Party } from "../../state/entities.ts";
import type { Services } from "../services/context.ts";
import type { Transfer } from "../services/transfers.ts";

/** Bytes of an upload under way that are reserved on the disk; beyond them it checks the disk as it goes. */
export const RESERVED = 64 * 2 ** 20;

/** Begins a transfer, unless the user has the most that may be under way. */
export function begun({ transfers, policy }: Services, transfer: Transfer): Result<Transfer, "too-many"> {
  if (transfers.countOf(transfer.owner) >= policy.maxTransfers) {
    return new Failure("too-many", `${policy.maxTransfers} transfers are under way already`);
  }
  transfers.begin(transfer);
  return transfer;
}

/** Why there is no room for a file of `size` bytes. @param key of its unfinished part, whose bytes must not count twice */
export function noRoomFor(services: Services, owner: Party, size: number, key?: string): Failure<NoRoom> | undefined {
  const { contents, policy, model, transfers } = services;
  if (size > policy.maxFile) return new Failure("too-large", `a file may have ${policy.maxFile} bytes here`);
  const here = key === undefined ? 0 : (contents.partLength(key) ?? 0);
  const used = model.files.usedBy(owner) + transfers.sizeOf(owner) + contents.partsOf(`${owner.id}-`) - here;
  if (used + size > policy.quota) {
    return new Failure("quota", `${used} of ${policy.quota} bytes are used, and the file has ${size}`);
  }
  const free = contents.free();
  if (free === undefined) return new Failure("storage", "the folder of files cannot be read");
  return free - transfers.toArrive(RESERVED) - (size - here) < policy.minFree ? new Failure("disk-full") : undefined;
}
