/** Files small enough to travel inside a request. Their records are messages' companions. */
import { createHash } from "node:crypto";
import { v4 as uuidv4 } from "uuid";
import type { Share, StoredFile, User } from "../stores/ports.ts";
import {
  actor,
  type Caller,
  fileInfo,
  groupName,
  isLocal,
  isMember,
  person,
  type Services,
  stillActing,
} from "./context.ts";
import { type Address, Failure, type Finish, type Input, type Output, type Result } from "./contract.ts";
import { partyNamed, sent } from "./delivery.ts";
import { groupNamed, ownGroup } from "./membership.ts";
import { answered, type Dispatched, dispatch, groupTarget, type Target, userTarget } from "./messages.ts";

export async function sendFile(
  services: Services,
  caller: Caller,
  { user, filename, b64 }: Input<"sendFile">,
): Promise<Finish<Output<"sendFile">>> {
  const to = userTarget(services, user);
  return to instanceof Failure ? () => to : share(services, caller, [to], filename, b64);
}

export async function sendFileGroup(
  services: Services,
  caller: Caller,
  { group, filename, b64, realm }: Input<"sendFileGroup">,
): Promise<Finish<Output<"sendFileGroup">>> {
  const to = realm === undefined ? groupTarget(services, caller, group) : membersOf(services, caller, group, realm);
  if (to instanceof Failure) return () => to;
  return share(services, caller, Array.isArray(to) ? to : [to as Target], filename, b64);
}

/** A group's members of one realm; the group itself where it has no others. */
function membersOf(services: Services, caller: Caller, address: Address, realm: string): Result<readonly Target[]> {
  const group = ownGroup(services, caller, address);
  if (group instanceof Failure) return group;
  const at = isLocal(services, realm) ? undefined : services.stores.realms.find(realm);
  if (!at && !isLocal(services, realm)) return new Failure("realm-not-found");
  const there = [...group.members.keys()].filter((member) => member.realm === at?.key);
  if (group.realm === undefined && there.length === group.members.size) return [group];
  const others = there.filter((member) => member !== actor(caller));
  if (others.length === 0) return new Failure("user-not-found", "the group has nobody in that realm");
  return at ? [{ at, users: others.map(({ name }) => name) }] : (others as User[]);
}

/** Names of the files that were sent to a user, by sender, and to his groups, by group. */
export function myFiles(services: Services, caller: Caller): Output<"myFiles"> {
  const { stores } = services;
  const me = actor(caller);
  const files = new Map<string, Set<string>>();
  const list = (holder: string, { file }: Share): void => {
    files.set(holder, (files.get(holder) ?? new Set()).add(file.name));
  };
  for (const one of stores.files.of(me)) {
    if (one.to !== me) continue;
    const { name, realm, local } = person(services, one.from);
    list(local ? name : `${name}@${realm}`, one);
  }
  for (const group of stores.groups.of(me)) {
    for (const one of stores.files.ofGroup(group)) list(groupName(services, group), one);
  }
  return { files: new Map([...files].map(([holder, names]) => [holder, [...names]])) };
}

export async function downloadFile(
  services: Services,
  caller: Caller,
  { filename, from }: Input<"downloadFile">,
): Promise<Finish<Output<"downloadFile">>> {
  const me = actor(caller);
  const { files } = services.stores;
  if (from === undefined) return content(services, newest(files.of(me), filename));
  const sender = partyNamed(services, from);
  const shares = files.of(me).filter((one) => one.from === sender && one.to === me);
  const file = newest(shares, filename);
  if (file) return content(services, file);
  const group = groupNamed(services, me, from);
  if (!group?.members.has(me)) return () => new Failure(sender || group ? "file-not-found" : "user-not-found");
  return content(services, newest(files.ofGroup(group), filename));
}

export async function downloadGroupFile(
  services: Services,
  caller: Caller,
  { group: name, filename }: Input<"downloadGroupFile">,
): Promise<Finish<Output<"downloadGroupFile">>> {
  const group = ownGroup(services, caller, name);
  if (group instanceof Failure) return () => group;
  return content(services, newest(services.stores.files.ofGroup(group), filename));
}

/** Without content, the file is one that the sender already has here: sent or received, newest first. */
async function share(
  services: Services,
  caller: Caller,
  targets: readonly Target[],
  filename: string,
  bytes: Uint8Array | undefined,
): Promise<Finish<Output<"sendFile">>> {
  const { stores, contents } = services;
  const me = actor(caller);
  const file = bytes ? await store(services, filename, bytes) : held(services, me, filename);
  return () => {
    if (!file) return new Failure("file-not-found");
    const { stored } = file;
    const drop = (): void => {
      if (bytes && stored !== undefined) void contents.remove(stored);
    };
    const refusal = refused(services, caller, targets);
    if (refusal) {
      drop();
      return refusal;
    }
    const mark = stores.mark();
    if (bytes) stores.files.add(file, me, services.now(), drop);
    let done: Result<Dispatched> = new Failure("user-not-found");
    for (const to of targets) {
      done = dispatch(services, me, to, filename, file);
      if (done instanceof Failure) {
        stores.revert(mark);
        return done;
      }
    }
    return done instanceof Failure
      ? done
      : answered(services, done, { ...sent(services, done.posted), file: fileInfo(file) });
  };
}

/** The write took time: whoever acts may have logged out or left the group meanwhile. */
function refused({ stores }: Services, caller: Caller, targets: readonly Target[]): Failure | undefined {
  if (!stillActing(caller)) return new Failure("no-session");
  for (const to of targets) {
    if ("members" in to && !isMember(to, actor(caller))) return new Failure("not-member");
    if ("password" in to && stores.users.byId(to.id) !== to) return new Failure("user-not-found");
  }
  return undefined;
}

async function store({ contents, now }: Services, name: string, bytes: Uint8Array): Promise<StoredFile> {
  const stored = await contents.write(name, bytes, now());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { id: uuidv4(), name, stored, size: bytes.length, sha256 };
}

function held({ stores }: Services, user: User, filename: string): StoredFile | undefined {
  const own = newest(stores.files.of(user), filename);
  if (own) return own;
  for (const group of stores.groups.of(user)) {
    const file = newest(stores.files.ofGroup(group), filename);
    if (file) return file;
  }
  return undefined;
}

function newest(shares: readonly Share[], filename: string): StoredFile | undefined {
  return shares.findLast(({ file }) => file.name === filename)?.file;
}

async function content(
  { contents, neighbours }: Services,
  file: StoredFile | undefined,
): Promise<Finish<Output<"downloadFile">>> {
  if (!file) return () => new Failure("file-not-found");
  if (file.stored === undefined && !(await neighbours.arrival(file))) {
    return () => new Failure("realm-unreachable", "the content of this file has not come yet");
  }
  const bytes = await contents.read(file.stored as string);
  return () => ({ file: fileInfo(file), content: bytes });
}
