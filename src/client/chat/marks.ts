import { wording } from "../language/wording.ts";

/** The signs that the chat is drawn with, or words for who hears them read. `--ascii` is the console's to see to. */
export interface Marks {
  /** Behind it one types. */
  readonly sign: string;
  readonly pending: string;
  readonly accepted: string;
  readonly queued: string;
  readonly refused: string;
  readonly unknown: string;
  readonly rule: string;
}

export function signs(): Marks {
  const { queued, unknown } = wording.marks;
  return {
    sign: "›",
    pending: "…",
    accepted: "✓",
    queued: `⇢ ${queued}`,
    refused: "✗",
    unknown: `? ${unknown}`,
    rule: "──",
  };
}

/** The same for who hears them read. */
export function spokenMarks(): Marks {
  const { pending, accepted, refused, isQueued, isUnknown } = wording.marks;
  return { sign: ":", pending, accepted, queued: isQueued, refused, unknown: isUnknown, rule: "--" };
}

/** A line across, with a text in it. */
export function rule({ rule: dash }: Marks, text: string): string {
  return `${dash} ${text} ${dash.repeat(6)}`;
}
