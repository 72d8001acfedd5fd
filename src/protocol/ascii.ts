/** JSON with only ASCII characters, for clients that decode what they receive in pieces. */

/** UTF-16 units that are escaped at once: each leaves a part of the result behind, until all are put together. */
const PIECE = 32 * 1024;

/** Each character that has been escaped so far. */
const escapes = new Map<string, string>();

/** Every other character escaped: RFC 8259, section 7. */
export function inAscii(json: string): string {
  if (json.length <= PIECE) return json.replace(/[\u007f-\uffff]/g, escaped);
  let text = "";
  for (let at = 0; at < json.length; at += PIECE) text += inAscii(json.slice(at, at + PIECE));
  return text;
}

function escaped(unit: string): string {
  let text = escapes.get(unit);
  if (text === undefined) {
    text = `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    escapes.set(unit, text);
  }
  return text;
}
