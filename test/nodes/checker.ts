/**
 * Judges a history: what was acknowledged is there, once, in its order, on every node; who watched was told all of it; whoever
 * looked saw what had been acknowledged before. It trusts no order but that of ticks and of ids.
 */
import type { History, Saying, Shown } from "./history.ts";

/** @returns what does not hold, a line each */
export function wrongsOf(history: History): readonly string[] {
  const final = finalOf(history);
  return [
    ...nodesDisagree(history),
    ...conversationsAreOutOfOrder(final),
    ...sayingsAreNotThereOnce(history, final),
    ...acknowledgedOutOfOrder(history),
    ...watchersMissed(history, final),
    ...looksMissed(history, final),
  ];
}

/** Each conversation as the first node shows it. */
type Final = ReadonlyMap<string, readonly Shown[]>;

function finalOf({ pages }: History): Final {
  const final = new Map<string, readonly Shown[]>();
  for (const { conversation, shown } of pages) if (!final.has(conversation)) final.set(conversation, shown);
  return final;
}

function* nodesDisagree({ pages, members }: History): Generator<string> {
  const nodes = new Set(pages.map(({ node }) => node));
  for (const conversation of members.keys()) {
    const its = pages.filter((page) => page.conversation === conversation);
    if (its.length !== nodes.size) yield `${conversation}: ${its.length} of ${nodes.size} nodes have shown it`;
    const [first, ...others] = its;
    for (const other of others) {
      const at = firstDifference((first as typeof other).shown, other.shown);
      if (at === undefined) continue;
      const [one, two] = [(first as typeof other).shown[at], other.shown[at]];
      yield `${conversation}, message ${at}: ${first?.node} shows ${named(one)}, ${other.node} ${named(two)}`;
    }
  }
}

function firstDifference(one: readonly Shown[], two: readonly Shown[]): number | undefined {
  for (let i = 0; i < Math.max(one.length, two.length); i++) {
    const [a, b] = [one[i], two[i]];
    if (!a || !b || a.id !== b.id || a.from !== b.from || a.text !== b.text || a.time !== b.time) return i;
  }
  return undefined;
}

function* conversationsAreOutOfOrder(final: Final): Generator<string> {
  for (const [conversation, shown] of final) {
    for (const [i, message] of shown.entries()) {
      const before = shown[i - 1];
      if (!before) continue;
      if (message.id <= before.id) yield `${conversation}: ${named(message)} stands behind ${named(before)}`;
      if (Date.parse(message.time) < Date.parse(before.time)) {
        yield `${conversation}: ${named(message)} is older (${message.time}) than ${named(before)} (${before.time})`;
      }
    }
  }
}

function* sayingsAreNotThereOnce({ sayings }: History, final: Final): Generator<string> {
  const said = new Map(sayings.map((saying) => [`${saying.conversation}\n${saying.text}`, saying]));
  const found = new Map<Saying, Shown[]>();
  for (const [conversation, shown] of final) {
    for (const message of shown) {
      const saying = said.get(`${conversation}\n${message.text}`);
      if (saying?.from !== message.from) yield `${conversation}: nobody has sent ${named(message)}`;
      else found.set(saying, [...(found.get(saying) ?? []), message]);
    }
  }
  for (const saying of sayings) {
    const there = found.get(saying) ?? [];
    const what = `${saying.conversation}: ${saying.text} of ${saying.from} (${saying.fate}, ${saying.id ?? "no id"})`;
    if (there.length > 1) yield `${what} is there ${there.length} times`;
    if (saying.fate === "kept" && there.length === 0) yield `${what} is lost`;
    if (saying.fate === "refused" && there.length > 0) yield `${what} is there`;
    if (saying.fate !== "kept") continue;
    for (const { id, time } of there) {
      if (id !== saying.id || time !== saying.time) yield `${what} is there as ${id} of ${time}, not of ${saying.time}`;
    }
  }
}

/** What was sent after something had been acknowledged comes after it. */
function* acknowledgedOutOfOrder({ sayings }: History): Generator<string> {
  const kept = sayings.filter(({ fate }) => fate === "kept");
  const byAnswer = kept.toSorted((a, b) => a.answered - b.answered);
  let newest: Saying | undefined;
  let next = 0;
  for (const saying of kept.toSorted((a, b) => a.asked - b.asked)) {
    for (; (byAnswer[next]?.answered ?? Number.POSITIVE_INFINITY) < saying.asked; next++) {
      const answered = byAnswer[next] as Saying;
      if (newest === undefined || (answered.id as string) > (newest.id as string)) newest = answered;
    }
    if (newest && (saying.id as string) <= (newest.id as string)) {
      yield `${saying.text} of ${saying.from} was sent after ${newest.text} of ${newest.from} was acknowledged, and comes before it`;
    }
  }
}

function* watchersMissed({ streams, members }: History, final: Final): Generator<string> {
  const forWhom = new Map<string, readonly Shown[]>();
  const all = (who: string): readonly Shown[] => {
    const known = forWhom.get(who);
    if (known) return known;
    const mine = [...final].filter(([conversation]) => members.get(conversation)?.includes(who));
    const heard = mine.flatMap(([, shown]) => shown.filter(({ from }) => from !== who)).toSorted(byId);
    forWhom.set(who, heard);
    return heard;
  };
  for (const { who, told, since } of streams) {
    const [first, last] = [told[0], told.at(-1)];
    const must = all(who).filter(({ id }) => {
      if (since !== undefined) return id > since;
      return first !== undefined && last !== undefined && id >= first.id && id <= last.id;
    });
    const at = firstDifference(told, must);
    if (at === undefined) continue;
    const where = since === undefined ? "on one connection" : `since ${since}`;
    yield `${who}, ${where}, was told ${named(told[at])} as message ${at}, and not ${named(must[at])}`;
  }
}

function* looksMissed({ sayings, looks }: History, final: Final): Generator<string> {
  const kept = Map.groupBy(
    sayings.filter(({ fate }) => fate === "kept"),
    ({ conversation }) => conversation,
  );
  const places = new Map(
    [...final].map(([conversation, shown]) => [conversation, new Map(shown.map((one) => [one.id, one]))]),
  );
  for (const { who, conversation, asked, shown, isWhole } of looks) {
    const saw = new Set(shown.map(({ id }) => id));
    const from = isWhole ? "" : (shown[0]?.id ?? "");
    const missed = kept
      .get(conversation)
      ?.find(({ id, answered }) => answered < asked && (id as string) >= from && !saw.has(id as string));
    if (missed)
      yield `${who} did not see in ${conversation} what was acknowledged before: ${missed.text} of ${missed.from}`;
    const invented = shown.find((one) => places.get(conversation)?.get(one.id)?.text !== one.text);
    if (invented) yield `${who} saw ${named(invented)} in ${conversation}, which is not there`;
    if (shown.some(({ id }, i) => i > 0 && id <= (shown[i - 1] as Shown).id))
      yield `${who} saw ${conversation} out of order`;
  }
}

function byId(a: Shown, b: Shown): number {
  return a.id < b.id ? -1 : 1;
}

function named(message: Shown | undefined): string {
  return message ? `${JSON.stringify(message.text)} of ${message.from} (${message.id})` : "nothing";
}
