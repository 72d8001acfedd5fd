import { wording } from "../language/wording.ts";

/** The signs that the chat is drawn with, or words for who hears them read. `--ascii` is the console's to see to. */
export interface Symbols {
  /** Behind it one types. */
  readonly prompt: string;
  readonly pending: string;
  readonly accepted: string;
  readonly queued: string;
  readonly refused: string;
  readonly unknown: string;
  readonly rule: string;
}

export function drawnSymbols(): Symbols {
  const { queued, unknown } = wording.marks;
  return {
    prompt: "›",
    pending: "…",
    accepted: "✓",
    queued: `⇢ ${queued}`,
    refused: "✗",
    unknown: `? ${unknown}`,
    rule: "──",
  };
}

/** The same for who hears them read. */
export function spokenSymbols(): Symbols {
  const { pending, accepted, refused, isQueued, isUnknown } = wording.marks;
  return { prompt: ":", pending, accepted, queued: isQueued, refused, unknown: isUnknown, rule: "--" };
}

/** A line across, with a text in it. */
export function rule({ rule: dash }: Symbols, text: string): string {
  return `${dash} ${text} ${dash.repeat(6)}`;
}
