/** Candidates to choose from, a row each, in a few rows. */
import { wording } from "../language/wording.ts";
import { truncate, widthOf } from "./graphemes.ts";
import { inert } from "./inert.ts";

/** A text that could be put in. */
export interface Candidate {
  readonly text: string;
  /** What it is, in a few words. */
  readonly about?: string | undefined;
  /** What stands for it in the menu. */
  readonly label?: string | undefined;
}

const ROWS = 8;

export class Menu {
  readonly #candidates: readonly Candidate[];
  /** Where the chosen one is put in, in UTF-16 units. */
  readonly start: number;
  /** What is chosen is put in with the blank behind it: one goes on typing. */
  readonly walks: boolean;
  #at = -1;

  constructor(candidates: readonly Candidate[], start: number, walks = false) {
    this.#candidates = candidates;
    this.start = start;
    this.walks = walks;
  }

  get chosen(): Candidate | undefined {
    return this.#candidates[this.#at];
  }

  move(by: 1 | -1): Candidate {
    const { length } = this.#candidates;
    this.#at = this.#at < 0 && by < 0 ? length - 1 : (this.#at + by + length) % length;
    return this.#candidates[this.#at] as Candidate;
  }

  /** @param style of the one that is chosen. */
  rows(columns: number, style: (row: string) => string): string[] {
    const { length } = this.#candidates;
    const full = length > ROWS ? ROWS - 1 : ROWS;
    const first = Math.max(0, Math.min(this.#at - Math.floor(full / 2), length - full));
    const shown = this.#candidates.slice(first, first + full);
    const width = Math.max(...shown.map((one) => widthOf(inRow(nameOf(one)))));
    const rows = shown.map((one, i) => {
      const { about = "" } = one;
      const name = inRow(nameOf(one));
      const row = truncate(`  ${name}${" ".repeat(width - widthOf(name))}  ${inRow(about)}`.trimEnd(), columns - 1);
      return first + i === this.#at ? style(row) : row;
    });
    return length > ROWS ? [...rows, truncate(`  ${wording.chat.inAll(length)}`, columns - 1)] : rows;
  }
}

function nameOf({ label, text }: Candidate): string {
  return label ?? text;
}

/** On one row, whatever is in it. */
function inRow(text: string): string {
  return inert(text.trimEnd()).replace(/[\n\t]/g, " ");
}
