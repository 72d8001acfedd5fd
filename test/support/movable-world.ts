/** The machine's world, with a clock that a test puts forward: what was to happen until then happens. */
import { machine, type Timer, type World } from "../../src/world/world.ts";

export interface MovableWorld extends World {
  /** So many milliseconds have passed. */
  move(ms: number): void;
}

interface Planned {
  readonly at: number;
  readonly timer: Timer;
  then(): void;
}

export function movableWorld(): MovableWorld {
  let moved = 0;
  const planned = new Map<Timer, Planned>();
  const elapsed = (): number => machine.elapsed() + moved;
  return {
    ...machine,
    now: () => machine.now() + moved,
    elapsed,
    after(ms, then) {
      const timer = machine.after(ms, () => {
        planned.delete(timer);
        then();
      });
      planned.set(timer, { at: elapsed() + ms, timer, then });
      return timer;
    },
    cancel(timer) {
      if (timer) planned.delete(timer);
      machine.cancel(timer);
    },
    move(ms) {
      moved += ms;
      for (const { at, timer, then } of planned.values()) {
        if (at > elapsed()) continue;
        planned.delete(timer);
        machine.cancel(timer);
        then();
      }
    },
  };
}
