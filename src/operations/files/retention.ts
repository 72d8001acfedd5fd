/** Contents and their records belong together, and neither is kept for longer than it should be. */
import type { Services } from "../services/context.ts";

/** Names of the contents that records name. */
export function knownContents({ model }: Pick<Services, "model">): Set<string> {
  return new Set([...model.files.all()].flatMap(({ stored }) => stored ?? []));
}

/** After a crash: contents that no record names go, and records whose content is not there say so. */
export function reconcile(services: Services): void {
  const { contents, fault, model } = services;
  const missing = new Set(contents.reconcile(knownContents(services), (key) => isWanted(services, key)));
  if (missing.size === 0) return;
  for (const file of model.files.all()) {
    if (file.stored === undefined || !missing.has(file.stored)) continue;
    fault(new Error(`the content of ${file.id} is missing: ${file.stored}`), "uploads");
    model.files.lose(file);
  }
}

/** What has been kept as long as it should goes. */
export function expire(services: Services): void {
  const { contents, now, policy, model } = services;
  contents.expireParts(now() - policy.partLife);
  const before = now() - policy.fileLife;
  for (const file of model.files.all()) {
    if (file.created >= before) break;
    model.files.lose(file);
  }
}

/** Can an unfinished content be gone on with: an upload of a user, or one that comes from another realm? */
function isWanted({ model }: Services, key: string): boolean {
  const [, user] = /^(\d+)-[0-9a-f]{32}$/.exec(key) ?? [];
  if (user !== undefined) return model.users.byId(Number(user)) !== undefined;
  const file = model.files.byId(key);
  return file !== undefined && file.stored === undefined && !file.gone;
}
