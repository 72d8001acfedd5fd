/** What this server's realm is called. */
import { hostname } from "node:os";
import { isName } from "../contract/names.ts";
import { UsageError } from "./options.ts";
import type { ServerSettings } from "./server-options.ts";

/** @throws UsageError */
export function realmName({ realm = hostName() }: Pick<ServerSettings, "realm">): string {
  if (isName(realm)) return realm;
  throw new UsageError(`--realm: ${JSON.stringify(realm)} is not a name: 1-32 letters, digits, _ . -`);
}

/** A realm has one name, however many nodes it has: that of the first. @throws UsageError for one that was given another */
export async function agreedRealm(
  options: Pick<ServerSettings, "realm">,
  own: string,
  node: { agree(fact: "realm", text: string): Promise<string> } | undefined,
): Promise<string> {
  const realm = node ? await node.agree("realm", own) : own;
  if (options.realm === undefined || realm.toLowerCase() === own.toLowerCase()) return realm;
  throw new UsageError(`--realm: what is in this store is the realm ${realm}, not ${own}`);
}

/** The host's name, as far as it is a name of ours. */
function hostName(): string {
  const name = hostname()
    .replace(/[^A-Za-z0-9_.-]/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 32);
  return name === "" ? "localhost" : name;
}
