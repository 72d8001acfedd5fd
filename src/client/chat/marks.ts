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

const signs: Marks = {
  sign: "›",
  pending: "…",
  accepted: "✓",
  queued: "⇢ queued: that realm does not answer now",
  refused: "✗",
  unknown: "? the link was lost: it may have arrived, or not",
  rule: "──",
};

const words: Marks = {
  sign: ":",
  pending: "pending:",
  accepted: "(sent)",
  queued: "(queued: that realm does not answer now)",
  refused: "(refused)",
  unknown: "(unknown: the link was lost; it may have arrived, or not)",
  rule: "--",
};

export const marks = { signs, words } as const;

/** A line across, with a text in it. */
export function rule({ rule: dash }: Marks, text: string): string {
  return `${dash} ${text} ${dash.repeat(6)}`;
}
