/** What befalls nodes and their PostgreSQL, from a seed. */
import { setTimeout as pause } from "node:timers/promises";
import type { Chance } from "../simulator/chance.ts";
import type { Node, Stage } from "./stage.ts";

/** For how many ms something lasts; the longest of them outlasts a node's lease. */
interface Lasting {
  readonly ms: number;
}

export type Fault = { readonly node?: number } & (
  | { readonly is: "node killed"; readonly node: number }
  | ({ readonly is: "node frozen"; readonly node: number } & Lasting)
  | ({ readonly is: "node frozen in its turn"; readonly node: number } & Lasting)
  | ({ readonly is: "balancer cut"; readonly node: number } & Lasting)
  /** Connections to PostgreSQL are reset, and no new ones made. */
  | ({ readonly is: "node cut off"; readonly node: number } & Lasting)
  /** They stay, and nothing passes. */
  | ({ readonly is: "node parted in silence"; readonly node: number } & Lasting)
  /** What PostgreSQL answers is lost, and then the connections; again and again. */
  | ({ readonly is: "replies lost"; readonly node: number } & Lasting)
  | ({ readonly is: "engine frozen" } & Lasting)
  | ({ readonly is: "engine slow"; readonly bytesPerSecond: number } & Lasting)
  | ({ readonly is: "engine crashed" } & Lasting)
  | { readonly is: "engine restarted" }
  | { readonly is: "standby promoted" }
);

/** Each kind once, in an order of chance; then again. @param longest in ms, that one lasts */
export function faultsOf(count: number, nodes: number, longest: number, chance: Chance): readonly Fault[] {
  const faults: Fault[] = [];
  let bag: Fault[] = [];
  while (faults.length < count) {
    if (bag.length === 0) bag = oneOfEach(nodes, longest, chance);
    faults.push(...bag.splice(chance.below(bag.length), 1));
  }
  return faults;
}

function oneOfEach(nodes: number, longest: number, chance: Chance): Fault[] {
  const node = (): { readonly node: number } => ({ node: chance.below(nodes) });
  // Short ones are as many as long ones.
  const ms = (): Lasting => ({ ms: Math.round(50 * (longest / 50) ** chance.random()) });
  return [
    { is: "node killed", ...node() },
    { is: "node frozen", ...node(), ...ms() },
    { is: "node frozen in its turn", ...node(), ...ms() },
    { is: "balancer cut", ...node(), ...ms() },
    { is: "node cut off", ...node(), ...ms() },
    { is: "node parted in silence", ...node(), ...ms() },
    { is: "replies lost", ...node(), ...ms() },
    { is: "engine frozen", ...ms() },
    { is: "engine slow", bytesPerSecond: chance.between(2000, 100_000), ...ms() },
    { is: "engine crashed", ...ms() },
    { is: "engine restarted" },
    { is: "standby promoted" },
  ];
}

/** Whether two can be under way at once. */
export function areApart(one: Fault, other: Fault): boolean {
  return one.node !== other.node;
}

/** How often, in ms, answers are lost: in between a node goes on for some turns. */
const LOSS_MS = 400;

/** Resolves when it is over and mended. */
export async function befall(fault: Fault, stage: Stage): Promise<void> {
  const node = stage.nodes[fault.node ?? 0] as Node;
  switch (fault.is) {
    case "node killed":
      await node.kill();
      await node.start();
      return;
    case "node frozen":
      node.freeze();
      await pause(fault.ms);
      node.thaw();
      return;
    case "node frozen in its turn":
      await freezeInTurn(node, stage);
      await pause(fault.ms);
      node.thaw();
      return;
    case "balancer cut":
      stage.balancer.cut(fault.node);
      await pause(fault.ms);
      stage.balancer.mend(fault.node);
      return;
    case "node cut off":
      node.way.refuse(true);
      node.way.cut();
      await pause(fault.ms);
      node.way.refuse(false);
      return;
    case "node parted in silence":
      node.way.freeze(true);
      await pause(fault.ms);
      node.way.freeze(false);
      return;
    case "replies lost":
      for (let left = fault.ms; left > 0; left -= LOSS_MS) {
        node.way.loseReplies(true);
        await pause(LOSS_MS / 2);
        node.way.cut();
        node.way.loseReplies(false);
        await pause(LOSS_MS / 2);
      }
      return;
    case "engine frozen":
      await stage.engine.freeze();
      await pause(fault.ms);
      stage.engine.thaw();
      return;
    case "engine slow":
      for (const { way } of stage.nodes) way.slow(fault.bytesPerSecond);
      await pause(fault.ms);
      for (const { way } of stage.nodes) way.slow(Number.POSITIVE_INFINITY);
      return;
    case "engine crashed":
      await stage.engine.crash();
      await pause(fault.ms);
      await stage.engine.restart();
      return;
    case "engine restarted":
      await stage.engine.restart();
      return;
    case "standby promoted":
      await stage.promote();
      return;
  }
}

/** How often it is tried, and how long, in ms, the order stays with a node that only looks as if it were frozen in its turn. */
const TRIES = 40;
const TURN_MS = 60;

/** Somebody must talk there. Where it is never in its turn, or nobody can be asked whether it is, it is frozen all the same. */
export async function freezeInTurn(node: Node, stage: Stage): Promise<void> {
  for (let i = 1; ; i++) {
    node.freeze();
    const holder = await stage.waitsInTurn().catch(() => undefined);
    if (i === TRIES) return;
    if (holder !== undefined) {
      await pause(TURN_MS);
      if (holder === (await stage.waitsInTurn().catch(() => undefined))) return;
    }
    node.thaw();
    await pause(i);
  }
}
