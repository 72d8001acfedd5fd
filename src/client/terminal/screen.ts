/**
 * The one writer to a terminal's main screen. What is said stands above and scrolls away as in any program; some rows
 * at the bottom (what is under way, the line being typed) are drawn again below it, at most 60 times a second,
 * each time in one synchronised update (DEC private mode 2026).
 */
import { stripVTControlCharacters } from "node:util";
import { graphemes, widthOf } from "./graphemes.ts";
import { hung } from "./hanging.ts";
import type { Layout } from "./layout.ts";
import { Pace } from "./pace.ts";

const FRAME_MS = 1000 / 60;

/** How long, in ms, a terminal is waited for to say where its cursor is; and one that did not say it the last time. */
const ASK_MS = 1500;
const SILENT_MS = 100;

/** How long, in ms, that answer is waited for before the terminal is left to others. */
const LAST_ANSWER_MS = 300;

/** A window that is resized by hand changes many times: its size counts when it has kept it for so long, in ms. */
const SETTLE_MS = 40;

/** How long, in ms, what was drawn may be on its way: a resize within that may have come before it. */
const LATENCY_MS = 100;

const CSI = "\u001b[";
const BEGIN = `${CSI}?2026h${CSI}?25l`;
const END = `${CSI}?25h${CSI}?2026l`;
/** Our rows are not wrapped, whatever widths the terminal has for what is in them. */
const NO_WRAP = `${CSI}?7l`;
const WRAP = `${CSI}?7h`;

/** A text of a line or more, without a line end at its end; where it hangs (hanging.ts), it is wrapped as it is written. */
export interface ScreenText {
  readonly text: string;
  /** The conversation that it belongs to; one that has it may be left out when too much comes. */
  readonly of?: string;
}

export interface ScreenOptions {
  readonly output: NodeJS.WriteStream;
  /** The rows at the bottom, of at most so many columns, and at most so many of them. */
  compose(columns: number, room: number): Layout;
  /** What is said of what was left out. */
  leftOut(counts: ReadonlyMap<string, number>): string;
  /** Does the terminal lay out its rows anew when it becomes narrower? Nearly all do. */
  readonly reflows: boolean;
  /** How long, in ms, what is written may be on its way there; 100 unless given. */
  readonly latency?: number | undefined;
}

