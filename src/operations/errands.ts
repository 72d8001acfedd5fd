/**
 * Errands: what takes many turns, so that others need not wait: what an operator asks for, and the messages of a group that was
 * deleted. They are part of the state: after a restart an errand goes on where it was.
 */
import { type Errand, type Group, SERVER, type User } from "../state/entities.ts";
import { REMOVED_A_TURN } from "./groups/ending.ts";
import { deliver } from "./messages/deliver.ts";
import { isSaid } from "./messages/walk.ts";
import { removeUser, takeAway } from "./removal.ts";
import { nextOf } from "./said.ts";
import type { Services } from "./services/context.ts";

/** Users who are told in one turn. */
const TOLD_A_TURN = 200;

/** Messages that are looked at in one turn. */
const LOOKS_A_TURN = 2000;

type Announcement = Errand & { readonly text: string };
type Deletion = Errand & { readonly user: User };
type Emptying = Errand & { readonly group: Group };

/**
 * Goes on with the oldest errand, for one turn. @param failed the numbers of those that are left out; one that fails joins them, and
 * the next is gone on with. @returns whether there was something to do
 */
export function goOnWithErrands(services: Services, failed: Set<number>): boolean {
  const { model, intake, fault } = services;
  for (const errand of model.errands.all()) {
    // A deletion makes room: it does not wait until the disk has some.
    if (failed.has(errand.id) || (errand.text !== undefined && intake.isFull)) continue;
    const mark = model.mark();
    try {
      if (errand.group) empty(services, errand as Emptying);
      else if (errand.user) remove(services, errand as Deletion);
      else announce(services, errand as Announcement);
      return true;
    } catch (error) {
      model.revert(mark);
      failed.add(errand.id);
      fault(error, "errands");
    }
  }
  return false;
}

/** Accounts made after it began are not told. */
function announce(services: Services, errand: Announcement): void {
  const { model } = services;
  const { head, next, floor, done, text } = errand;
  const users = model.users.following(next, TOLD_A_TURN).filter(({ id }) => id <= head);
  for (const user of users) deliver(services, SERVER, user, text);
  const told = done + users.length;
  const last = users.at(-1);
  if (last && users.length === TOLD_A_TURN) {
    model.errands.reach(errand, { head, next: last.id, floor }, told);
    return;
  }
  model.errands.end(errand, told);
}

function empty({ model: { messages, errands } }: Services, errand: Emptying): void {
  const left = messages.removeGone(errand.group, errands.cursorOf(errand), REMOVED_A_TURN);
  if (left) errands.reachIn(errand, left, errand.done + REMOVED_A_TURN);
  else errands.end(errand, errand.done);
}

/** A message that cannot be deleted stays. The account goes last: the home of a group lets only members delete their messages. */
function remove(services: Services, errand: Deletion): void {
  const { model } = services;
  const { user, head, next, floor } = errand;
  const progress = { head, next, floor };
  const budget = { looks: LOOKS_A_TURN };
  const most = errand.done + REMOVED_A_TURN;
  let { done } = errand;
  while (done < most) {
    const message = nextOf(services, user, progress, budget);
    if (message === "later") break;
    if (message === undefined) {
      if (model.users.isHere(user)) removeUser(services, user, false);
      model.errands.end(errand, done);
      return;
    }
    if (isSaid(message) && !takeAway(services, user, message)) done++;
  }
  model.errands.reach(errand, progress, done);
}
