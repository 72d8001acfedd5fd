/**
 * Keeps contents and records together: which contents have records, what does not match after a crash, what is too old, and which
 * contents go with their records.
 */
import type { Change } from "../../state/changes.ts";
import { isUser } from "../../state/entities.ts";
import type { Services } from "../services/context.ts";

/** The names of all contents that records name. */
export function knownContents({ model }: Pick<Services, "model">): Set<string> {
  return new Set([...model.files.all()].flatMap(({ stored }) => stored ?? []));
}

/** Removes, at the start, contents that no record names. @returns those that are missing and that records name. @throws Error */
export async function reconcile(services: Services): Promise<ReadonlySet<string>> {
  return new Set(await services.contents.reconcile(knownContents(services), (key) => isWanted(services, key)));
}

/** Marks files as gone whose content is missing. */
export function loseMissing(services: Services, missing: ReadonlySet<string>): void {
  const { fault, model } = services;
  if (missing.size === 0) return;
  for (const file of model.files.all()) {
    if (file.stored === undefined || !missing.has(file.stored)) continue;
    fault(new Error(`the content of ${file.id} is missing: ${file.stored}`), "uploads");
    model.files.lose(file);
  }
}

/** Removes files and unfinished uploads that are older than the policy says. */
export function expire(services: Services): void {
  const { contents, now, policy, model } = services;
  contents.expireParts(now() - policy.partLife);
  const before = now() - policy.fileLife;
  for (const file of model.files.all()) {
    if (file.created >= before) break;
    model.files.lose(file);
  }
}

/** A change is kept: the content of a lost file is removed, and that of a new one is settled. */
export function settle({ contents }: Services, change: Change): void {
  if ((change.is === "file.added" || change.is === "file.arrived") && change.stored !== undefined)
    contents.settle(change.stored);
  if (change.is !== "file.lost") return;
  if (change.stored === undefined) contents.removePart(change.file);
  else void contents.remove(change.stored);
}

/**
 * A change is undone: the content of a file that was added, or has arrived, is removed. @param isLost the turn may be done again:
 * the content is removed later, unless that happens
 */
export function dropNew({ contents }: Services, change: Change, isLost: boolean): void {
  if (change.is !== "file.added" && change.is !== "file.arrived") return;
  if (change.stored === undefined) return;
  if (isLost) contents.removeLater(change.stored);
  else void contents.remove(change.stored);
}

/** Whether an unfinished content can still be finished: a user's upload, or a file that another realm has sent. */
function isWanted({ model }: Services, key: string): boolean {
  const [, user] = /^(\d+)-[0-9a-f]{32}$/.exec(key) ?? [];
  if (user !== undefined) {
    const owner = model.users.byId(Number(user));
    return isUser(owner) && model.users.isHere(owner);
  }
  const file = model.files.byId(key);
  return file !== undefined && file.stored === undefined && !file.gone;
}
