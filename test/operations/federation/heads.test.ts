/** What another realm has missed of the groups here: it is asked, and told again, however much that is and however little room. */
import { expect, test } from "vitest";
import type { ItemBody, ItemResult } from "../../../src/contract/items.ts";
import { answered, conclude } from "../../../src/operations/federation/results.ts";
import { missed } from "../../../src/operations/outbox.ts";
import type { Services } from "../../../src/operations/services/context.ts";
import type { Group, Realm } from "../../../src/state/entities.ts";
import type { State } from "../../../src/state/state.ts";
import { addUser } from "../../state/contract.ts";
import { memoryState } from "../../support/state.ts";

/** A realm with a member in each of many groups here, and what it has heard of each: it answers one item after the other. */
class Neighbour {
  readonly state: State;
  readonly realm: Realm;
  readonly groups: readonly Group[];
  readonly heard = new Map<string, number>();
  readonly #services: Services;

  /** @param room items that may wait for it */
  constructor(groups: number, room: number) {
    this.state = memoryState(100_000);
    const messi = addUser(this.state, "messi");
    this.realm = this.state.realms.add({ name: "barca", host: undefined, port: undefined, given: "peer" });
    const xavi = this.state.users.addAt("xavi", "barca", "Xavi");
    this.groups = Array.from({ length: groups }, (_, i) => this.state.groups.add(`kelas${i}`, messi, 1));
    for (const group of this.groups) this.state.groups.join(group, xavi, 0);
    this.#services = {
      model: this.state,
      realm: "madrid",
      now: () => Date.now(),
      neighbours: { of: () => ({ isOlder: false }) },
      policy: { outboxItems: room, outboxSize: 1e9 },
    } as unknown as Services;
    void this.state.commit();
  }

  /** Something is said that it is not sent. */
  say(group: Group): void {
    const { messages } = this.state;
    messages.append(messages.groupConversation(group), group.owner, 1, "halo", undefined);
  }

  miss(): void {
    missed(this.#services, this.realm);
    void this.state.commit();
  }

  /** Items that ask what it has. */
  get questions(): number {
    const items = this.state.outbox.after(this.realm, 0, 1_000_000, 1e9);
    return items.filter(({ body }) => body.startsWith('{"kind":"heads"')).length;
  }

  /** It answers the first item. @returns whether there was one */
  answer(): boolean {
    const { outbox } = this.state;
    const [item] = outbox.remove(this.realm, outbox.after(this.realm, 0, 1, 1e9));
    if (!item) return false;
    answered(this.#services, this.realm, item);
    conclude(this.#services, this.realm, item, this.#resultOf(JSON.parse(item.body) as ItemBody), undefined);
    void this.state.commit();
    return true;
  }

  #resultOf(item: ItemBody): ItemResult {
    const heardOf = (name: string): number => this.heard.get(name) ?? 0;
    if (item.kind === "group") {
      if (item.prev !== heardOf(item.group)) return { have: heardOf(item.group) };
      this.heard.set(item.group, item.seq);
    } else if (item.kind === "heads") {
      const behind = Object.entries(item.heads).filter(([name, head]) => heardOf(name) < head);
      if (behind.length > 0) return { have: Object.fromEntries(behind.map(([name]) => [name, heardOf(name)])) };
    }
    return {};
  }

  /** Whether it has all that was said. */
  get hasAll(): boolean {
    const headOf = (group: Group): number => this.state.messages.groupConversation(group).head;
    return this.groups.every((group) => (this.heard.get(group.name) ?? 0) === headOf(group));
  }
}

test("a realm with thousands of groups is asked one question at a time, whatever it misses before it has answered all of that", () => {
  const barca = new Neighbour(2500, 1000);
  barca.miss();
  expect(barca.questions).toBe(3);
  for (let i = 0; i < 20; i++) {
    barca.miss();
    barca.answer();
    expect(barca.questions).toBeLessThanOrEqual(3);
  }
});

test("what a realm has missed in many groups comes to it, though its outbox has room for little, and it is asked no more than needed", () => {
  const barca = new Neighbour(1500, 10);
  for (const group of barca.groups.slice(0, 40)) for (let i = 0; i < 3; i++) barca.say(group);
  barca.say(barca.groups[1400] as Group);
  barca.miss();
  for (let items = 0; barca.answer(); items++) {
    expect(barca.questions).toBeLessThanOrEqual(4);
    expect(items).toBeLessThan(1000);
  }
  expect(barca.hasAll).toBe(true);
});
