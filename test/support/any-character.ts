/** What Unicode has a number for. */
import fc from "fast-check";

/** Halves of pairs stand for no character. */
const HALVES = { first: 0xd800, count: 0x800 };

/** Any, one as often as another; fast-check's own `binary` makes a list of all of them first, which takes half a second. */
export const anyCharacter = fc
  .nat(0x10ffff - HALVES.count)
  .map((n) => String.fromCodePoint(n < HALVES.first ? n : n + HALVES.count));
