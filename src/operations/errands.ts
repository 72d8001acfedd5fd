/**
 * What operators want of the server and what takes many turns, as `erase` does: others do not wait meanwhile. It goes on from turn
 * to turn, and where it was after a restart.
 */
import { type Errand, SERVER, type User } from "../state/entities.ts";
import { deliver } from "./messages/deliver.ts";
import { isSaid } from "./messages/walk.ts";
import { removeUser, takeAway } from "./removal.ts";
import { nextOf } from "./said.ts";
import type { Services } from "./services/context.ts";

/** Users who are told something in one turn. */
const TOLD_A_TURN = 200;

/** Messages that go in one turn, and messages that are looked at. */
const REMOVED_A_TURN = 200;
const LOOKS_A_TURN = 2000;

type Announcement = Errand & { readonly text: string };
type Deletion = Errand & { readonly user: User };

/** Goes on with the oldest, for one turn. @returns whether there was something to do */
export function goOnWithErrands(services: Services): boolean {
  const { model, intake, fault } = services;
  // What makes room does not wait for any.
  const errand = model.errands.all().find(({ user }) => user !== undefined || !intake.isFull);
  if (!errand) return false;
  const mark = model.mark();
  try {
    if (errand.user === undefined) announce(services, errand as Announcement);
    else remove(services, errand as Deletion);
    return true;
  } catch (error) {
    model.revert(mark);
    fault(error, "errands");
    return false;
  }
}

/** Those who came after it began are not told. */
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

/** What cannot be taken away stays. An account goes last: of a group elsewhere only a member takes his words away. */
function remove(services: Services, errand: Deletion): void {
  const { model } = services;
  const { user, head, next, floor } = errand;
  const place = { head, next, floor };
  const budget = { looks: LOOKS_A_TURN };
  const most = errand.done + REMOVED_A_TURN;
  let { done } = errand;
  while (done < most) {
    const message = nextOf(services, user, place, budget);
    if (message === "later") break;
    if (message === undefined) {
      if (model.users.isHere(user)) removeUser(services, user, false);
      model.errands.end(errand, done);
      return;
    }
    if (isSaid(message) && !takeAway(services, user, message)) done++;
  }
  model.errands.reach(errand, place, done);
}
