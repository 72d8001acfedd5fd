/** Uploads: contents inside a request, or as raw bytes after it. PROTOCOL.md, "Files". */
import { createHash } from "node:crypto";
import type { Input, Output } from "../../contract/operations.ts";
import type { FinishOf, NoRoom, Refusal } from "../../contract/refusals.ts";
import { Failure, type Finish, type Result } from "../../contract/result.ts";
import { type Body, BodyCut } from "../../contract/shapes.ts";
import type { Posted } from "../../state/changes.ts";
import { PartTaken, type StoredMessage, type User } from "../../state/entities.ts";
import { groupTarget } from "../groups/find.ts";
import { answeredAgain, bannedTarget, receiverTarget, type Target, targetsIn } from "../messages/dispatch.ts";
import { sent } from "../messages/view.ts";
import { sendTarget } from "../people/parties.ts";
import type { Part } from "../services/contents.ts";
import { actor, type Caller, fileInfo, type Services } from "../services/context.ts";
import type { Transfer } from "../services/transfers.ts";
import { giveHeld, giveNew, membersOf } from "./sharing.ts";
import { begun, noRoomFor, RESERVED } from "./space.ts";

type FileSent = Promise<Finish<Output<"sendFile">, Refusal<"sendFile">>>;

/** Sends a file whose content is inside the request, or that the sender already has here. */
export async function sendFile(
  services: Services,
  caller: Caller,
  { user, filename, b64 }: Input<"sendFile">,
): FileSent {
  const to = sendTarget(services, actor(caller), user);
  return to instanceof Failure ? () => to : inline(services, caller, [to], filename, b64);
}

export async function sendFileGroup(
  services: Services,
  caller: Caller,
  { group, filename, b64, realm }: Input<"sendFileGroup">,
): FileSent {
  const to = realm === undefined ? groupTarget(services, caller, group) : membersOf(services, caller, group, realm);
  if (to instanceof Failure) return () => to;
  return inline(services, caller, Array.isArray(to) ? to : [to as Target], filename, b64);
}

export function sendFileToRealm(
  services: Services,
  caller: Caller,
  { realm, user, ...file }: Input<"sendFileToRealm">,
): FileSent {
  return sendFile(services, caller, { user: { name: user, realm }, ...file });
}

export async function sendFileToRealmGroup(
  services: Services,
  caller: Caller,
  { realm, to, filename, b64 }: Input<"sendFileToRealmGroup">,
): Promise<FinishOf<"sendFileToRealmGroup">> {
  const targets = targetsIn(services, caller, realm, to);
  return targets instanceof Failure ? () => targets : inline(services, caller, targets, filename, b64);
}

/** Sends a file whose content follows the request. With a client-id it can be resumed, and a repeat sends nothing twice. */
export async function upload(services: Services, caller: Caller, input: Input<"upload">): Promise<FinishOf<"upload">> {
  const { body } = caller;
  const { contents, now, transfers } = services;
  const { receiver, filename: name, size, sha256: announced, "client-id": clientId, offset = 0 } = input;
  const me = actor(caller);
  const to = receiverTarget(services, caller, receiver);
  if (to instanceof Failure) return () => to;
  const banned = bannedTarget(services, to);
  if (banned) return () => banned;
  const key = clientId === undefined ? services.world.uuid() : partKey(me, clientId);
  if (clientId !== undefined) {
    if (contents.isOthers(key)) services.model.passing.claim(key);
    if (!(await contents.isFree(key))) return () => new Failure("incomplete", "it is under way on another node");
  }
  // Several requests may wait for the same upload: the first that goes on is stopped by the next.
  while (transfers.isReceiving(key)) await transfers.stop(key);
  // The upload may be finished, by an earlier request or meanwhile; on another node, too.
  const already = (): Output<"upload"> | undefined =>
    clientId === undefined ? undefined : uploaded(services, me, clientId);
  const again = (done: Output<"upload">) => answeredAgain(services, me, SENT + clientId, done);
  /** Looks when it is answered: another realm may have refused meanwhile what was finished before. */
  const againOr = (otherwise: Failure<Refusal<"upload">>) => () => {
    const done = already();
    return done ? again(done) : otherwise;
  };
  if (already()) return againOr(new Failure("incomplete", "it was refused meanwhile: 0 bytes have arrived"));
  const transfer = receiving(services, me, key, size, offset, (reason) => body.cut(reason));
  if (transfer instanceof Failure) return againOr(transfer);
  try {
    const part = await contents.part(key, offset);
    const cut = await filled(services, key, part, body, clientId !== undefined);
    const sha256 = cut ? "" : part.digest();
    const wrong = announced !== undefined && announced !== sha256;
    if (!cut && wrong) await contents.discard(key, part);
    const stored = cut || wrong ? "" : await contents.keep(key, part, name, now());
    return () => {
      // Not earlier: a request that waits for this transfer's end must find the result.
      transfers.end(transfer);
      if (cut) return new Failure(cut.code, `${cut.detail}: ${part.length} of ${size} bytes have arrived`);
      if (wrong) return new Failure("checksum", `its SHA-256 is ${sha256}`);
      // Another node may have taken this one for dead, and received the whole file itself.
      const meanwhile = already();
      if (meanwhile) {
        void contents.remove(stored);
        return again(meanwhile);
      }
      const id = services.world.uuid();
      return giveNew(services, caller, [to], { name, stored, size, sha256 }, id, {
        onGiven: ({ posted }) => clientId !== undefined && remember(services, me, clientId, posted, id),
        clientIds: clientId === undefined ? [] : [SENT + clientId, FILE + clientId],
      });
    };
  } catch (error) {
    transfers.end(transfer);
    if (error instanceof PartTaken) return againOr(new Failure("incomplete", "it goes on on another node"));
    throw error;
  }
}

