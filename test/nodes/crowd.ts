/** People in groups and private conversations on many nodes; and the history that they leave. */
import { Client } from "../../src/connection/client.ts";
import type { Chance } from "../simulator/chance.ts";
import { type Person as Account, newUser, ok, PASSWORD } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Diary } from "./diary.ts";
import { between, type History, type Page, type Shown } from "./history.ts";
import { allShown, mayPass, otherIn, PATIENCE_MS, Person, type Place } from "./person.ts";

/** How many there are of each. */
export interface Cast {
  readonly people: number;
  readonly groups: number;
}

/** Messages of a page. */
const PAGE = 1000;

export class Crowd {
  readonly #diary: Diary;
  readonly #people: readonly Person[];

  /** Everybody has an account, is in his groups, and is connected. @param node where they register */
  static async gather(cast: Cast, node: TestServer, balancer: Place, chance: Chance): Promise<Crowd> {
    const names = Array.from({ length: cast.people }, (_, i) => `u${i}`);
    const accounts = await Promise.all(names.map((name) => newUser(node, name)));
    const members = await conversationsOf(names, accounts, cast.groups);
    // What comes after this is theirs.
    const opening = await ok((accounts[0] as Account).client.request("send u0 buka"));
    for (const { client } of accounts) client.close();
    const people = new Map<string, Person>();
    const diary = new Diary(members);
    for (const name of names) {
      const others = (conversation: string): Person => {
        const its = members.get(conversation)?.filter((one) => one !== name) ?? [];
        return people.get(chance.one(its)) as Person;
      };
      people.set(name, new Person(name, diary, others, balancer, String(opening["id"]), chance));
    }
    const all = [...people.values()];
    await Promise.all(all.map((person) => person.connect()));
    return new Crowd(diary, all);
  }

  private constructor(diary: Diary, people: readonly Person[]) {
    this.#diary = diary;
    this.#people = people;
  }

  /** What went otherwise than it may, whatever happens. */
  get faults(): readonly string[] {
    return this.#diary.faults;
  }

  begin(): void {
    for (const person of this.#people) person.begin();
  }

  /** One of them starts again, from the last message that he was told. */
  restart(chance: Chance): Promise<void> {
    return chance.one(this.#people).restart();
  }

  /** Everybody falls silent; once he has had his last answer, and has heard what there is for him, it is over. */
  async end(nodes: ReadonlyMap<string, Place>): Promise<History> {
    await Promise.all(this.#people.map((person) => person.fallSilent()));
    const pages: Page[] = [];
    for (const [node, place] of nodes) pages.push(...(await this.#pagesOf(node, place)));
    await Promise.all(this.#people.map((person) => person.hears(this.#newestFor(person.name, pages))));
    await Promise.all(this.#people.map((person) => person.leave()));
    const { sayings, looks, members } = this.#diary;
    return { sayings, looks, members, pages, streams: this.#people.flatMap((person) => person.streams) };
  }

  /** What a node shows of every conversation; asked until it answers. */
  async #pagesOf(node: string, place: Place): Promise<readonly Page[]> {
    const pages: Page[] = [];
    for (const [conversation, [reader]] of this.#diary.members) {
      const shown = await until(`${node} shows ${conversation}`, () => wholeOf(place, reader as string, conversation));
      pages.push({ node, conversation, shown });
    }
    return pages;
  }

  #newestFor(name: string, pages: readonly Page[]): string | undefined {
    const mine = pages.filter(({ conversation }) => this.#diary.members.get(conversation)?.includes(name));
    const ids = mine.flatMap(({ shown }) => shown.filter(({ from }) => from !== name).map(({ id }) => id));
    return ids.toSorted().at(-1);
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

/** All of a conversation, as a node shows it; undefined if it does not answer now. */
async function wholeOf(
  { host, port }: Place,
  reader: string,
  conversation: string,
): Promise<readonly Shown[] | undefined> {
  let client: Client | undefined;
  try {
    client = await Client.connect({
      host,
      port,
      user: reader,
      password: PASSWORD,
      reconnect: false,
      timeout: PATIENCE_MS,
    });
    const shown: Shown[] = [];
    let before: string | undefined;
    do {
      const from = before === undefined ? {} : { before };
      const page = await client.call("history", { with: otherIn(conversation, reader), limit: PAGE, ...from });
      shown.unshift(...allShown(page.data));
      ({ before } = page);
    } while (before !== undefined);
    return shown;
  } catch (error) {
    if (mayPass(error)) return undefined;
    throw error;
  } finally {
    await client?.close();
  }
}
