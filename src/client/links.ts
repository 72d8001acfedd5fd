/** The links in what was shown, by the numbers that stand behind them. */

/** Links that are kept; the one shown longest ago is forgotten first. */
const MOST = 1000;

/**
 * A link in a text that can move no cursor, which shows what would as `\u001b`: no link goes on there, nor at a sign that ends
 * a sentence. Parentheses stand in it in pairs.
 */
const LINK = /(https?:\/\/(?:[^\s<>"\\()]|\([^\s<>"\\()]*\))*(?:[^\s<>"\\().,;:!?'`*\]}…]|\([^\s<>"\\()]*\)))/iu;

/** A text in parts: every second one is a link. */
export function splitAtLinks(text: string): string[] {
  return text.split(LINK);
}

export class Links {
  readonly #numbers = new Map<string, number>();
  #last = 0;

  /** The number of a link that is shown; one that was shown before has its own again. @returns undefined for what no browser would open */
  readonly numberOf = (text: string): number | undefined => {
    const url = asWebAddress(text);
    if (url === undefined) return undefined;
    const number = this.#numbers.get(url) ?? ++this.#last;
    this.#numbers.delete(url);
    this.#numbers.set(url, number);
    if (this.#numbers.size > MOST) this.#numbers.delete(this.#numbers.keys().next().value as string);
    return number;
  };

  /** @param number of a link; the one shown last unless given */
  at(number: number | undefined): string | undefined {
    const all = [...this.#numbers];
    const found = number === undefined ? all.at(-1) : all.find(([, one]) => one === number);
    return found?.[0];
  }
}

/** As a browser is given it: ASCII, and it begins with http. */
function asWebAddress(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) && url.host !== "" ? url.href : undefined;
}
