/** Marks in what is said, for whoever draws it in rows (hanging.ts). Nobody else's text can hold them: `inert` names them. */

/**
 * In a line: from here on it wraps, and its other rows begin in this column. At its beginning: it begins in that column
 * of the line before.
 */
export const HANG = "\u001f";

/** Twice at the beginning of a line: it is cut to one row, and what stands between the two is put where it is cut. */
export const CUT = "\u001e";
