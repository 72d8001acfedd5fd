/**
 * What is done once a reply has left the process, or could not leave: operations ask for it (`Caller.whenSpoken`), for example to
 * mark messages as read only when the client has been sent them.
 */
import type { Promised } from "../operations/services/context.ts";
import type { Turn } from "../state/turn.ts";
import { untilKept } from "../state/until-kept.ts";
import type { World } from "../world/world.ts";
import { NOBODY, type Spoken } from "./slots.ts";

/** How long, in ms, a reply may be on its way before it counts as one that may never leave. */
const LATE_MS = 1000;

export class Deliveries {
  readonly #turn: Turn;
  readonly #world: World;
  /** For the reply to the request under way. */
  #promised: Promised[] = [];

  constructor(turn: Turn, world: World) {
    this.#turn = turn;
    this.#world = world;
  }

  /** Adds something to be done about the reply to the request under way. */
  add(promised: Promised): void {
    this.#promised.push(promised);
  }

  /**
   * The request under way gets another reply than the one for which something was to be done: that one counts as not delivered.
   */
  fail(): void {
    for (const { spoken } of this.#promised.splice(0)) spoken(false);
  }

  /** Takes what is to be done about the next reply. To be called when it is put into the output. */
  take(): readonly Spoken[] {
    const promised = this.#promised;
    if (promised.length === 0) return NOBODY;
    this.#promised = [];
    return promised.map(({ spoken, begun }) => {
      const end = begun?.();
      if (!end) return spoken;
      const timer = this.#world.after(LATE_MS, () => this.#within(end));
      timer.unref();
      return (whole) => {
        this.#world.cancel(timer);
        spoken(whole);
        this.#within(end);
      };
    });
  }

  /**
   * The replies have left the process, or could not: does what was to be done, within a turn. @param whole whether they have left
   */
  tell(spoken: readonly Spoken[], whole: boolean): void {
    this.#within(() => {
      for (const then of spoken) then(whole);
    });
  }

  /** Does something within a turn. It is true whatever becomes of that turn. */
  #within(work: () => void): void {
    untilKept(this.#turn, this.#world, work);
  }
}
