/** Who watched was told all of it, in its order and once, over all moves of his; what `sync` gives is the same on every node. */
import type { Account, History, Stream, Told } from "../history.ts";
import { type Final, firstDifference, named, textsOf } from "./final.ts";

export function* watcherWrongs(history: History, final: Final): Generator<string> {
  const { streams, accounts, members, pages } = history;
  const byWho = Map.groupBy(accounts, ({ who }) => who);
  for (const [who, its] of byWho) {
    yield* nodesDisagree(who, its);
    yield* accountLacks(who, its[0] as Account, members, final);
    yield* alteringsAreUntold(its[0] as Account, history, final);
  }
  const nodes = new Set(pages.map(({ node }) => node)).size;
  for (const stream of streams) {
    const [account] = byWho.get(stream.who) ?? [];
    if (account) yield* streamLacks(stream, account, final);
    else if (nodes > 0) yield `${stream.who}: no node has said what there is for him`;
  }
}

function isSame(a: Told, b: Told): boolean {
  return a.id === b.id && a.from === b.from && isSameDeed(a, b);
}

function isSameDeed({ alters: a }: Told, { alters: b }: Told): boolean {
  return a?.message === b?.message && a?.what === b?.what;
}

function* nodesDisagree(who: string, [first, ...others]: readonly Account[]): Generator<string> {
  for (const other of others) {
    const { told, node } = first as Account;
    const at = firstDifference(told, other.told, (a, b) => isSame(a, b) && a.text === b.text);
    if (at === undefined) continue;
    yield `${who}, event ${at}: ${node} tells ${namedTold(told[at])}, ${other.node} ${namedTold(other.told[at])}`;
  }
}

/** What it tells of messages is what stands in his conversations. */
function* accountLacks(
  who: string,
  { told }: Account,
  members: History["members"],
  { conversations, gone }: Final,
): Generator<string> {
  const mine = [...conversations].filter(([conversation]) => members.get(conversation)?.includes(who));
  if (mine.length === 0) return;
  const must = mine
    .flatMap(([, shown]) => shown.filter(({ from, id }) => from !== who && !gone.has(id)))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const messages = told.filter(({ alters }) => !alters);
  const at = firstDifference<Told>(messages, must, (a, b) => a.id === b.id && a.text === b.text);
  if (at !== undefined)
    yield `${who} is told by sync ${named(messages[at])} as message ${at}, and not ${named(must[at])}`;
}

/** What was made of a message is told to all others who see it. */
function* alteringsAreUntold(
  { who, told }: Account,
  { alterings, members }: History,
  { gone }: Final,
): Generator<string> {
  const there = new Set(told.map(({ id }) => id));
  for (const { by, conversation, message, what, alteration } of alterings) {
    const isFor = by !== who && members.get(conversation)?.includes(who);
    if (!isFor || alteration === undefined || (gone.has(message) && what !== "deleted")) continue;
    if (!there.has(alteration)) yield `sync tells ${who} nothing of what was ${what} by ${by} (${alteration})`;
  }
}

/** Of a deleted message `sync` tells only that; whoever was there has been told of it, or came too late. */
function* streamLacks({ who, told, since }: Stream, account: Account, final: Final): Generator<string> {
  const where = since === undefined ? "on one connection" : `since ${since}`;
  const isLeft = ({ id, alters }: Told): boolean =>
    !final.gone.has(alters?.message ?? id) || alters?.what === "deleted";
  const [first, last] = [told[0], told.at(-1)];
  const must = account.told.filter(({ id, alters }) => {
    if (since !== undefined) return alters === undefined && id > since;
    return first !== undefined && last !== undefined && id >= first.id && id <= last.id;
  });
  const left = told.filter(isLeft);
  const at = firstDifference(left, must, isSame);
  if (at !== undefined) {
    yield `${who}, ${where}, was told ${namedTold(left[at])} as message ${at}, and not ${namedTold(must[at])}`;
  }
  const behind = told.find(({ id }, i) => i > 0 && id <= (told[i - 1] as Told).id);
  if (behind && at === undefined) yield `${who}, ${where}, was told ${namedTold(behind)} out of order`;
  const invented = told.find((one) => isInvented(one, final));
  if (invented && at === undefined) yield `${who}, ${where}, was told ${namedTold(invented)}, which was never said`;
}

/** Words that are gone may have gone before they were told. */
function isInvented({ id, text, alters }: Told, final: Final): boolean {
  if (alters && alters.what !== "edited") return false;
  const of = alters?.message ?? id;
  const texts = textsOf(of, final);
  return texts !== undefined && !texts.includes(text) && !(text === "" && final.gone.has(of));
}

function namedTold(told: Told | undefined): string {
  return told?.alters ? `that ${told.alters.message} was ${told.alters.what} (${told.id})` : named(told);
}
