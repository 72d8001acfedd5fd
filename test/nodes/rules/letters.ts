/** What was acknowledged between realms is there on both sides, once, and of each sender in his order. */
import type { History } from "../history.ts";
import { firstDifference } from "./final.ts";

export function* letterWrongs({ letters, letterPages, texts }: History): Generator<string> {
  const sent = Map.groupBy(letters, ({ conversation, from }) => `${conversation}\n${from}`);
  const places = new Set(letterPages.map(({ place }) => place));
  for (const [key, its] of sent) {
    const [conversation, from] = key.split("\n") as [string, string];
    const pages = letterPages.filter((page) => page.conversation === conversation);
    if (pages.length !== places.size) yield `${conversation}: ${pages.length} of ${places.size} places have shown it`;
    for (const { place, shown } of pages) {
      const there = shown.filter((one) => one.from === from).map(({ text }) => text);
      const must = its.map(({ text }) => text);
      const at = firstDifference(there, must, (a, b) => a === b);
      if (at !== undefined) {
        const isKept = must[at] !== undefined && texts.includes(must[at]) ? ", which PostgreSQL has" : "";
        yield `${place}, ${conversation}: message ${at} of ${from} is ${there[at] ?? "none"}, not ${must[at] ?? "none"}${isKept}`;
      }
    }
  }
  for (const { place, conversation, shown } of letterPages) {
    const stranger = shown.find(({ from }) => !sent.has(`${conversation}\n${from}`));
    if (stranger) yield `${place}, ${conversation}: nobody has sent ${stranger.text} of ${stranger.from}`;
  }
  yield* groupsDiffer(letterPages);
}

/** In a group the order is its home's, for all. */
function* groupsDiffer(pages: History["letterPages"]): Generator<string> {
  for (const [conversation, its] of Map.groupBy(pages, (page) => page.conversation)) {
    if (!conversation.startsWith("#")) continue;
    const [first, ...others] = its;
    for (const other of others) {
      const { shown, place } = first as typeof other;
      const at = firstDifference(shown, other.shown, (a, b) => a.text === b.text && a.from === b.from);
      if (at !== undefined) {
        yield `${conversation}, message ${at}: ${place} has ${shown[at]?.text ?? "none"}, ${other.place} ${other.shown[at]?.text ?? "none"}`;
      }
    }
  }
}
