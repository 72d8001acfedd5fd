/** Many people on many nodes while all kinds of things befall these; then what they did and saw is judged. */
import { setTimeout as pause } from "node:timers/promises";
import { Chance } from "../simulator/chance.ts";
import { wrongsOf } from "./checker.ts";
import { Crowd } from "./crowd.ts";
import { areApart, befall, type Fault, faultsOf } from "./faults.ts";
import { type Node, Stage } from "./stage.ts";

export interface Siege {
  /** Of the faults, and of who says what; what runs when is the machine's. */
  readonly seed: number;
  readonly faults: number;
  /** In ms, that one of them lasts. */
  readonly longest: number;
}

export interface Outcome {
  readonly wrongs: readonly string[];
  readonly messages: number;
  readonly refused: number;
  readonly unknown: number;
  readonly told: number;
  readonly looks: number;
}

const NODES = 3;
const CAST = { people: 8, groups: 3, keyholders: 2 };

/** How many faults are under way at a time, and the longest pause, in ms, before one. */
const AT_ONCE = 2;
const PAUSE_MS = 300;

const LAST_WORDS = 15;

/** A line of a log that nobody may ever write; that PostgreSQL has not told a node whose an upload is, it may: it has answered `storage`. */
const WRONG_LINE = /^\S+ \S+ fault (?!.*stack="Error: uploads: ).*$/gm;

/** @param note told what happens */
export async function besiege({ seed, faults, longest }: Siege, note: (line: string) => void): Promise<Outcome> {
  const stage = await Stage.set(NODES);
  let crowd: Crowd | undefined;
  try {
    const { process } = stage.nodes[0] as Node;
    const nodes = new Map(stage.nodes.map((node) => [node.name, node]));
    crowd = await Crowd.gather(CAST, process, nodes, stage.balancer, new Chance(seed, 1));
    crowd.begin();
    await befallAll(faultsOf(faults, NODES, longest, new Chance(seed, 2)), stage, crowd, new Chance(seed, 3), note);
    const history = await crowd.end(() => stage.texts());
    const fates = (fate: string): number => history.sayings.filter((one) => one.fate === fate).length;
    const lines = logsOf(stage, crowd).flatMap(({ name, log }) =>
      (log.match(WRONG_LINE) ?? []).map((line) => `${name}: ${line}`),
    );
    const wrongs = [...wrongsOf(history), ...crowd.faults, ...lines];
    if (wrongs.length > 0) tellLastWords(stage, crowd, note);
    return {
      wrongs,
      messages: fates("kept"),
      refused: fates("refused"),
      unknown: fates("unknown"),
      told: history.streams.reduce((sum, { told }) => sum + told.length, 0),
      looks: history.looks.length,
    };
  } catch (error) {
    // What never came: each node's last words say why.
    tellLastWords(stage, crowd, note);
    throw error;
  } finally {
    await crowd?.stop();
    await stage.stop();
  }
}

/** What each node has logged, and the other realm if it is there already. */
function logsOf(
  { nodes }: Stage,
  crowd: Crowd | undefined,
): readonly { readonly name: string; readonly log: string }[] {
  if (!crowd) return nodes;
  const { realm, log } = crowd.neighbour;
  return [...nodes, { name: realm, log }];
}

function tellLastWords(stage: Stage, crowd: Crowd | undefined, note: (line: string) => void): void {
  for (const { name, log } of logsOf(stage, crowd)) note(`${name}:\n${log.split("\n").slice(-LAST_WORDS).join("\n")}`);
}

async function befallAll(
  faults: readonly Fault[],
  stage: Stage,
  crowd: Crowd,
  chance: Chance,
  note: (line: string) => void,
): Promise<void> {
  const begun = performance.now();
  const underWay = new Map<Fault, Promise<void>>();
  for (const fault of faults) {
    while (underWay.size >= AT_ONCE || ![...underWay.keys()].every((other) => areApart(fault, other))) {
      await Promise.race(underWay.values());
    }
    await pause(chance.below(PAUSE_MS));
    const at = (): string => ((performance.now() - begun) / 1000).toFixed(1).padStart(7);
    note(`${at()} ${JSON.stringify(fault)}`);
    const over = befall(fault, stage).finally(() => {
      note(`${at()}   over: ${fault.is}`);
      underWay.delete(fault);
    });
    // Whoever awaits it hears of it.
    over.catch(() => {});
    underWay.set(fault, over);
    if (chance.isIn(0.2)) await crowd.restart(chance);
  }
  await Promise.all(underWay.values());
}
