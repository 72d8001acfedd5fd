/** People in groups and private conversations on many nodes, and beyond; and the history that they leave. */
import type { Chance } from "../simulator/chance.ts";
import { type Person as Account, newUser, ok } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import type { Place } from "./asking.ts";
import type { Correspondent } from "./correspondent.ts";
import { Diary } from "./diary.ts";
import { between, type History } from "./history.ts";
import { Keyholder } from "./keyholder.ts";
import { Neighbour } from "./neighbour.ts";
import { openings } from "./opening.ts";
import { Person } from "./person.ts";
import { REALM } from "./stage.ts";
import { asUser, Survey } from "./survey.ts";

/** How many there are of each. */
export interface Cast {
  readonly people: number;
  readonly groups: number;
  readonly keyholders: number;
}

/** Where nodes are, by their names. */
export type Places = ReadonlyMap<string, Place>;

export class Crowd {
  readonly #diary: Diary;
  readonly #nodes: Places;
  readonly #people: readonly Person[];
  readonly #keyholders: readonly Keyholder[];
  readonly #neighbour: Neighbour;

  /** Everybody has an account, is in his groups, and is connected. @param node where they register. To be left by `end` or `stop` */
  static async gather(cast: Cast, node: TestServer, nodes: Places, balancer: Place, chance: Chance): Promise<Crowd> {
    const names = Array.from({ length: cast.people }, (_, i) => `u${i}`);
    const accounts = await Promise.all(names.map((name) => newUser(node, name)));
    const members = await conversationsOf(names, accounts, cast.groups);
    // What comes after this is theirs.
    const since = await openings(names.map((name, i) => [name, accounts[i] as Account]));
    for (const { client } of accounts) client.close();
    const people = new Map<string, Person>();
    const diary = new Diary(members);
    for (const [i, name] of names.entries()) {
      const others = (conversation: string): Person => {
        const its = members.get(conversation)?.filter((one) => one !== name) ?? [];
        return people.get(chance.one(its)) as Person;
      };
      const options = { diary, others, balancer, nodes: [...nodes.values()], since: since[i] as string, chance };
      people.set(name, new Person(name, options));
    }
    const keys = Array.from({ length: cast.keyholders }, (_, i) => `k${i}`);
    for (const { client } of await Promise.all(keys.map((name) => newUser(node, name)))) client.close();
    const keyholders = keys.map((name) => new Keyholder(name, balancer, diary, chance));
    const neighbour = await Neighbour.of(REALM, node, balancer, diary, chance);
    const crowd = new Crowd(diary, nodes, [...people.values()], keyholders, neighbour);
    await Promise.all(crowd.#watchers.map((person) => person.connect()));
    return crowd;
  }

  private constructor(
    diary: Diary,
    nodes: Places,
    people: readonly Person[],
    keyholders: readonly Keyholder[],
    neighbour: Neighbour,
  ) {
    this.#diary = diary;
    this.#nodes = nodes;
    this.#people = people;
    this.#keyholders = keyholders;
    this.#neighbour = neighbour;
  }

  /** What went otherwise than it may, whatever happens. */
  get faults(): readonly string[] {
    return this.#diary.faults;
  }

  /** What the other realm has logged. */
  get neighbour(): { readonly realm: string; readonly log: string } {
    return this.#neighbour;
  }

  begin(): void {
    for (const one of [...this.#watchers, ...this.#keyholders]) one.begin();
  }

  /** One of them starts again, from the last message that he was told. */
  restart(chance: Chance): Promise<void> {
    return chance.one(this.#people).restart();
  }

  /**
   * Everybody falls silent; once he has had his last answer, and has heard what there is for him, it is over.
   * @param texts every text that is kept by then
   */
  async end(texts: () => Promise<readonly string[]>): Promise<History> {
    await Promise.all([...this.#watchers, ...this.#keyholders].map((one) => one.fallSilent()));
    const survey = await this.#survey();
    await Promise.all(this.#watchers.map((person) => person.hears(survey.newestFor(person.name))));
    await Promise.all(this.#watchers.map((person) => person.leave()));
    const { sayings, repeats, alterings, missing, looks, marks, accesses, letters, members } = this.#diary;
    const { pages, accounts, unread, downloads, letterPages } = survey;
    return {
      ...{ sayings, repeats, alterings, missing, looks, marks, accesses, letters, members },
      ...{ pages, accounts, unread, downloads, letterPages },
      streams: this.#watchers.flatMap((person) => person.streams),
      texts: await texts(),
    };
  }

  stop(): Promise<void> {
    return this.#neighbour.stop();
  }

  get #watchers(): readonly (Person | Correspondent)[] {
    return [...this.#people, ...this.#neighbour.here, ...this.#neighbour.there];
  }

  async #survey(): Promise<Survey> {
    const { here, there, place, realm } = this.#neighbour;
    const [[node, first]] = [...this.#nodes] as [[string, Place]];
    const [inside, outside] = [there[0] as Correspondent, here[0] as Correspondent];
    await asUser(node, first, inside.name, (one) =>
      asUser(realm, place, outside.name, (other) => this.#neighbour.settled(other, one)),
    );
    const survey = new Survey(this.#diary);
    const seen = [...this.#nodes].flatMap(([name, where]) => [
      ...this.#people.map((person) => survey.ofPerson(name, where, person)),
      ...there.map((person) => survey.ofCorrespondent(name, where, person, person === inside)),
    ]);
    await Promise.all([
      ...seen,
      ...here.map((person) => survey.ofCorrespondent(realm, place, person, person === outside)),
    ]);
    return survey;
  }
}

/** Of each who is in it. The first is in all groups, everybody else in most of them, and each talks to the next. */
async function conversationsOf(
  names: readonly string[],
  accounts: readonly Account[],
  groups: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const members = new Map<string, readonly string[]>();
  for (let g = 0; g < groups; g++) {
    members.set(
      `#g${g}`,
      names.filter((_, i) => i === 0 || (i + g) % 3 > 0),
    );
  }
  for (const [group, its] of members) {
    for (const name of its) {
      const { client } = accounts[names.indexOf(name)] as Account;
      await ok(client.request(`${name === its[0] ? "creategroup" : "joingroup"} ${group.slice(1)}`));
    }
  }
  for (const [i, name] of names.entries()) {
    const next = names[(i + 1) % names.length] as string;
    members.set(between(name, next), [name, next]);
  }
  return members;
}
