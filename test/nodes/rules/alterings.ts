/** An edit, a deletion, a reaction that was acknowledged is what everybody sees at the end; deleted words stand nowhere. */
import type { Altering, History, Shown } from "../history.ts";
import { type Final, named, textsOf } from "./final.ts";

export function* alteringWrongs(history: History, final: Final): Generator<string> {
  for (const [conversation, shown] of final.conversations) {
    for (const message of shown) {
      const its = final.alterings.get(message.id) ?? [];
      yield* textIsAnother(conversation, message, its, final);
      if (!message.isGone) yield* reactionsAreOthers(conversation, message, its);
    }
  }
  for (const id of history.missing) {
    if (!final.gone.has(id)) yield `nothing could be made of ${id}, which is there`;
  }
  yield* wordsAreLeft(history, final);
}

function* textIsAnother(
  conversation: string,
  message: Shown,
  its: readonly Altering[],
  { sayings }: Final,
): Generator<string> {
  const isDeleted = its.some(({ what }) => what === "deleted");
  const what = `${conversation}: ${named(message)}`;
  if (isDeleted !== (message.isGone === true)) {
    yield isDeleted ? `${what} was deleted, and is there` : `${what} is gone, and nobody has deleted it`;
  }
  if (message.isGone || isDeleted) return;
  const edits = its.filter((one) => one.what === "edited");
  const last = edits.at(-1)?.text ?? sayings.get(message.id)?.text;
  const may = [last, ...edits.filter(({ isDoubtful }) => isDoubtful).map(({ text }) => text)];
  if (!may.includes(message.text)) yield `${what} should be ${JSON.stringify(last)}`;
}

function* reactionsAreOthers(conversation: string, message: Shown, its: readonly Altering[]): Generator<string> {
  const reacted = its.filter(({ what }) => what === "reacted" || what === "unreacted");
  const deeds = Map.groupBy(reacted, ({ by, text }) => `${text} of ${by}`);
  const there = new Set(
    Object.entries(message.reactions ?? {}).flatMap(([emoji, users]) => users.map((user) => `${emoji} of ${user}`)),
  );
  for (const [reaction, all] of deeds) {
    const isThere = there.has(reaction);
    const wanted = all.at(-1)?.what === "reacted";
    if (isThere === wanted || all.some(({ what, isDoubtful }) => isDoubtful && (what === "reacted") === isThere))
      continue;
    yield `${conversation}: ${named(message)} ${isThere ? "has" : "lacks"} the reaction ${reaction}`;
  }
  for (const reaction of there) {
    if (!deeds.has(reaction))
      yield `${conversation}: ${named(message)} has the reaction ${reaction}, which nobody has given`;
  }
}

function* wordsAreLeft({ alterings, texts }: History, final: Final): Generator<string> {
  const there = new Set(texts);
  for (const { message, what } of alterings) {
    if (what !== "deleted") continue;
    for (const text of textsOf(message, final) ?? []) {
      if (there.has(text)) yield `${JSON.stringify(text)} was deleted (${message}), and stands in PostgreSQL`;
    }
  }
}
