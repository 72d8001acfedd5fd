/** What must hold of every world, whatever has happened in it. @throws Broken */
import { type Group, type Party, SERVER, type StoredMessage, type User } from "../../src/state/entities.ts";
import { State } from "../../src/state/state.ts";
import { differences, likenessOf } from "../support/likeness.ts";
import type { Actor, Words } from "./actor.ts";
import { type House, nameOf } from "./house.ts";
import type { Fields } from "./line.ts";

export class Broken extends Error {}

function hold(condition: boolean, what: () => string): void {
  if (!condition) throw new Broken(what());
}

/** At each step. */
export function atEachStep(houses: readonly House[]): void {
  for (const { realm, disk, faults } of houses) {
    hold(disk.wrong.length === 0, () => `${nameOf(realm)}: ${disk.wrong[0]}`);
    hold(faults.length === 0, () => `${nameOf(realm)}: ${faults[0]}`);
  }
}

/** When everything has come to rest: every server runs, every link is up, nobody waits. */
export function atRest(houses: readonly House[], actors: readonly Actor[]): void {
  for (const house of houses) theModelIsWhatTheLogGives(house);
  linksAgree(houses);
  conversationsAgree(houses);
  const gone = new Set(actors.flatMap(({ deleted }) => [...deleted]));
  for (const actor of actors) {
    for (const words of actor.said) if (!gone.has(words.text)) whatWasAcknowledgedIsThereOnce(houses, actor, words);
    orderIsKept(houses, actor, gone);
    nobodySawWhatHeMayNot(actor);
    watchersMissNothing(houses, actor, gone);
  }
}

function theModelIsWhatTheLogGives({ realm, disk, model }: House): void {
  const loaded = new State(
    disk.log(
      () => ({ is: "kept", ms: 0 }),
      () => Promise.resolve(),
    ),
  );
  const [different] = differences(likenessOf(model as State, "kept"), likenessOf(loaded, "kept"));
  hold(different === undefined, () => `${nameOf(realm)}: memory is not what the log gives: ${different}`);
}

function linksAgree(houses: readonly House[]): void {
  for (const house of houses) {
    const model = house.model as State;
    for (const realm of model.realms.all()) {
      const { items } = model.outbox.waiting(realm);
      hold(items === 0, () => `${nameOf(house.realm)}: ${items} items still wait for ${realm.key}`);
    }
    for (const group of model.groups.all()) {
      for (const key of group.realms.keys()) {
        const other = houses.find(({ realm }) => nameOf(realm) === key) as House;
        const mirror = other.model?.groups.findAt(group.name, nameOf(house.realm));
        hold(mirror !== undefined, () => `${key} has lost ${group.name}@${nameOf(house.realm)}`);
        const [here, there] = [membersOf(group, house.realm), membersOf(mirror as Group, other.realm)];
        hold(here === there, () => `members of ${group.name}@${nameOf(house.realm)}: ${here}; at ${key}: ${there}`);
        const [log, copy] = [textsOf(model, group), textsOf(other.model as State, mirror as Group)];
        hold(
          log.join() === copy.join(),
          () => `${group.name}@${nameOf(house.realm)}: ${log.join()}; at ${key}: ${copy.join()}`,
        );
      }
    }
  }
}

const fullNameOf = (party: Party, home: number): string => `${party.name}@${party.realm ?? nameOf(home)}`;

function membersOf({ members, owner }: Group, home: number): string {
  return [...members]
    .map(([party, { moderator }]) => {
      return `${fullNameOf(party, home)}${party === owner ? " owner" : moderator ? " moderator" : ""}`;
    })
    .sort()
    .join();
}

/** What has become of a message, but for who it was, which each realm knows by a name of its own. */
function becomeOf({ altered }: StoredMessage): unknown {
  const reactions = [...(altered?.reactions ?? [])].map(([emoji, by]) =>
    [emoji, ...[...by.keys()].map(({ name }) => name).sort()].join(" "),
  );
  return [altered?.edited !== undefined, altered?.deleted ?? false, reactions.sort()];
}

/** What a message has said before it was edited. */
function firstOf({ text, altered }: StoredMessage): string {
  return altered?.edited?.first ?? text;
}

/** The messages of a conversation, oldest first. */
function chain(state: State, head: number): StoredMessage[] {
  const found: StoredMessage[] = [];
  for (let message = state.messages.get(head); message; message = state.messages.get(message.prev)) {
    if (!message.alters) found.push(message);
  }
  return found.reverse();
}

/** What is left of a conversation's messages: of deleted ones, nothing. */
function leftOf(state: State, head: number): string[] {
  const left = chain(state, head).filter(({ altered }) => altered?.deleted !== true);
  return left.map((message) => {
    const answered = message.reply > 0 ? state.messages.get(message.reply) : undefined;
    return JSON.stringify([message.text, becomeOf(message), answered?.text]);
  });
}

function textsOf(state: State, group: Group): readonly string[] {
  return leftOf(state, state.messages.groupConversation(group).head);
}

/** Two users of two realms see the same in their conversation, in whatever order it came to either. */
function conversationsAgree(houses: readonly House[]): void {
  for (const { realm, model } of houses) {
    const state = model as State;
    for (const user of state.users.all()) {
      for (const { of, head } of state.messages.privateOf(user)) {
        const other = "members" in of ? user : of.a === user ? of.b : of.a;
        if (other.realm === undefined) continue;
        const there = houses.find((house) => nameOf(house.realm) === other.realm)?.model as State;
        const [one, two] = [
          there.users.find(other.name) as User,
          there.users.findAt(user.name, nameOf(realm)) as Party,
        ];
        const its = there.messages.peek(one, two)?.head ?? 0;
        const [here, back] = [leftOf(state, head).sort().join(), leftOf(there, its).sort().join()];
        hold(here === back, () => `${fullNameOf(user, realm)} and ${other.key}: ${here}; there: ${back}`);
      }
    }
  }
}

