/**
 * Exports all that there is of a user in one file. It is written to disk first, for the reply tells its length before its bytes;
 * in slices, so that nobody waits for it. Its name in the folder is removed before it is sent.
 */
import type { Exported } from "../../contract/exported.ts";
import { parseAddress } from "../../contract/names.ts";
import type { FinishOf } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import { type Conversation, type Group, Outdated, type User } from "../../state/entities.ts";
import { groupInfo, groupInvitations } from "../groups/manage.ts";
import { maySee, reachOf } from "../groups/reach.ts";
import { mutes } from "../messages/mutes.ts";
import { requests } from "../messages/requests.ts";
import { messageView, placeName, placeOf } from "../messages/view.ts";
import { blocks } from "../people/blocks.ts";
import { sessions } from "../people/sessions.ts";
import { settings } from "../people/settings.ts";
import type { Reading } from "../services/contents.ts";
import { actor, type Caller, groupName, type Services, stillActing } from "../services/context.ts";
import { contentOf } from "./download.ts";
import { sharedFile, sharesByFile } from "./lists.ts";
import { RESERVED } from "./space.ts";

/** Pieces looked at, and UTF-16 units written, between two pauses: a millisecond or two. */
const LOOKS = 100;
const UNITS = 64 * 1024;

/** Sends the export as raw bytes after the reply. It may hold what was said while it was made. */
export async function exportAll(services: Services, caller: Caller): Promise<FinishOf<"exportAll">> {
  const {
    model,
    transfers: { exporting },
  } = services;
  const me = actor(caller);
  if (exporting.has(me)) return () => new Failure("too-many", "one is under way already");
  exporting.add(me);
  const { failures } = model;
  // At once, because a group's conversation is made on first use, which must happen within the turn.
  const groups = [...model.groups.of(me)];
  const talks = groups.map((group) => model.messages.groupConversation(group));
  const reading = await onDisk(services, caller, everything(services, caller, groups, talks)).catch(
    (error: unknown) => {
      exporting.delete(me);
      throw error;
    },
  );
  if (reading instanceof Failure) {
    exporting.delete(me);
    return () => reading;
  }
  const content = contentOf(reading, () => exporting.delete(me));
  return () => {
    // Only now it is known what has become of the turns that it was made in: it may hold changes that were undone.
    if (model.failures === failures) return { size: reading.size, content };
    content.close(false);
    throw new Outdated("a turn was undone meanwhile");
  };
}

async function onDisk(
  services: Services,
  caller: Caller,
  pieces: Iterable<Exported | undefined>,
): Promise<Result<Reading, "disk-full" | "no-session">> {
  const { contents, policy, world, now } = services;
  const key = world.uuid();
  const part = await contents.part(key, 0);
  const isFull = (): boolean => (contents.free() ?? 0) < policy.minFree;
  const refusal = async (): Promise<Failure<"disk-full" | "no-session"> | undefined> => {
    let looked = 0;
    if (isFull()) return new Failure("disk-full");
    for await (const slice of slices(services, pieces)) {
      if (caller.gone || !stillActing(caller)) return new Failure("no-session");
      await part.write(Buffer.from(slice));
      if (part.length - looked < RESERVED) continue;
      looked = part.length;
      if (isFull()) return new Failure("disk-full");
    }
    return undefined;
  };
  const refused = await refusal().catch(async (error: unknown) => {
    await contents.discard(key, part);
    throw error;
  });
  if (refused) {
    await contents.discard(key, part);
    return refused;
  }
  const size = part.length;
  const stored = await contents.keep(key, part, "export.ndjson", now());
  try {
    return await contents.reading(stored, 0, size);
  } finally {
    // The open file can be read all the same, and nothing is left of it, whatever ends the transfer.
    await contents.remove(stored);
  }
}

/** The pieces as text, with pauses between the slices. */
async function* slices(
  { walks, exportedLine }: Services,
  pieces: Iterable<Exported | undefined>,
): AsyncGenerator<string> {
  let text = "";
  let looks = 0;
  for (const one of pieces) {
    if (one) text += exportedLine(one);
    if (++looks < LOOKS && text.length < UNITS) continue;
    if (text !== "") yield text;
    text = "";
    looks = 0;
    await walks.pause();
  }
  if (text !== "") yield text;
}

/** The pieces of an export. Undefined stands for a row that was looked at and is not part of it. */
function* everything(
  services: Services,
  caller: Caller,
  groups: readonly Group[],
  talks: readonly Conversation[],
): Generator<Exported | undefined> {
  const me = actor(caller);
  const { name: username, fullName: name, country, created } = me;
  yield { kind: "account", account: { username, name, country, realm: services.realm, created } };
  yield { kind: "settings", settings: settings(services, caller) };
  for (const session of sessions(services, caller).sessions) yield { kind: "session", session };
  for (const group of groups) {
    const info = groupInfo(services, caller, { group: parseAddress(groupName(services, group)) });
    yield info instanceof Failure ? undefined : { kind: "group", group: info };
  }
  for (const invitation of groupInvitations(services, caller).invitations) yield { kind: "invitation", invitation };
  for (const blocked of blocks(services, caller).blocked) yield { kind: "blocked", blocked };
  for (const muted of mutes(services, caller).muted) yield { kind: "muted", muted };
  for (const request of requests(services, caller).requests) yield { kind: "request", request };
  for (const received of [false, true]) {
    for (const [file, shares] of sharesByFile(services, caller, received)) {
      yield { kind: "file", received, file: sharedFile(services, file, shares) };
    }
  }
  // A conversation may be listed twice if another one starts meanwhile.
  const told = new Set<number>();
  for (const talk of services.model.messages.privateOf(me)) {
    if (told.has(talk.id)) continue;
    told.add(talk.id);
    yield* saidIn(services, talk, me);
  }
  for (const talk of talks) yield* saidIn(services, talk, me);
}

/**
 * The messages of a conversation as the user sees them, oldest first. Each names the one before it only: so first down, noting
 * the numbers, and then up.
 */
function* saidIn(services: Services, conversation: Conversation, me: User): Generator<Exported | undefined> {
  const { messages } = services.model;
  const { of } = conversation;
  const { floor, since } = "members" in of ? reachOf(services, of, me) : { floor: 0, since: 0 };
  const seqs: number[] = [];
  for (let row = messages.get(conversation.head); row && row.seq > floor; row = messages.get(row.prev)) {
    if (row.time < since) break;
    if (row.alters === undefined) seqs.push(row.seq);
    yield undefined;
  }
  const place = placeName(services, placeOf(conversation, me));
  for (let seq = seqs.pop(); seq !== undefined; seq = seqs.pop()) {
    const message = messages.get(seq);
    const isShown = message && maySee(services, message, me);
    yield isShown ? { kind: "message", with: place, message: messageView(services, message, me) } : undefined;
  }
}