/** Writes a body to a part and to disk. If it is cut, the part stays only if it is resumable. @returns why it was cut */
async function filled(
  { contents, policy }: Services,
  key: string,
  part: Part,
  body: Body,
  resumable: boolean,
): Promise<Failure<"incomplete" | "disk-full"> | undefined> {
  try {
    let looked = part.length;
    for await (const bytes of body) {
      await part.write(bytes);
      if (part.length - looked < RESERVED) continue;
      looked = part.length;
      if ((contents.free() ?? 0) < policy.minFree) throw new DiskFull("the disk has too little room left");
    }
    await part.sync();
    return undefined;
  } catch (error) {
    await (resumable ? contents.leave(key, part) : contents.discard(key, part));
    if (error instanceof BodyCut) return new Failure("incomplete", error.message);
    if (error instanceof DiskFull) return new Failure("disk-full", error.message);
    throw error;
  }
}

class DiskFull extends Error {}

/** How much of an upload with a client-id has arrived. */
export function uploadStatus(
  services: Services,
  caller: Caller,
  { "client-id": clientId }: Input<"uploadStatus">,
): Output<"uploadStatus"> | Promise<FinishOf<"uploadStatus">> {
  const { contents, transfers } = services;
  const me = actor(caller);
  const key = partKey(me, clientId);
  const status = (isWritten: boolean): Output<"uploadStatus"> => {
    const done = uploaded(services, me, clientId);
    if (done) return { state: "done", received: done.file.size, id: done.id, time: done.time, file: done.file };
    const received = contents.partLength(key);
    if (isWritten || transfers.isReceiving(key)) return { state: "receiving", received: received ?? 0 };
    return received === undefined ? { state: "none", received: 0 } : { state: "partial", received };
  };
  if (!contents.isOthers(key)) return status(false);
  return contents.isWritten(key).then((isWritten) => () => status(isWritten));
}

/** Without content, the file is one that the sender already has here: sent or received, newest first. */
async function inline(
  services: Services,
  caller: Caller,
  targets: readonly Target[],
  name: string,
  bytes: Uint8Array | undefined,
): FileSent {
  const me = actor(caller);
  if (!bytes) {
    // Looked for only now: the turn that has added it may have been undone, and it may be gone.
    return () => giveHeld(services, caller, targets, name);
  }
  const { contents, now, transfers } = services;
  const { length: size } = bytes;
  const refusal = services.intake.refusal(me, 1) ?? noRoomFor(services, me, size);
  if (refusal) return () => refusal;
  const transfer: Transfer = { owner: me, size, inline: true };
  transfers.begin(transfer);
  try {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const stored = await contents.write(name, bytes, now());
    return () => giveNew(services, caller, targets, { name, stored, size, sha256 }, services.world.uuid());
  } finally {
    transfers.end(transfer);
  }
}

/** Begins an upload, if there is room and it does not leave a gap after what has arrived. */
function receiving(
  services: Services,
  owner: User,
  key: string,
  size: number,
  offset: number,
  stop: (reason: string) => void,
): Result<Transfer, NoRoom | "too-many" | "bad-request"> {
  const { contents } = services;
  const here = contents.partLength(key) ?? 0;
  if (offset > here) return new Failure("bad-request", `offset: ${here} bytes have arrived`);
  const arrived = (): number => contents.partLength(key) ?? 0;
  // The message is sent last, and must not be refused after all the bytes have come.
  const refused = services.intake.refusal(owner, 1) ?? noRoomFor(services, owner, size, key);
  return refused ?? begun(services, { owner, key, size, arrived, stop });
}

/** The key of the part of a user's upload: no other user's client-id gives the same. */
function partKey({ id }: User, clientId: string): string {
  return `${id}-${createHash("sha256").update(clientId).digest("hex").slice(0, 32)}`;
}

/** Prefixes of what `remember` keeps of an upload: no client-id of `post` begins with a control character. */
const SENT = "\u0001";
const FILE = "\u0002";

/** The result of a finished upload, by its client-id. */
function uploaded(services: Services, user: User, clientId: string): Output<"upload"> | undefined {
  const { files, messages } = services.model;
  const posted = messages.posted(user, SENT + clientId);
  const named = messages.posted(user, FILE + clientId);
  const file = named && "id" in named ? files.byId(named.id) : undefined;
  return posted && file && { ...sent(services, posted), file: fileInfo(file) };
}

function remember(
  { now, model }: Services,
  user: User,
  clientId: string,
  posted: StoredMessage | Posted,
  id: string,
): void {
  model.messages.remember(user, SENT + clientId, posted);
  model.messages.remember(user, FILE + clientId, { id, time: now() });
}
