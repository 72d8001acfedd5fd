/** Files that come with what another realm delivers: their records; the contents follow (realms/fetcher.ts). */
import type { NoRoom } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { FileInfo } from "../../contract/shapes.ts";
import type { Party, Realm, Share, StoredFile } from "../../state/entities.ts";
import { noRoomFor } from "../files/space.ts";
import { somebodyAt } from "../people/parties.ts";
import type { Services } from "../services/context.ts";

/** A file that one's own user had sent has come back. If he has taken it back meanwhile, it is gone. */
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

/** A file for which there must be room. */
export function fittingFile(
  services: Services,
  realm: Realm,
  owner: Party,
  info: FileInfo | undefined,
): Result<StoredFile | undefined, NoRoom> {
  return (info && noRoomHere(services, owner, info)) ?? fileFrom(services, realm, owner, info, false);
}

/** What other realms have promised takes its room, as far as they are concerned. */
function noRoomHere(services: Services, owner: Party, { size }: FileInfo): Failure<NoRoom> | undefined {
  const { contents, policy, model } = services;
  const promised = (contents.free() ?? 0) - model.files.awaitedSize - size < policy.minFree;
  return noRoomFor(services, owner, size) ?? (promised ? new Failure("disk-full") : undefined);
}

/** A file of a message that stands in its group in any case: without room, its content will not be had. */
export function anyFile(
  services: Services,
  realm: Realm,
  sender: Party,
  info: FileInfo | undefined,
): StoredFile | undefined {
  // A home vouches for members of other realms; it cannot use up their room here.
  const owner = sender.realm === realm.key ? sender : somebodyAt(services, realm.key);
  return fileFrom(services, realm, owner, info, info !== undefined && noRoomHere(services, owner, info) !== undefined);
}

/** The record of a file whose content will follow. It has an id of ours: theirs could be another file's here. */
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
  const file = services.model.files.add({ id, name, size, sha256, owner, created, stored: undefined, gone, origin });
  services.neighbours.of(realm).wake();
  return file;
}
