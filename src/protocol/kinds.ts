/** What single values look like, wherever they stand: in a request's words or in another server's JSON. */

import { isName } from "../contract/names.ts";
import type { Address } from "../contract/shapes.ts";

/** What reading a word gives when it is not what the parameter wants; the text says why. */
export class Problem {
  readonly detail: string;
  /** Of a whole request: its values, NaN for those that are wrong. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
  constructor(detail: string, input?: Readonly<Record<string, unknown>>) {
    this.detail = detail;
    this.input = input;
  }
}

export interface Kind<T> {
  read(word: string): T | Problem;
  write(value: T): string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is what it is for
export const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise; a tab and a line feed are text
const CONTROL_IN_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** Bytes of a file name; what common file systems take. */
const FILENAME_BYTES = 255;

export function isUuid(word: string): boolean {
  return word.length === 36 && UUID.test(word);
}

export const nameRule = "1-32 of letters, digits, _ . -, starting with a letter or digit";

export function name(what: string): Kind<string> {
  return {
    read: (word) => (isName(word) ? word : new Problem(`${what}: not a name (${nameRule})`)),
    write: (value) => value,
  };
}

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

export const filename: Kind<string> = {
  read(text) {
    if (text === "") return new Problem("file name: is empty");
    if (text === "." || text.startsWith("..")) return new Problem("file name: . and .. are not names");
    if (/[/\\]/.test(text)) return new Problem("file name: give the name only, without a folder");
    if (CONTROL.test(text)) return new Problem("file name: holds a control character");
    if (Buffer.byteLength(text) > FILENAME_BYTES) return new Problem(`file name: longer than ${FILENAME_BYTES} bytes`);
    return text;
  },
  write: (value) => value,
};

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
export const restFilename: Kind<string> = { read: (raw) => filename.read(raw.trim()), write: (value) => value };

/** Free text to the end of the request. No stored text ever holds a CR: none can forge a frame. */
export const text: Kind<string> = {
  read(raw) {
    let value = raw;
    if (value.includes("\r")) value = value.replace(/\r\n?/g, "\n");
    if (value === "") return new Problem("text: is empty");
    return CONTROL_IN_TEXT.test(value) ? new Problem("text: holds a control character") : value;
  },
  write: (value) => value,
};
