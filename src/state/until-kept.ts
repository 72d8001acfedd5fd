/** What must be done whatever becomes of one turn. */
import type { World } from "../world/world.ts";
import type { Turn } from "./turn.ts";

/** The pause, in ms, before something is tried again whose turn could not be kept. */
const AGAIN_MS = 500;

/**
 * Does something within a turn, and again until a turn with it is kept: with the next one if it was lost to another node, for that
 * is when requests are executed again; else after a pause.
 */
export function untilKept(turn: Pick<Turn, "enter" | "join">, world: World, work: () => void): void {
  const again = (isLost: boolean): void => {
    if (isLost) untilKept(turn, world, work);
    else world.after(AGAIN_MS, () => untilKept(turn, world, work)).unref();
  };
  turn.enter(() => {
    work();
    turn.join({ speak() {}, restore() {}, retract: again });
  });
}
