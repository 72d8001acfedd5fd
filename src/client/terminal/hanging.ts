/**
 * Texts that wrap at words and go on below where they began. What has been said stands in the terminal's own scrollback:
 * its rows are as wide as the window was when they were written. A word that is copied as a whole, a link or a key, is
 * never broken here: one that no row has room for is left to the terminal, which knows that its rows are one.
 */
import { graphemes, widthOf } from "./graphemes.ts";
import { CUT, HANG } from "./marks.ts";

/** The most columns of a row that may stay free before what goes on, as a part of the window. */
const MOST = 1 / 2;

/** Columns that stay free where that would be more. */
const LEAST = 4;

/** Colours of what was written by us. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins the sequences that are looked for
const PARTS = /\u001b\[[\d;]*m|[ \t]+|[^ \t\u001b]+/g;

/** Ends a colour, or bold and the like (ECMA-48, SGR). */
const ENDS = new Set(["0", "22", "23", "24", "27", "28", "29", "39", "49"]);

const TAB_STOP = 8;

/** What begins with a blank, whatever its colour. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins the sequences of colours
const LAID_OUT = /^(?:\u001b\[[\d;]*m)*[ \t]/;

/** What people write without blanks, and where a row may end. */
const IDEOGRAPH = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
/** No row begins with these, none ends with those: a closing sign stays with what it closes (UAX #14). */
const CLOSES = /^[\p{Pe}\p{Pf}\p{Po}ーぁぃぅぇぉっゃゅょァィゥェォッャュョ]/u;
const OPENS = /^[\p{Ps}\p{Pi}]/u;

/** A piece of a line: no row begins within it. */
interface Piece {
  text: string;
  width: number;
  readonly isBlank: boolean;
}

/**
 * The rows of a text in a window of so many columns. A line without a mark that is too long for the window is a sentence, and
 * goes on at the edge; one that begins with a blank was laid out before, or is to be copied, and stays as it is.
 */
export function hung(text: string, columns: number): string {
  // The last column stays free: a terminal may have other widths for what is in a row.
  const room = Math.max(1, columns - 1);
  let indent = 0;
  return text
    .split("\n")
    .map((line) => {
      if (line.includes(CUT)) return cut(line, room);
      const at = line.indexOf(HANG);
      if (at < 0) {
        const isSentence = !LAID_OUT.test(line) && line.length > columns && widthOf(line) > columns;
        return isSentence ? rowsOf(line, 0, room).join("\n") : line;
      }
      if (at > 0) indent = indentOf(line.slice(0, at), room);
      const whole = at > 0 ? line.replace(HANG, "") : " ".repeat(indent) + line.slice(HANG.length);
      return widthOf(whole) <= room && !whole.includes("\t") ? whole : rowsOf(whole, indent, room).join("\n");
    })
    .join("\n");
}

/** One row of it, and the colours that end behind it. */
function cut(line: string, room: number): string {
  const [before = "", mark = "", text = ""] = line.split(CUT);
  if (widthOf(before + text) <= room) return before + text;
  let row = before;
  let left = room - widthOf(mark);
  let isCut = false;
  for (const part of text.match(PARTS) ?? []) {
    for (const cluster of part.startsWith("\u001b") ? [part] : graphemes(part)) {
      left -= widthOf(cluster);
      if (left < 0 && !isCut) row += mark;
      isCut ||= left < 0;
      if (!isCut || cluster.startsWith("\u001b")) row += cluster;
    }
  }
  return row;
}

function indentOf(before: string, room: number): number {
  const width = widthOf(before);
  return width <= room * MOST ? width : Math.min(LEAST, Math.floor(room * MOST));
}

function rowsOf(line: string, indent: number, room: number): string[] {
  const rows: string[] = [];
  const colours: string[] = [];
  let row = "";
  let width = 0;
  let blanks = "";
  /** What stands in the row besides its indent. */
  let isBegun = false;
  const end = (): void => {
    rows.push(colours.length > 0 ? `${row}\u001b[0m` : row);
    row = " ".repeat(indent) + colours.join("");
    width = indent;
    blanks = "";
    isBegun = false;
  };
  const put = (text: string, wide: number): void => {
    row += blanks + text;
    width += widthOfBlanks(blanks, width) + wide;
    blanks = "";
    isBegun = true;
    follow(text, colours);
  };
  for (const { text, width: wide, isBlank } of piecesOf(line)) {
    if (isBlank) {
      // What goes on begins with none.
      if (isBegun || rows.length === 0) blanks += text;
      continue;
    }
    const fits = width + widthOfBlanks(blanks, width) + wide <= room;
    const isWhole = indent + wide <= room || isCopied(text);
    if (!fits && isWhole && isBegun) end();
    if (fits || isWhole) {
      put(text, wide);
      // The terminal has gone on in a row of its own.
      if (width > room) width %= room + 1;
    } else {
      for (const part of text.match(PARTS) ?? []) {
        for (const cluster of part.startsWith("\u001b") ? [part] : graphemes(part)) {
          const one = widthOf(cluster);
          if (width + widthOfBlanks(blanks, width) + one > room && isBegun) end();
          put(cluster, one);
        }
      }
    }
  }
  // Blanks at the end of a line are not seen.
  if (isBegun || rows.length === 0) rows.push(row);
  return rows;
}

/** Words between blanks, with the colours in them; those of a script without blanks are a piece for each sign. */
function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = [];
  let last = "";
  for (const part of line.match(PARTS) ?? []) {
    const open = pieces.at(-1);
    if (/^[ \t]/.test(part)) {
      pieces.push({ text: part, width: 0, isBlank: true });
      last = "";
    } else if (part.startsWith("\u001b")) {
      if (open && !open.isBlank) open.text += part;
      else pieces.push({ text: part, width: 0, isBlank: false });
    } else {
      for (const cluster of isAscii(part) ? [part] : graphemes(part)) {
        const piece = pieces.at(-1);
        if (piece && !piece.isBlank && !isBreak(last, cluster)) {
          piece.text += cluster;
          piece.width += widthOf(cluster);
        } else pieces.push({ text: cluster, width: widthOf(cluster), isBlank: false });
        last = cluster;
      }
    }
  }
  return pieces;
}

/** May a row end between two signs of one word? */
function isBreak(before: string, after: string): boolean {
  if (before === "" || OPENS.test(before) || CLOSES.test(after)) return false;
  return IDEOGRAPH.test(before) || IDEOGRAPH.test(after);
}

/** A link, a key, a path: who wants it takes it as a whole. */
function isCopied(word: string): boolean {
  return isAscii(word.replace(PARTS, (part) => (part.startsWith("\u001b") ? "" : part)));
}

function isAscii(text: string): boolean {
  return /^[!-~]+$/.test(text);
}

function widthOfBlanks(blanks: string, from: number): number {
  let column = from;
  for (const blank of blanks) column += blank === "\t" ? TAB_STOP - (column % TAB_STOP) : 1;
  return column - from;
}

/** Keeps the sequences that are in force behind a text. */
function follow(text: string, colours: string[]): void {
  for (const part of text.match(PARTS) ?? []) {
    if (!part.startsWith("\u001b")) continue;
    if (ENDS.has(part.slice(2, -1) || "0")) colours.pop();
    else colours.push(part);
  }
}
