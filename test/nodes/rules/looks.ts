/** Whoever looks sees what was acknowledged before, as it was then or later. */
import type { Altering, History, Look, Shown } from "../history.ts";
import { type Final, named, textsOf } from "./final.ts";

export function* lookWrongs({ sayings, looks }: History, final: Final): Generator<string> {
  const kept = Map.groupBy(
    sayings.filter(({ fate }) => fate === "kept"),
    ({ conversation }) => conversation,
  );
  for (const look of looks) {
    const { who, conversation, asked, shown, isWhole } = look;
    const saw = new Set(shown.map(({ id }) => id));
    const from = isWhole ? "" : (shown[0]?.id ?? "");
    const missed = kept
      .get(conversation)
      ?.find(({ id, answered }) => answered < asked && (id as string) >= from && !saw.has(id as string));
    if (missed)
      yield `${who} did not see in ${conversation} what was acknowledged before: ${missed.text} of ${missed.from}`;
    const invented = shown.find((one) => !one.isGone && !textsOf(one.id, final)?.includes(one.text));
    if (invented) yield `${who} saw ${named(invented)} in ${conversation}, which is not there`;
    if (shown.some(({ id }, i) => i > 0 && id <= (shown[i - 1] as Shown).id))
      yield `${who} saw ${conversation} out of order`;
    yield* oldWereSeen(look, final);
  }
}

function* oldWereSeen({ who, conversation, asked, shown }: Look, { alterings, sayings }: Final): Generator<string> {
  for (const message of shown) {
    const its = alterings.get(message.id);
    if (!its || message.isGone) continue;
    const what = `${who} saw ${named(message)} in ${conversation}`;
    const before = its.filter(({ answered }) => answered < asked);
    if (before.some((one) => one.what === "deleted")) yield `${what} after it was deleted`;
    const edit = before.findLast((one) => one.what === "edited");
    if (edit && isFormer(message.text, edit, its, sayings.get(message.id)?.text)) {
      yield `${what} after it was edited to ${JSON.stringify(edit.text)}`;
    }
  }
}

/** Whether a text is one of those before an edit, and cannot have come back. */
function isFormer(text: string, edit: Altering, its: readonly Altering[], first: string | undefined): boolean {
  const edits = its.filter(({ what }) => what === "edited");
  const former = edits.slice(0, edits.indexOf(edit));
  if (former.some((one) => one.isDoubtful && one.text === text)) return false;
  return text === first || former.some((one) => one.text === text);
}
