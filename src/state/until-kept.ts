/** What must be done whatever becomes of one turn. */
import type { World } from "../world/world.ts";
import type { Turn } from "./turn.ts";

/** The pause, in ms, before something is tried again whose turn could not be kept. */
const AGAIN_MS = 500;

/** Does something within a turn, and again until a turn with it is kept. */
export function untilKept(turn: Pick<Turn, "enter" | "join">, world: World, work: () => void): void {
  const again = (): void => {
    world.after(AGAIN_MS, () => untilKept(turn, world, work)).unref();
  };
  turn.enter(() => {
    work();
    turn.join({ speak() {}, restore() {}, retract: again });
  });
}
