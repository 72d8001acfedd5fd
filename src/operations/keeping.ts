/** Contents and their records belong together, and neither is kept for longer than it should be. */
import type { Services } from "./context.ts";
import { lose } from "./files.ts";

/** Names of the contents that records name. */
export function knownContents({ stores }: Pick<Services, "stores">): Set<string> {
  return new Set([...stores.files.all()].flatMap(({ stored }) => stored ?? []));
}

/** After a crash: contents that no record names go, and records whose content is not there say so. */
export function reconcile(services: Services): void {
  const { contents, fault, stores } = services;
  const missing = new Set(contents.reconcile(knownContents(services), (key) => isWanted(services, key)));
  if (missing.size === 0) return;
  for (const file of stores.files.all()) {
    if (file.stored === undefined || !missing.has(file.stored)) continue;
    fault(new Error(`the content of ${file.id} is missing: ${file.stored}`), "uploads");
    lose(services, file);
  }
  stores.commit();
}

/** What has been kept as long as it should goes. */
export function expire(services: Services): void {
  const { contents, now, policy, stores } = services;
  contents.expireParts(now() - policy.partLife);
  const before = now() - policy.fileLife;
  for (const file of stores.files.all()) {
    if (file.created >= before) break;
    if (!file.gone) lose(services, file);
  }
}

/** Can an unfinished content be gone on with: an upload of a user, or one that comes from another realm? */
function isWanted({ stores }: Services, key: string): boolean {
  const [, user] = /^(\d+)-[0-9a-f]{32}$/.exec(key) ?? [];
  if (user !== undefined) return stores.users.byId(Number(user)) !== undefined;
  const file = stores.files.byId(key);
  return file !== undefined && file.stored === undefined && !file.gone;
}
