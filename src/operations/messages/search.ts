/**
 * Full-text search in all that the caller may see. The index says where to look; the model decides what is shown, as it is when
 * the reply is made, so nothing is shown that was hidden or deleted meanwhile.
 */
import type { Input } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import { type Excerpt, marks, type Place, readTerms, type Term } from "../../contract/search.ts";
import type { Conversation, Party, StoredMessage, User } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import { maySee } from "../groups/reach.ts";
import { partyEver } from "../people/parties.ts";
import { asSeenBy } from "../reach.ts";
import { actor, type Caller, type Services, stillActing } from "../services/context.ts";
import { conversationWith } from "./history.ts";
import { messageId } from "./ids.ts";
import { visible } from "./inbox.ts";
import { messageView } from "./view.ts";
import { firstSince, guardWalk, isSaid, PAGE_TEXT } from "./walk.ts";

/** Messages of one reply, unless the request gives a `limit`. */
const PAGE_FOUND = 100;

/** How long, in ms, a search waits for the index to catch up with the state. */
const WAIT_MS = 2000;

/** Hits that are looked at in one turn, at least and at most. */
const FEW = 20;
const MANY = 200;

/** The hits of a reader who is in more groups are not narrowed down by place. */
const MOST_GROUPS = 500;

/** The search that each user has under way. A user's searches run one after the other, so that many of one keep nobody else waiting. */
const underWay = new WeakMap<User, Promise<unknown>>();

/** What is searched for. */
interface Wanted {
  readonly reader: User;
  readonly terms: readonly Term[];
  readonly conversation: Conversation | undefined;
  readonly from: Party | undefined;
  /** Milliseconds since 1970, both included. */
  readonly start: number;
  readonly end: number;
  /** Only messages before this number. */
  readonly below: number;
  readonly limit: number;
}

/** A message that was found, as it was at that moment. */
interface Hit {
  readonly seq: number;
  readonly text: string;
  readonly excerpt: Excerpt;
}

/** Searches messages, newest first, before the message `before` if that is given. */
export async function search(services: Services, caller: Caller, input: Input<"search">): Promise<FinishOf<"search">> {
  const { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY, limit = PAGE_FOUND } = input;
  const guarded = guardWalk(services);
  const reader = actor(caller);
  const terms = readTerms(input.words);
  if (typeof terms === "string") return () => new Failure("bad-request", `words: ${terms}`);
  const conversation = input.with === undefined ? undefined : conversationWith(services, reader, input.with);
  if (conversation instanceof Failure) return guarded(() => conversation);
  const from = input.from && partyEver(services, input.from);
  if (input.from && !from) return guarded(() => new Failure("user-not-found"));
  const before = input.before === undefined ? undefined : visible(services, reader, input.before);
  if (input.before !== undefined && !before) return guarded(() => new Failure("message-not-found"));
  if (input.with !== undefined && !conversation) return guarded(() => ({ found: [], more: false, behind: false }));
  const below = before?.seq ?? Number.MAX_SAFE_INTEGER;
  const wanted = { reader, terms, conversation, from, start, end, below, limit };
  const looked = (underWay.get(reader) ?? Promise.resolve()).then(() => look(services, caller, wanted));
  underWay.set(
    reader,
    looked.catch(() => {}),
  );
  return looked;
}