/** What somebody has received in private, or what stands in a group, where it is at home. */
function receivedBy(houses: readonly House[], to: string): readonly StoredMessage[] {
  const [name, realm] = to.replace("#", "").split("@") as [string, string];
  const state = houses.find((house) => nameOf(house.realm) === realm)?.model as State;
  if (to.startsWith("#")) {
    const group = state.groups.find(name);
    return group ? chain(state, state.messages.groupConversation(group).head) : [];
  }
  const user = state.users.find(name) as Party;
  return [...state.messages.privateOf(user as User)]
    .flatMap(({ of, head }) =>
      chain(state, head).filter(({ sender }) => sender !== user || ("a" in of && of.a === of.b)),
    )
    .sort((a, b) => a.seq - b.seq);
}

function whatWasAcknowledgedIsThereOnce(houses: readonly House[], actor: Actor, { text, to, outcome }: Words): void {
  const times = receivedBy(houses, to).filter((message) => firstOf(message) === text).length;
  const told = `${actor.full} said ${text} to ${to} (${outcome}), and it is there ${times} times`;
  if (outcome === "ok" && !actor.putOutOf.has(to)) hold(times === 1, () => told);
  else if (outcome === "ok" || outcome === "unknown" || outcome === undefined) hold(times <= 1, () => told);
  else hold(times === 0, () => told);
}

function orderIsKept(houses: readonly House[], actor: Actor, gone: ReadonlySet<string>): void {
  const byReceiver = Map.groupBy(
    actor.said
      .filter(({ way, outcome, retried }) => way === "client" && outcome === "ok" && !retried)
      .filter(({ text }) => !gone.has(text)),
    ({ to }) => to,
  );
  for (const [to, words] of byReceiver) {
    const all = words.map(({ text }) => text);
    const there = receivedBy(houses, to)
      .map(firstOf)
      .filter((text) => all.includes(text));
    const said = actor.putOutOf.has(to) ? all.filter((text) => there.includes(text)) : all;
    hold(
      there.join() === said.join(),
      () => `${actor.full} said ${said.join()} to ${to}, and there stands ${there.join()}`,
    );
  }
}

const isMessage = ({ event }: Fields): boolean => event === "message";
const dataOf = (event: Fields): Fields => event["data"] as Fields;

function nobodySawWhatHeMayNot(actor: Actor): void {
  for (const { told } of actor.watches) {
    const left = new Set<string>();
    for (const event of told) {
      const { group, user, to, from } = dataOf(event) as Record<string, string>;
      if (event["event"] === "leave" && user === actor.name) left.add(group as string);
      if (event["event"] === "join" && user === actor.name) left.delete(group as string);
      if (!isMessage(event)) continue;
      if (group === undefined) hold(to === actor.name, () => `${actor.full} is told what ${from} said to ${to}`);
      else hold(!left.has(group), () => `${actor.full} has left ${group} and is told what is said there`);
    }
  }
}

/** While he watches without a gap, he is told every message that is for him, once and in order; notices say the same again. */
function watchersMissNothing(houses: readonly House[], actor: Actor, gone: ReadonlySet<string>): void {
  const state = (houses[actor.realm] as House).model as State;
  const user = state.users.find(actor.name) as Party;
  /** Texts that are for him; in a group that he may have left meanwhile he is not told everything. */
  const mine = new Map<string, number>();
  const must = new Set<string>();
  for (let seq = 1; state.messages.get(seq); seq++) {
    const message = state.messages.get(seq) as StoredMessage;
    const { conversation, sender, alters } = message;
    const text = firstOf(message);
    if (alters || sender === SERVER || gone.has(text) || message.altered?.deleted) continue;
    const { of } = conversation;
    const group = "members" in of;
    const toMe = group ? sender !== user : (of.a === user || of.b === user) && (sender !== user || of.a === of.b);
    if (!toMe || (!group && state.hidings.hides(user, sender, seq))) continue;
    mine.set(text, seq);
    if (!group || actor.name === "u0") must.add(text);
  }
  for (const { told, since, isOpen } of actor.watches) {
    const texts = told
      .filter((event) => isMessage(event) && dataOf(event)["from"] !== SERVER.name)
      .map((event) => String(dataOf(event)["message"]))
      .filter((text) => !gone.has(text));
    const seqs = texts.map((text) => mine.get(text) ?? 0);
    const unknown = texts.find((text) => !mine.has(text));
    hold(unknown === undefined, () => `${actor.full} was told ${unknown}, which is not there`);
    hold(new Set(texts).size === texts.length, () => `${actor.full} was told twice: ${texts.join()}`);
    hold(
      seqs.every((seq, i) => i === 0 || seq > (seqs[i - 1] as number)),
      () => `${actor.full} was told out of order: ${texts.join()}`,
    );
    if (since === undefined) continue;
    // Of a connection that has ended, what was on its way is lost.
    const until = isOpen ? Number.POSITIVE_INFINITY : (seqs.at(-1) ?? 0);
    const missed = [...must].find((text) => {
      const seq = mine.get(text) as number;
      return seq > since && seq <= until && !texts.includes(text);
    });
    hold(missed === undefined, () => `${actor.full} watches since ${since} and was not told ${missed}`);
  }
}