export class Screen {
  readonly #options: ScreenOptions;
  readonly #output: NodeJS.WriteStream;
  readonly #pace = new Pace();
  #said: ScreenText[] = [];
  #drawn: Layout | undefined;
  #last = Number.NEGATIVE_INFINITY;
  #lastFrame = "";
  #timer: NodeJS.Timeout | undefined;
  /** Others have the terminal. */
  #away = true;
  /** Since a resize, until it is known where the cursor is: nothing is drawn meanwhile. */
  #asking: NodeJS.Timeout | undefined;
  /** It was asked since the last resize. */
  #asked = false;
  /** It did not answer the last time. */
  #silent = false;
  /** What was drawn last is on its way: until this, it may not have arrived. */
  #arriving: NodeJS.Timeout | undefined;
  /** Was the last frame on its way when the resize was heard of? Then it may have come after it. The least columns since. */
  #fresh = false;
  #least = Number.POSITIVE_INFINITY;
  /** How often it was asked where the cursor is, and has not answered. */
  #owed = 0;
  #whenAnswered: (() => void)[] = [];

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#output = options.output;
    this.#output.on("resize", this.#onResize);
  }

  get columns(): number {
    return Math.max(4, this.#output.columns || 80);
  }

  /** Says something above the rows at the bottom. */
  say(said: ScreenText): void {
    this.#said.push(said);
    this.#pace.bound(this.#said);
    this.changed();
  }

  /** The rows at the bottom have changed. */
  changed(): void {
    if (this.#timer || this.#away || this.#asking) return;
    const wait = Math.max(0, this.#last + FRAME_MS - performance.now());
    // A signal that the size has changed may have come after what is drawn now: it is heard before.
    this.#timer = setTimeout(() => setImmediate(() => this.draw()), Math.ceil(wait));
  }

  /** Draws now what has not been drawn. */
  draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#away || this.#asking) return;
    this.#last = performance.now();
    const room = Math.max(2, (this.#output.rows || 24) - 1);
    const layout = this.#options.compose(this.columns, room);
    const frame = drawing(layout);
    if (this.#said.length === 0 && this.#drawn && frame === this.#lastFrame) return;
    const lines = this.#takeSaid();
    this.#pace.measure(lines.length, () => {
      this.#output.write(BEGIN + this.#erasing() + lines.map((line) => `${line}\n`).join("") + frame + END);
    });
    this.#lastFrame = frame;
    this.#drawn = layout;
    this.#wait();
    if (this.#said.length > 0) this.changed();
  }

  /** Where the terminal says that the cursor is, counted from 1. */
  cursorAt(column: number): void {
    this.#silent = false;
    this.#owed = Math.max(0, this.#owed - 1);
    if (this.#owed > 0) return;
    for (const answered of this.#whenAnswered.splice(0)) answered();
    // Before the size changed again, it was elsewhere.
    if (!this.#asking || !this.#asked) return;
    clearTimeout(this.#asking);
    this.#asking = undefined;
    this.#redraw(column - 1);
  }

  /** Resolves when the terminal has said where its cursor is, if it was asked; or does not in good time. */
  answered(): Promise<void> {
    if (this.#owed === 0 || this.#silent) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenAnswered.push(resolve);
      setTimeout(resolve, LAST_ANSWER_MS);
    });
  }

  /** Clears the screen; the scrollback stays. */
  clear(): void {
    if (this.#away) return;
    this.#output.write(`${CSI}H${CSI}2J`);
    this.#drawn = undefined;
    this.draw();
  }

  /** Gives the terminal to others, below what was said; `true` leaves the rows at the bottom where they are. */
  leave(keep = false): void {
    if (this.#away) return;
    this.draw();
    const below = this.#drawn ? this.#drawn.rows.length - 1 - this.#drawn.cursor.row : 0;
    this.#output.write(keep ? `${below > 0 ? `${CSI}${below}B` : ""}\r\n` : this.#erasing());
    this.#drawn = undefined;
    this.#away = true;
  }

  /** Takes the terminal back; what was said meanwhile is shown. */
  enter(): void {
    this.#away = false;
    this.#drawn = undefined;
    this.draw();
  }

  close(): void {
    clearTimeout(this.#asking);
    if (this.#asking) {
      this.#asking = undefined;
      this.#redraw(undefined);
    }
    while (!this.#away && this.#said.length > 0) this.draw();
    this.leave();
    this.#output.off("resize", this.#onResize);
    clearTimeout(this.#timer);
    clearTimeout(this.#arriving);
  }

  /**
   * What was drawn is on its way for a while. By the clock alone it would have arrived also where this program has had no
   * time, and a resize that came meanwhile is still to be heard of.
   */
  #wait(): void {
    const { latency = LATENCY_MS } = this.#options;
    clearTimeout(this.#arriving);
    if (latency === 0) return;
    const arriving = setTimeout(() => setImmediate(() => this.#arrived(arriving)), latency);
    this.#arriving = arriving;
  }

  #arrived(frame: NodeJS.Timeout): void {
    if (this.#arriving === frame) this.#arriving = undefined;
  }

  #takeSaid(): string[] {
    const leftOut = this.#pace.leftOut();
    const now = this.#said.splice(0, this.#pace.allowed);
    const lines = now.map(({ text }) => hung(text, this.columns));
    return leftOut.size > 0 ? [this.#options.leftOut(leftOut), ...lines] : lines;
  }

  /** To the first of the drawn rows, and everything from there on away. @param up rows to it, where that is not known */
  #erasing(up = this.#drawn?.cursor.row ?? 0): string {
    if (!this.#drawn) return "";
    return `${up > 0 ? `${CSI}${up}A` : ""}\r${CSI}J`;
  }

  readonly #onResize = (): void => {
    if (this.#away || !this.#drawn) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#asking) {
      this.#fresh = this.#arriving !== undefined;
      this.#least = Number.POSITIVE_INFINITY;
    }
    this.#least = Math.min(this.#least, this.columns);
    this.#asked = false;
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(), SETTLE_MS);
  };

  /** A narrower terminal may have laid out the cursor's own row anew, or cut it off: only it can say. */
  #ask(): void {
    this.#asking = setTimeout(
      () => {
        this.#asking = undefined;
        this.#silent = true;
        this.#owed = 0;
        this.#redraw(undefined);
      },
      this.#silent ? SILENT_MS : ASK_MS,
    );
    this.#asked = true;
    this.#owed++;
    this.#output.write(`${CSI}6n`);
  }

  #redraw(column: number | undefined): void {
    const drawn = this.#drawn;
    if (drawn) {
      // In doubt too little is erased: a piece of the old line may stay, but nothing that was said is lost.
      const isKnown = this.#options.reflows && !this.#fresh;
      const up = isKnown ? rowsUp(drawn, this.columns, this.#least, column) : drawn.cursor.row;
      this.#output.write(BEGIN + this.#erasing(up) + END);
      this.#drawn = undefined;
    }
    this.draw();
  }
}

/**
 * Rows from the cursor up to the first, after the terminal has become `columns` wide.
 * @param least columns that there were meanwhile. @param column where the cursor is now
 */
function rowsUp({ rows, cursor }: Layout, columns: number, least: number, column: number | undefined): number {
  const { before, row, column: was } = cursor;
  const above = rows.slice(0, row).reduce((sum, text) => sum + wraps(text, columns) + 1, 0);
  if (was < columns || column === undefined) return above;
  // A row that was cut off leaves the cursor in what was the last column; one that was laid out anew may, but seldom does.
  if (column === least - 1) return above;
  const [under = " "] = graphemes((rows[row] ?? "").slice(before.length));
  return above + wraps(before + under, columns);
}

/** How often a terminal of so many columns wraps a row: a wide character is not cut. */
function wraps(text: string, columns: number): number {
  let [times, width] = [0, 0];
  for (const cluster of graphemes(stripVTControlCharacters(text))) {
    const wide = widthOf(cluster);
    if (width + wide > columns) {
      times++;
      width = 0;
    }
    width += wide;
  }
  return times;
}

function drawing({ rows, cursor }: Layout): string {
  const up = rows.length - 1 - cursor.row;
  return `${NO_WRAP}${rows.join("\r\n")}${up > 0 ? `${CSI}${up}A` : ""}\r${cursor.before}${WRAP}`;
}
