/** Gives files to users and groups. Every file is given by a message. */

import type { NoGroup, NotTaken } from "../../contract/refusals.ts";
import { Failure, type Finish, type Result } from "../../contract/result.ts";
import type { Address, FileInfo, Sent } from "../../contract/shapes.ts";
import type { Party, Share, StoredFile, User } from "../../state/entities.ts";
import { groupFor, maySend } from "../groups/find.ts";
import { filesIn, seesIn } from "../groups/reach.ts";
import { answered, type Dispatched, dispatch, receivers, type Target } from "../messages/dispatch.ts";
import { sent } from "../messages/view.ts";
import { blocks, isGiven, sharesOf } from "../reach.ts";
import { actor, type Caller, fileInfo, isLocal, type Services, stillActing } from "../services/context.ts";

type Given = ReturnType<Finish<Sent & { file: FileInfo }, NotTaken>>;

/** `onGiven` is called when the file was given; the client-ids are free again if another realm then refuses it. */
interface Hooks {
  onGiven?(done: Dispatched): void;
  readonly clientIds?: readonly string[];
}

/** The members of a group that are of one realm, without the caller; the group itself if it has no others. */
export function membersOf(
  services: Services,
  caller: Caller,
  address: Address,
  realm: string,
): Result<readonly Target[], NoGroup | "user-not-found"> {
  const group = groupFor(services, caller, address, "read");
  if (group instanceof Failure) return group;
  const at = isLocal(services, realm) ? undefined : services.model.realms.find(realm);
  if (!at && !isLocal(services, realm)) return new Failure("realm-not-found");
  const there = [...group.members.keys()].filter((member) => member.realm === at?.key);
  if (group.realm === undefined && there.length === group.members.size) return [group];
  const me = actor(caller);
  const others = there.filter((member) => member !== me && !blocks(services.model, me, member));
  if (others.length === 0) return new Failure("user-not-found", "the group has nobody in that realm");
  return at ? [{ at, users: others.map(({ name }) => name) }] : (others as User[]);
}

/** Adds the record of a content that was just stored, and gives the file. If that is refused, the content is removed. */
export function giveNew(
  services: Services,
  caller: Caller,
  targets: readonly Target[],
  content: { readonly name: string; readonly stored: string; readonly size: number; readonly sha256: string },
  id: string,
  hooks: Hooks = {},
): Given {
  const { contents, now, model } = services;
  const refusal = refused(services, caller, targets);
  if (refusal) {
    void contents.remove(content.stored);
    return refusal;
  }
  if (!contents.reclaim(content.stored)) {
    // Of its part nothing stays either: as long as it did, other nodes would take it for one that is being written.
    void contents.remove(content.stored);
    return new Failure("storage");
  }
  const mark = model.mark();
  const values = { ...content, id, owner: actor(caller), created: now(), gone: false, origin: undefined };
  const file = model.files.add(values);
  const done = give(services, caller, targets, file, hooks);
  // Undoing the record removes the content, too.
  if (done instanceof Failure) model.revert(mark);
  return done;
}

/** Gives a file of this name that the caller has sent or was given. */
export function giveHeld(
  services: Services,
  caller: Caller,
  targets: readonly Target[],
  name: string,
): ReturnType<Finish<Sent & { file: FileInfo }, NotTaken | "file-not-found">> {
  const refusal = refused(services, caller, targets);
  if (refusal) return refusal;
  const file = held(services, actor(caller), name);
  return file ? give(services, caller, targets, file) : new Failure("file-not-found");
}

/** Gives a file to all targets, or to none. */
function give(
  services: Services,
  caller: Caller,
  targets: readonly Target[],
  file: StoredFile,
  { onGiven, clientIds }: Hooks = {},
): Given {
  const refused = services.intake.refusal(actor(caller), receivers(targets));
  if (refused) return refused;
  let done: Result<Dispatched, NotTaken> = new Failure("user-not-found");
  const mark = services.model.mark();
  for (const to of targets) {
    done = dispatch(services, actor(caller), to, file.name, file);
    if (done instanceof Failure) {
      services.model.revert(mark);
      return done;
    }
  }
  if (done instanceof Failure) return done;
  services.intake.count(actor(caller), receivers(targets));
  onGiven?.(done);
  return answered(services, done, { ...sent(services, done.posted), file: fileInfo(file) }, clientIds);
}

/** Whether a user may fetch a file: the user has sent it, was given it, or is in a group that was given it. */
export function maySee(services: Services, file: StoredFile, user: User): boolean {
  const { model } = services;
  return model.files.sharesOf(file).some((share) => {
    const { from, to } = share;
    if (from === user) return true;
    return "members" in to ? seesIn(services, { ...share, to }, user) : to === user && isGiven(model, share, user);
  });
}

/** Notes that a party has fetched a file, unless it is its owner. */
export function fetched({ model }: Services, file: StoredFile, by: Party): void {
  if (by !== file.owner) model.files.fetched(file, by);
}

/** The newest file of a name that is not gone. */
export function newest(shares: readonly Share[], filename: string): StoredFile | undefined {
  return shares.findLast(({ file }) => file.name === filename && !file.gone)?.file;
}

/** The newest file of a name that a user has sent or was given; else one of the user's groups. */
function held(services: Services, user: User, filename: string): StoredFile | undefined {
  const { model } = services;
  const own = newest(sharesOf(model, user), filename);
  if (own) return own;
  for (const group of model.groups.of(user)) {
    const file = newest(filesIn(services, group, user), filename);
    if (file) return file;
  }
  return undefined;
}

/** Why a file cannot be given in a turn after that of its request: meanwhile the caller may have logged out or left the group. */
function refused(services: Services, caller: Caller, targets: readonly Target[]): Failure<NotTaken> | undefined {
  if (!stillActing(caller)) return new Failure("no-session");
  const { users, groups } = services.model;
  for (const to of targets) {
    if ("members" in to && groups.byId(to.id) !== to) return new Failure("group-not-found");
    const allowed = "members" in to ? maySend(services, actor(caller), to) : true;
    if (allowed !== true) return allowed;
    if ("password" in to && users.find(to.name) !== to) return new Failure("user-not-found");
  }
  return undefined;
}
