/** Files small enough to travel inside a request. Their records are messages' companions. */
import { createHash } from "node:crypto";
import { v4 as uuidv4 } from "uuid";
import type { Group, Share, StoredFile, User } from "../stores/ports.ts";
import { actor, type Caller, fileInfo, isLocal, isMember, type Services, stillActing } from "./context.ts";
import { Failure, type Finish, type Input, type Output } from "./contract.ts";
import { ownGroup } from "./groups.ts";
import { deliver, postableGroup, sent } from "./messages.ts";
import { findUser } from "./users.ts";

export async function sendFile(
  services: Services,
  caller: Caller,
  { user, filename, b64 }: Input<"sendFile">,
): Promise<Finish<Output<"sendFile">>> {
  const to = findUser(services, user.name, user.realm);
  if (to instanceof Failure) return () => to;
  return share(services, caller, to, filename, b64);
}

export async function sendFileGroup(
  services: Services,
  caller: Caller,
  { group, filename, b64, realm }: Input<"sendFileGroup">,
): Promise<Finish<Output<"sendFileGroup">>> {
  if (!isLocal(services, realm)) return () => new Failure("realm-not-found");
  const to = postableGroup(services, caller, group, undefined);
  if (to instanceof Failure) return () => to;
  return share(services, caller, to, filename, b64);
}

/** Names of the files that were sent to a user, by sender, and to his groups, by group. */
export function myFiles({ stores }: Services, caller: Caller): Output<"myFiles"> {
  const me = actor(caller);
  const files = new Map<string, Set<string>>();
  const list = (holder: string, { file }: Share): void => {
    files.set(holder, (files.get(holder) ?? new Set()).add(file.name));
  };
  for (const one of stores.files.of(me)) if (one.to === me) list(one.from.name, one);
  for (const group of stores.groups.of(me)) for (const one of stores.files.ofGroup(group)) list(group.name, one);
  return { files: new Map([...files].map(([holder, names]) => [holder, [...names]])) };
}

export async function downloadFile(
  services: Services,
  caller: Caller,
  { filename, from }: Input<"downloadFile">,
): Promise<Finish<Output<"downloadFile">>> {
  const me = actor(caller);
  if (from === undefined) return content(services, newest(services.stores.files.of(me), filename));
  const sender = services.stores.users.find(from);
  const shares = services.stores.files.of(me).filter((one) => one.from === sender && one.to === me);
  const file = newest(shares, filename);
  if (file) return content(services, file);
  const group = services.stores.groups.find(from);
  if (!group?.members.has(me)) return () => new Failure(sender || group ? "file-not-found" : "user-not-found");
  return content(services, newest(services.stores.files.ofGroup(group), filename));
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
  to: User | Group,
  filename: string,
  bytes: Uint8Array | undefined,
): Promise<Finish<Output<"sendFile">>> {
  const me = actor(caller);
  const file = bytes ? await store(services, filename, bytes) : held(services, me, filename);
  return () => {
    if (!file) return new Failure("file-not-found");
    const refusal = refused(services, caller, to);
    if (refusal) {
      if (bytes) void services.contents.remove(file.stored);
      return refusal;
    }
    if (bytes) services.stores.files.add(file, me, services.now(), () => void services.contents.remove(file.stored));
    const message = deliver(services, me, to, filename, file);
    services.stores.files.share({ file, from: me, to }, message);
    return { ...sent(services, message), file: fileInfo(file) };
  };
}

/** The write took time: whoever acts may have logged out or left the group meanwhile. */
function refused({ stores }: Services, caller: Caller, to: User | Group): Failure | undefined {
  if (!stillActing(caller)) return new Failure("no-session");
  if ("members" in to) return isMember(to, actor(caller)) ? undefined : new Failure("not-member");
  return stores.users.byId(to.id) === to ? undefined : new Failure("user-not-found");
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

async function content({ contents }: Services, file: StoredFile | undefined): Promise<Finish<Output<"downloadFile">>> {
  if (!file) return () => new Failure("file-not-found");
  const bytes = await contents.read(file.stored);
  return () => ({ file: fileInfo(file), content: bytes });
}
