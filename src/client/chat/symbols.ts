import { wording } from "../language/wording.ts";

/** What the chat is drawn with. `--ascii` is the console's to see to. */
export type Symbols = Readonly<
  Record<"prompt" | "pending" | "accepted" | "queued" | "refused" | "unknown" | "rule", string>
>;

/** Signs; words beside those that do not say enough. */
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

/** Words, for who hears them read. */
export function spokenSymbols(): Symbols {
  const { pending, accepted, refused, isQueued, isUnknown } = wording.marks;
  return { prompt: ":", pending, accepted, queued: isQueued, refused, unknown: isUnknown, rule: "--" };
}

/** A line across, with a text in it. */
export function rule({ rule: dash }: Symbols, text: string): string {
  return `${dash} ${text} ${dash.repeat(6)}`;
}
