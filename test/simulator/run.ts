/** Stages a play: the servers of its realms, its people, what happens, and what must hold of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Actor } from "./actor.ts";
import { Chance } from "./chance.ts";
import { House, nameOf } from "./house.ts";
import { atEachStep, atRest, Broken } from "./invariants.ts";
import { Network } from "./network.ts";
import type { Deed, Play, Who } from "./play.ts";
import { Schedule } from "./schedule.ts";

export interface Outcome {
  /** What did not hold; undefined for nothing. */
  readonly broken: string | undefined;
  readonly trace: readonly string[];
}

/** Virtual milliseconds within which a world must come to rest. */
const REST_MS = 900_000;
const LOOK_MS = 2000;

export async function run(play: Play): Promise<Outcome> {
  const trace: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "obrol-simulator-"));
  const schedule = new Schedule();
  const chance = new Chance(play.seed, 2);
  const weather = { latency: 1, piece: 1e6 };
  const network = new Network(
    schedule,
    { latency: () => chance.below(weather.latency + 1), piece: () => weather.piece },
    new Chance(play.seed, 3),
  );
  const note = (line: string): void => void trace.push(`${schedule.now.toFixed(0).padStart(7)} ${line}`);
  const { realms, users } = play.cast;
  const houses: House[] = [];
  const actors: Actor[] = [];
  try {
    for (let realm = 0; realm < realms; realm++) {
      houses.push(await House.of(realm, play.cast, folder, network, new Chance(play.seed, 100 + realm), note));
      const newest = (): number | undefined => houses[realm]?.model?.messages.last;
      for (let user = 0; user < users; user++) {
        actors.push(new Actor(realm, user, network, new Chance(play.seed, 1000 + realm * 10 + user), note, newest));
      }
    }
    await begin(houses, actors, schedule);
    const who = ({ realm, user }: Who): Actor => actors[realm * users + user] as Actor;
    let said = 0;
    for (const { after, deed } of play.steps) {
      await schedule.until(schedule.now + after);
      note(`* ${JSON.stringify(deed)}`);
      act(deed, { houses, who, weather, network, schedule, text: () => `t${said++}` });
      atEachStep(houses);
    }
    await comeToRest(houses, actors, schedule, weather);
    atEachStep(houses);
    atRest(houses, actors);
    return { broken: undefined, trace };
  } catch (error) {
    const broken = error instanceof Broken ? error.message : String((error as Error).stack);
    note(`! ${broken}`);
    return { broken, trace };
  } finally {
    for (const actor of actors) actor.stop();
    for (const house of houses) house.crash(false);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In fair weather: everybody has an account and is in every group. */
async function begin(houses: readonly House[], actors: readonly Actor[], schedule: Schedule): Promise<void> {
  const all = async (work: Promise<unknown>): Promise<void> => {
    let done = false;
    void work.then(() => (done = true));
    for (let i = 0; !done; i++) {
      if (i > 1000) throw new Error(`a world does not begin: ${schedule.now}`);
      await schedule.until(schedule.now + 100);
    }
  };
  await all(Promise.all(houses.map((house) => house.start())));
  await all(Promise.all(actors.map((actor) => actor.begin())));
  await schedule.until(schedule.now + 5000);
  for (const { realm } of houses) {
    const [owner, ...others] = actors.filter((actor) => actor.realm === realm) as [Actor, ...Actor[]];
    await all(owner.ask(`addgroup g${realm}`));
    for (const actor of [...others, ...actors.filter((one) => one.realm !== realm)]) {
      await all(actor.ask(`joingroup g${realm}@${nameOf(realm)}`));
    }
  }
  await schedule.until(schedule.now + 1000);
}

interface Stage {
  readonly houses: readonly House[];
  who(who: Who): Actor;
  readonly weather: { latency: number; piece: number };
  readonly network: Network;
  readonly schedule: Schedule;
  text(): string;
}

function act(deed: Deed, { houses, who, weather, network, schedule, text }: Stage): void {
  switch (deed.do) {
    case "say":
      who(deed.who).say(who(deed.to).full, text(), deed.way);
      return;
    case "tell":
      who(deed.who).say(`#g${deed.group}@${nameOf(deed.group)}`, text(), deed.way);
      return;
    case "inbox":
      void who(deed.who).ask("inbox");
      return;
    case "mark":
      void who(deed.who).mark();
      return;
    case "edit":
    case "delete":
    case "react":
    case "unreact":
    case "answer":
      who(deed.who).alter(deed.do, deed.back, text());
      return;
    case "leave":
      void who(deed.who).ask(`leave g${deed.group}@${nameOf(deed.group)}`);
      return;
    case "join":
      void who(deed.who).ask(`joingroup g${deed.group}@${nameOf(deed.group)}`);
      return;
    case "kick": {
      const group = `g${deed.group}@${nameOf(deed.group)}`;
      who(deed.of).putOutOf.add(`#${group}`);
      void who(deed.who).ask(`kick ${group} ${who(deed.of).full}`);
      return;
    }
    case "trust":
      void who(deed.who).ask(`role g${deed.group}@${nameOf(deed.group)} ${who(deed.of).full} moderator`);
      return;
    case "block":
    case "unblock":
      void who(deed.who).ask(`${deed.do} ${who(deed.of).full}`);
      return;
    case "cut":
      network.cutOne();
      return;
    case "weather":
      Object.assign(weather, { latency: deed.latency, piece: deed.piece });
      return;
    case "disk":
      Object.assign(houses[deed.realm] as House, { slow: deed.slow, failing: deed.failing });
      return;
    case "clock":
      houses[deed.realm]?.jump(deed.ms);
      return;
    case "crash": {
      const house = houses[deed.realm] as House;
      if (house.isDown) return;
      house.crash(deed.kept);
      schedule.after(deed.down, () => void house.start());
      return;
    }
  }
}

async function comeToRest(
  houses: readonly House[],
  actors: readonly Actor[],
  schedule: Schedule,
  weather: { latency: number; piece: number },
): Promise<void> {
  Object.assign(weather, { latency: 1, piece: 1e6 });
  for (const house of houses) Object.assign(house, { slow: 0, failing: 0 });
  const until = schedule.now + REST_MS;
  let calm = 0;
  // What is answered only after a while may change something once more.
  while (calm < 3) {
    if (schedule.now > until) throw new Broken("it does not come to rest");
    await schedule.until(schedule.now + LOOK_MS);
    calm = isCalm(houses, actors) ? calm + 1 : 0;
  }
}

function isCalm(houses: readonly House[], actors: readonly Actor[]): boolean {
  const quiet = houses.every(
    ({ model }) => model && [...model.realms.all()].every((one) => model.outbox.waiting(one).items === 0),
  );
  return quiet && actors.every(({ isIdle, said }) => isIdle && said.every(({ outcome }) => outcome !== undefined));
}
