/** What Tab offers in the line being typed. */
import { type Choices, complete } from "../complete.ts";
import { completeEmoji, emojiNameIn } from "../emoji.ts";
import type { Completion } from "../terminal/completion.ts";
import { typedInGroup } from "./open-group.ts";
import type { Session } from "./session.ts";

/** How long, in ms, completing a word waits for names. */
const NAMES_MS = 500;

export interface CompletingOptions {
  readonly session: Session;
  /** The terminal shows emoji: their names are completed. */
  readonly emoji: boolean;
  /** The conversation that is open. */
  readonly open: string | undefined;
  /** What may be named, as far as it is known now. */
  choices(): Choices;
}

/** @param before the line up to the cursor */
export function completeLine(
  before: string,
  options: CompletingOptions,
): Completion | undefined | Promise<Completion | undefined> {
  if (!options.emoji || emojiNameIn(before) === undefined) return completeWord(before, options);
  return completeEmoji(before).then((found) => found ?? completeWord(before, options));
}

/** Where the known names do not do, the server is asked for them again, and waited for NAMES_MS at the most. */
function completeWord(
  before: string,
  { session, open, choices }: CompletingOptions,
): Completion | undefined | Promise<Completion | undefined> {
  const { names, link, login } = session;
  const found = (): Completion | undefined => {
    const all = choices();
    const inGroup = typedInGroup(before, { open, hasGroup: (name) => names.hasGroup(name) });
    const here = inGroup && complete(inGroup.line, all);
    if (inGroup?.isMeant) return here;
    const asTyped = complete(before, all);
    return here && asTyped
      ? { ...asTyped, candidates: [...asTyped.candidates, ...here.candidates] }
      : (asTyped ?? here);
  };
  const known = found();
  if (!login || link.is !== "up" || (known && names.isFresh)) return known;
  const moment = new Promise<void>((resolve) => {
    setTimeout(resolve, NAMES_MS).unref();
  });
  return Promise.race([session.refresh().catch(() => undefined), moment]).then(found);
}