async function look(services: Services, caller: Caller, wanted: Wanted): Promise<FinishOf<"search">> {
  const { model, index, walks } = services;
  const { terms, start, end, limit } = wanted;
  const guarded = guardWalk(services);
  // A log that does not wait keeps this turn, with the messages before this request, at its end: the index sees them after that.
  await walks.pause();
  await index.caughtUp(model.messages.last, WAIT_MS);
  const places = placesOf(model, wanted);
  const above = firstSince(model, start) - 1;
  const hits: Hit[] = [];
  let next: number | undefined = Math.min(wanted.below, firstSince(model, end + 1));
  let behind = false;
  let units = 0;
  while (next !== undefined && hits.length <= limit && units <= PAGE_TEXT && stillActing(caller)) {
    const most = Math.min(MANY, Math.max(FEW, limit + 1 - hits.length));
    const found = await index.find({ terms, places, above, below: next, most });
    const seen = seenOf(services, found.seqs, wanted);
    behind ||= found.behind;
    next = seen.next ?? found.next;
    for (const hit of await excerpted(services, terms, seen.messages)) {
      units += hit.text.length;
      hits.push(hit);
    }
  }
  const more = hits.length > limit || next !== undefined;
  return guarded((): ResultOf<"search"> => {
    const still = hits.slice(0, limit).flatMap(({ seq, text, excerpt }) => {
      const message = wantedOf(services, seq, wanted);
      return message?.text === text ? [{ message, ...excerpt }] : [];
    });
    const oldest = still.at(-1)?.message;
    return {
      found: still.map((one) => ({ ...one, message: messageView(services, one.message, wanted.reader) })),
      more,
      ...(more && oldest && { before: messageId(oldest, model.messages.salt) }),
      behind,
    };
  });
}

/** Those of some messages that are wanted. `next`: there was so much text that messages before this number were not looked at. */
function seenOf(
  services: Services,
  seqs: readonly number[],
  wanted: Wanted,
): { readonly messages: readonly StoredMessage[]; readonly next: number | undefined } {
  const seen: StoredMessage[] = [];
  let units = 0;
  for (const seq of seqs) {
    const message = wantedOf(services, seq, wanted);
    if (!message) continue;
    seen.push(message);
    units += message.text.length;
    if (units > PAGE_TEXT) return { messages: seen, next: seq };
  }
  return { messages: seen, next: undefined };
}

/**
 * Those messages that contain the words as the reader sees them: the index may be behind, and knows nothing of what is hidden
 * from whom.
 */
async function excerpted(
  { index }: Services,
  terms: readonly Term[],
  messages: readonly StoredMessage[],
): Promise<readonly Hit[]> {
  if (messages.length === 0) return [];
  const texts = messages.map(({ text }) => text);
  const excerpts = await index.excerpts(terms, texts);
  return messages.flatMap(({ seq, text }, i) => {
    const excerpt = excerpts[i];
    return excerpt ? [{ seq, text, excerpt }] : [];
  });
}

/** A message as the reader sees it, if it is wanted. */
function wantedOf(services: Services, seq: number, wanted: Wanted): StoredMessage | undefined {
  const message = services.model.messages.get(seq);
  if (!message || !isWanted(services, message, wanted)) return undefined;
  return asSeenBy(services.model, message, wanted.reader);
}

function isWanted(
  services: Services,
  message: StoredMessage,
  { reader, conversation, from, start, end }: Wanted,
): boolean {
  if (conversation !== undefined && message.conversation !== conversation) return false;
  if (from !== undefined && message.sender !== from) return false;
  return isSaid(message) && message.time >= start && message.time <= end && maySee(services, message, reader);
}

/** The places in the index where the reader may see something, so that others need not be looked at; undefined for all. */
function placesOf({ groups }: Model, { reader, conversation, from }: Wanted): readonly Place[] | undefined {
  const sender = from ? [marks.sender(from.id)] : [];
  if (conversation) {
    const { of } = conversation;
    if ("members" in of) return [{ all: [marks.group(of.id), ...sender] }];
    return [{ all: of.a === of.b ? [marks.alone(of.a.id)] : [marks.party(of.a.id), marks.party(of.b.id)] }];
  }
  const joined = [...groups.of(reader)].map(({ id }) => marks.group(id));
  if (joined.length > MOST_GROUPS) return undefined;
  const other = from && from !== reader ? [marks.party(from.id)] : [];
  const own = { all: [marks.party(reader.id), ...other] };
  return joined.length === 0 ? [own] : [own, { all: sender, any: joined }];
}
