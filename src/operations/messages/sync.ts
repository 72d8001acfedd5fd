/** Messages and alterations that a client has missed while it was away. */

import type { Said } from "../../contract/event.ts";
import type { Input } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { StoredMessage, User } from "../../state/entities.ts";
import { maySee } from "../groups/reach.ts";
import { reaches } from "../reach.ts";
import { actor, type Caller, type Services } from "../services/context.ts";
import { messageId } from "./ids.ts";
import { above, isFor, received, visible } from "./inbox.ts";
import { alteringView, messageView } from "./view.ts";
import { collect, guardWalk } from "./walk.ts";

/** What came after `since`, and before `before`, as the events that a watching connection gets; each message as it is now. */
export async function sync(
  services: Services,
  caller: Caller,
  { since, before }: Input<"sync">,
): Promise<FinishOf<"sync">> {
  const guarded = guardWalk(services);
  const { messages } = services.model;
  const me = actor(caller);
  const from = visible(services, me, since);
  const to = before === undefined ? undefined : visible(services, me, before);
  if (!from || (before !== undefined && !to)) return guarded(() => new Failure("message-not-found"));
  const later = received(services, me, false).map((stretch) => above(stretch, from.seq));
  const end = to?.seq ?? Number.POSITIVE_INFINITY;
  const { messages: rows, more } = await collect(services, later, (row) => row.seq < end && isNews(services, row, me));
  const events = rows.map((row) => said(services, row, me)).filter((event) => event !== undefined);
  const [oldest] = rows;
  return guarded((): ResultOf<"sync"> => {
    return { events, more, ...(more && oldest && { before: messageId(oldest, messages.salt) }) };
  });
}

/** Whether a row is told: of a message that was deleted, only the deletion is. */
function isNews(services: Services, row: StoredMessage, me: User): boolean {
  const { model } = services;
  const { alters, altered } = row;
  if (!reaches(model, row, me)) return false;
  const target = alters && model.messages.get(alters.target);
  if (target && !maySee(services, target, me)) return false;
  const whose = alters ? model.messages.get(alters.target)?.altered : altered;
  return alters?.what === "deleted" || whose?.deleted !== true;
}

function said(services: Services, row: StoredMessage, me: User): Said | undefined {
  if (!row.alters)
    return { kind: isFor(services, row, me) ? "message" : "sent", message: messageView(services, row, me) };
  const target = services.model.messages.get(row.alters.target);
  return target && { kind: row.alters.what, altering: alteringView(services, row.alters, row, target, me) };
}
