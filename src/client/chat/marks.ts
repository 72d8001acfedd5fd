/** The signs that the chat is drawn with; in ASCII, or in words for who hears them read. */
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

const unicode: Marks = {
  sign: "›",
  pending: "…",
  accepted: "✓",
  queued: "⇢ queued: that realm does not answer now",
  refused: "✗",
  unknown: "? the link was lost: it may have arrived, or not",
  rule: "──",
};

const ascii: Marks = { ...unicode, sign: ">", pending: "...", accepted: "[ok]", refused: "[x]", rule: "--" };

const words: Marks = {
  sign: ":",
  pending: "pending:",
  accepted: "(sent)",
  queued: "(queued: that realm does not answer now)",
  refused: "(refused)",
  unknown: "(unknown: the link was lost; it may have arrived, or not)",
  rule: "--",
};

export const marks = { unicode, ascii, words } as const;

/** A line across, with a text in it. */
export function rule({ rule: dash }: Marks, text: string): string {
  return `${dash} ${text} ${dash.repeat(6)}`;
}
