/** What a server does by the clock: what has had its time ends, and who is there is kept. */
import { Erasing } from "../operations/erasing.ts";
import { goOnWithErrands } from "../operations/errands.ts";
import { expire } from "../operations/files/retention.ts";
import { endEmptyGroups } from "../operations/groups/ending.ts";
import { Keeping } from "../operations/messages/keeping.ts";
import { liftEnded } from "../operations/people/bans.ts";
import { endOldInvitations } from "../operations/people/invitations.ts";
import type { Services } from "../operations/services/context.ts";
import type { Turn } from "../state/turn.ts";
import type { Timer } from "../world/world.ts";

/** What is kept for some time is looked at this often, in ms, or more often. */
const LONGEST_EXPIRY_MS = 600_000;

/** How often, in ms, it is kept who is there and who has gone: a kill leaves it unknown for no longer. */
const SEEN_MS = 60_000;

/** How often, in ms, some messages go that are too old, or of somebody who is erased, and how often what was removed is looked after. */
const KEEPING_MS = 1000;
const TIDY_MS = 10_000;

/** How often, in ms, it is looked whether another node has ended. */
const NODES_MS = 1000;

/** What a node knows of the others. */
interface Others {
  /** The numbers of those that have not been heard of for too long. */
  readonly gone: readonly number[];
}

/** @returns to be cancelled when the server stops */
export function beginUpkeep(services: Services, turn: Turn, node?: Others): readonly Timer[] {
  return [
    ...(node ? [endNodes(services, turn, node)] : []),
    everySoOften(services, turn),
    endSanctions(services, turn),
    keepSeen(services, turn),
    removeOld(services, turn),
    eraseThoseDue(services, turn),
    runErrands(services, turn),
    turn.every(TIDY_MS, () => services.model.tidy()),
  ];
}

function everySoOften(services: Services, turn: Turn): Timer {
  const { partLife, fileLife } = services.policy;
  const look = (): void => {
    expire(services);
    endOldInvitations(services);
    endEmptyGroups(services);
    liftEnded(services);
    turn.schedule();
  };
  const pause = Math.min(LONGEST_EXPIRY_MS, Math.max(1000, Math.min(partLife, fileLife) / 2));
  return turn.every(pause, look);
}

/** Whoever was on a node that has ended is there no more. */
function endNodes({ presence, now }: Services, turn: Turn, node: Others): Timer {
  return turn.every(NODES_MS, () => {
    if (node.gone.length === 0) return;
    for (const one of node.gone) presence.endNode(one, now());
    turn.schedule();
  });
}

/** On a full disk the turn would be lost for all who have a part in it. */
function keepSeen({ presence, intake }: Services, turn: Turn): Timer {
  return turn.every(SEEN_MS, () => {
    if (intake.isFull) return;
    presence.keepSeen();
    turn.schedule();
  });
}

function removeOld(services: Services, turn: Turn): Timer {
  const keeping = new Keeping(services);
  services.model.follow(keeping);
  return turn.every(KEEPING_MS, () => {
    // As in `keepSeen`.
    if (!services.intake.isFull && keeping.step()) turn.schedule();
  });
}

function eraseThoseDue(services: Services, turn: Turn): Timer {
  const erasing = new Erasing(services);
  return turn.every(KEEPING_MS, () => {
    // As in `keepSeen`.
    if (!services.intake.isFull && erasing.step()) turn.schedule();
  });
}

/** A part in each turn, as long as each is kept; what could not be kept, or has failed, is tried again after a moment. */
function runErrands(services: Services, turn: Turn): Timer {
  let waits = false;
  const failed = new Set<number>();
  /** In which turn the last part was. */
  let last: number | undefined;
  const step = (): void => {
    waits = false;
    if (last === turn.count) return;
    last = turn.count;
    if (goOnWithErrands(services, failed)) turn.schedule();
  };
  services.model.follow({
    onKept({ is }) {
      if (waits || (is !== "errand.begun" && is !== "errand.reached")) return;
      waits = true;
      turn.next(step);
    },
  });
  return turn.every(KEEPING_MS, () => {
    failed.clear();
    if (!waits) step();
  });
}

/** Bans and silences in groups end within a second of their time. */
function endSanctions({ model, now }: Services, turn: Turn): Timer {
  return turn.every(1000, () => {
    const mark = model.mark();
    model.groups.sanctions.end(now());
    if (model.mark() > mark) turn.schedule();
  });
}
