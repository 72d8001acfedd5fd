/** What was acknowledged is there, once, in its order, on every node. */
import type { History, Saying, Shown } from "../history.ts";
import { type Final, firstDifference, named, textsOf } from "./final.ts";

export function* messageWrongs(history: History, final: Final): Generator<string> {
  yield* nodesDisagree(history);
  yield* conversationsAreOutOfOrder(final);
  yield* sayingsAreNotThereOnce(history, final);
  yield* repeatsAreOthers(history);
  yield* acknowledgedOutOfOrder(history);
}

function* nodesDisagree({ pages, members }: History): Generator<string> {
  const nodes = new Set(pages.map(({ node }) => node));
  for (const conversation of members.keys()) {
    const its = pages.filter((page) => page.conversation === conversation);
    if (its.length !== nodes.size) yield `${conversation}: ${its.length} of ${nodes.size} nodes have shown it`;
    const [first, ...others] = its;
    for (const other of others) {
      const { shown, node } = first as typeof other;
      const at = firstDifference(shown, other.shown, isSame);
      if (at === undefined) continue;
      yield `${conversation}, message ${at}: ${node} shows ${named(shown[at])}, ${other.node} ${named(other.shown[at])}`;
    }
  }
}

function isSame(a: Shown, b: Shown): boolean {
  const areSame = a.id === b.id && a.from === b.from && a.text === b.text && a.time === b.time && a.isGone === b.isGone;
  return areSame && JSON.stringify(a.reactions) === JSON.stringify(b.reactions);
}

function* conversationsAreOutOfOrder({ conversations }: Final): Generator<string> {
  for (const [conversation, shown] of conversations) {
    let last: Shown | undefined;
    for (const [i, message] of shown.entries()) {
      const before = shown[i - 1];
      if (before && message.id <= before.id) yield `${conversation}: ${named(message)} stands behind ${named(before)}`;
      if (message.isGone) continue;
      if (last && Date.parse(message.time) < Date.parse(last.time)) {
        yield `${conversation}: ${named(message)} is older (${message.time}) than ${named(last)} (${last.time})`;
      }
      last = message;
    }
  }
}

function* sayingsAreNotThereOnce({ sayings }: History, final: Final): Generator<string> {
  const found = new Map<Saying, Shown[]>();
  const said = new Map<string, Saying>();
  for (const saying of sayings) {
    const all = saying.id === undefined ? [saying.text] : (textsOf(saying.id, final) ?? []);
    for (const text of all) said.set(`${saying.conversation}\n${text}`, saying);
  }
  for (const [conversation, shown] of final.conversations) {
    for (const message of shown) {
      const saying = message.isGone ? final.sayings.get(message.id) : said.get(`${conversation}\n${message.text}`);
      const isHis = message.isGone || saying?.from === message.from;
      if (saying && isHis) found.set(saying, [...(found.get(saying) ?? []), message]);
      else yield `${conversation}: nobody has sent ${named(message)}`;
    }
  }
  for (const saying of sayings) {
    const there = found.get(saying) ?? [];
    const what = `${saying.conversation}: ${saying.text} of ${saying.from} (${saying.fate}, ${saying.id ?? "no id"})`;
    if (there.length > 1) yield `${what} is there ${there.length} times`;
    if (saying.fate === "kept" && there.length === 0) yield `${what} is lost`;
    if (saying.fate === "refused" && there.length > 0) yield `${what} is there`;
    if (saying.fate !== "kept") continue;
    for (const { id, time, isGone } of there) {
      if (id === saying.id && (isGone || time === saying.time)) continue;
      yield `${what} is there as ${id} of ${time}, not of ${saying.time}`;
    }
  }
}

function* repeatsAreOthers({ sayings, repeats }: History): Generator<string> {
  const said = new Map(sayings.map((saying) => [`${saying.conversation}\n${saying.text}`, saying]));
  for (const { conversation, text, id, time } of repeats) {
    const saying = said.get(`${conversation}\n${text}`);
    if (saying?.id === id && saying.time === time) continue;
    yield `${conversation}: ${text}, sent once more, is ${id} of ${time}, and was ${saying?.id} of ${saying?.time}`;
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
