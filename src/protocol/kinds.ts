/** The forms of single values, in a request's words and in another server's JSON. */

import { isMisleading, isName } from "../contract/names.ts";
import type { Address } from "../contract/shapes.ts";
import { isPlainText } from "./plain-text.ts";

/** Why a word is no value of its kind. */
export class Problem {
  /** In English, for people. */
  readonly detail: string;
  /** If a pattern was matched: the request's values, NaN for those that are wrong. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
  constructor(detail: string, input?: Readonly<Record<string, unknown>>) {
    this.detail = detail;
    this.input = input;
  }
}

/** A kind of value: how it is read from a word, or from the rest of a request, and written as one. */
export interface Kind<T> {
  read(word: string): T | Problem;
  write(value: T): string;
}

/** A kind whose values are texts that are written as they stand. */
export function textKind(read: (word: string) => string | Problem): Kind<string> {
  return { read, write: (value) => value };
}

/** One of some words, in any case. */
export function choice<const T extends string>(what: string, words: readonly T[]): Kind<T> {
  return {
    read(word) {
      const lower = word.toLowerCase();
      return words.find((one) => one === lower) ?? new Problem(`${what}: ${words.join(" or ")}`);
    },
    write: (value) => value,
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is what it is for
export const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise; a tab and a line feed are text
const CONTROL_IN_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** Bytes of a file name; what common file systems take. */
const FILENAME_BYTES = 255;

/** Whether a word is a UUID of any version, in either case (RFC 9562). */
export function isUuid(word: string): boolean {
  return word.length === 36 && UUID.test(word);
}

/** What names look like, for people. */
export const nameRule = "1-32 of letters, digits, _ . -, starting with a letter or digit";

/** A name; `what` is what a problem calls it. */
export function name(what: string): Kind<string> {
  return textKind((word) => (isName(word) ? word : new Problem(`${what}: not a name (${nameRule})`)));
}

/** `name` or `name@realm`. */
export const address: Kind<Address> = {
  read(word) {
    const at = word.indexOf("@");
    if (at < 0) return isName(word) ? { name: word } : new Problem(`not a name (${nameRule})`);
    const realm = word.slice(at + 1);
    const local = word.slice(0, at);
    if (isName(local) && isName(realm)) return { name: local, realm };
    return new Problem(`not a name@realm (${nameRule})`);
  },
  write: ({ name: local, realm }) => (realm === undefined ? local : `${local}@${realm}`),
};

/** A file name: at most 255 bytes, no folder, no control character. */
export const filename = textKind((text) => {
  if (text === "") return new Problem("file name: is empty");
  if (text === "." || text.startsWith("..")) return new Problem("file name: . and .. are not names");
  if (/[/\\]/.test(text)) return new Problem("file name: give the name only, without a folder");
  if (CONTROL.test(text)) return new Problem("file name: holds a control character");
  if (Buffer.byteLength(text) > FILENAME_BYTES) return new Problem(`file name: longer than ${FILENAME_BYTES} bytes`);
  return text;
});

/** A file name that may hold blanks: percent-encoded (RFC 3986, section 2.1), as UTF-8. */
export const encodedFilename: Kind<string> = {
  read(word) {
    let decoded: string;
    try {
      decoded = decodeURIComponent(word);
    } catch {
      return new Problem("file name: % is written as %25, and what follows it are two hex digits of UTF-8");
    }
    return filename.read(decoded);
  },
  write: (value) => value.replace(/[%\s]/g, encodeURIComponent),
};

/** A file name to the end of the request; the blanks around it are not part of it. */
export const restFilename = textKind((raw) => filename.read(raw.trim()));

/** One line to the end of the request that is displayed beside a name, of at most so many UTF-16 units. */
export function restLine(what: string, most: number): Kind<string> {
  return textKind((raw) => {
    const value = raw.trim();
    if (value === "") return new Problem(`${what}: is empty`);
    if (value.length > most) return new Problem(`${what}: longer than ${most} characters`);
    if (isMisleading(value)) return new Problem(`${what}: holds a character that changes how a line is shown`);
    return CONTROL.test(value) ? new Problem(`${what}: holds a control character`) : value;
  });
}

/** A group's topic, and why somebody is put out of one. */
export const topic = restLine("topic", 300);
export const why = restLine("why", 300);

/** What a client is, and its version. */
export const client = restLine("client", 64);

/** What a user says of himself. */
export const note = restLine("note", 300);

/** Longest times that a group keeps its messages, in days, and that its members wait, in seconds. */
export const MOST_KEEP_DAYS = 36_500;
export const MOST_SLOW_SECONDS = 86_400;

/** Free text to the end of the request. No stored text holds a CR: none can contain the end of a frame. */
export const text = textKind((raw) => {
  if (raw === "") return new Problem("text: is empty");
  if (isPlainText(raw)) return raw;
  const value = raw.replace(/\r\n?/g, "\n");
  return CONTROL_IN_TEXT.test(value) ? new Problem("text: holds a control character") : value;
});

const EMOJI_BYTES = 32;
/** Made for the first emoji: for that all languages are looked through, 8 ms of a start. */
let graphemes: Intl.Segmenter | undefined;

/** One character as people count them (UAX #29), that stands by itself. */
export const emoji = textKind((word) => {
  if (Buffer.byteLength(word) > EMOJI_BYTES) return new Problem(`emoji: longer than ${EMOJI_BYTES} bytes`);
  if (CONTROL.test(word) || isMisleading(word) || /^[\p{M}\p{Cf}\p{Cs}]/u.test(word))
    return new Problem("emoji: is not shown");
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return [...graphemes.segment(word)].length === 1 ? word : new Problem("emoji: one character");
});

/** A JSON value that is text already: it is written as it stands. */
export class JsonText {
  readonly json: string;
  constructor(json: string) {
    this.json = json;
  }
}
