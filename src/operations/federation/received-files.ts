/** Files that come with messages of another realm: their records. The contents follow (realms/fetcher.ts). */
import type { NoRoom } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { FileInfo } from "../../contract/shapes.ts";
import type { Party, Realm, Share, StoredFile } from "../../state/entities.ts";
import { noRoomFor } from "../files/space.ts";
import { somebodyAt } from "../people/parties.ts";
import type { Services } from "../services/context.ts";

/** The file of a user's own post that comes back from the group's home; gone if the user has withdrawn it meanwhile. */
export function ownFile(
  services: Services,
  realm: Realm,
  user: Party,
  info: FileInfo | undefined,
): StoredFile | undefined {
  if (!info) return undefined;
  const same = ({ file, from }: Share): boolean =>
    from === user && file.sha256 === info.sha256 && file.name === info.name;
  return services.model.files.of(user).findLast(same)?.file ?? fileFrom(services, realm, user, info, true);
}

/** The file of a message, or why there is no room for it: then the message is refused. */
export function fittingFile(
  services: Services,
  realm: Realm,
  owner: Party,
  info: FileInfo | undefined,
): Result<StoredFile | undefined, NoRoom> {
  return (info && noRoomHere(services, owner, info)) ?? fileFrom(services, realm, owner, info, false);
}

/** Why a file has no room. Files that are still to come from other realms count as if they were here. */
function noRoomHere(services: Services, owner: Party, { size }: FileInfo): Failure<NoRoom> | undefined {
  const { contents, policy, model } = services;
  const promised = (contents.free() ?? 0) - model.files.awaitedSize - size < policy.minFree;
  return noRoomFor(services, owner, size) ?? (promised ? new Failure("disk-full") : undefined);
}

/** The file of a group's message, which is kept in any case: without room the file's content counts as gone from the start. */
export function anyFile(
  services: Services,
  realm: Realm,
  sender: Party,
  info: FileInfo | undefined,
): StoredFile | undefined {
  // A group's home must not use up the quota of other realms' users by files in their names.
  const owner = sender.realm === realm.key ? sender : somebodyAt(services, realm.key);
  return fileFrom(services, realm, owner, info, info !== undefined && noRoomHere(services, owner, info) !== undefined);
}

/** Adds the record of a file whose content is still to come. It gets an id of its own here: another file may have the other realm's. */
function fileFrom(
  services: Services,
  realm: Realm,
  owner: Party,
  info: FileInfo | undefined,
  gone: boolean,
): StoredFile | undefined {
  if (!info) return undefined;
  const { name, size, sha256 } = info;
  const origin = { realm: realm.key, id: info.id };
  const created = services.now();
  const id = services.world.uuid();
  return services.model.files.add({ id, name, size, sha256, owner, created, stored: undefined, gone, origin });
}
