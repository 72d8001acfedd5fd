/**
 * The kinds of values a request can carry, one per parameter name: how each is read from a word,
 * written as one, and what it must look like. Names, limits and examples are those of PROTOCOL.md.
 */
import type { Address } from "../operations/contract.ts";

/** What reading a word gives when it is not what the parameter wants; the text says why. */
export class Problem {
  readonly detail: string;
  constructor(detail: string) {
    this.detail = detail;
  }
}

interface Kind<T> {
  read(word: string): T | Problem;
  write(value: T): string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is what it is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise; a tab and a line feed are text
const CONTROL_IN_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Bytes of a file name; what common file systems take. */
const FILENAME_BYTES = 255;

export function isUuid(word: string): boolean {
  return word.length === 36 && UUID.test(word);
}

export function isName(word: string): boolean {
  return NAME.test(word);
}

const nameRule = "1-32 of letters, digits, _ . -, starting with a letter or digit";

function name(what: string): Kind<string> {
  return {
    read: (word) => (isName(word) ? word : new Problem(`${what}: not a name (${nameRule})`)),
    write: (value) => value,
  };
}

const address: Kind<Address> = {
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

/** A list of addresses separated by commas, as `creategroup` of spec 000 takes it. */
const addresses: Kind<readonly Address[]> = {
  read(word) {
    const list: Address[] = [];
    for (const part of word.split(",")) {
      if (part === "") continue;
      const value = address.read(part);
      if (value instanceof Problem) return value;
      list.push(value);
    }
    return list;
  },
  write: (list) => list.map(address.write).join(","),
};

/** One word without control characters. */
const word: Kind<string> = {
  read: (text) => (CONTROL.test(text) ? new Problem("holds a control character") : text),
  write: (value) => value,
};

function shortWord(what: string, most: number): Kind<string> {
  return {
    read: (text) => (text.length > most ? new Problem(`${what}: longer than ${most} characters`) : word.read(text)),
    write: word.write,
  };
}

/** A full name as one word: `joko_widodo` is `joko widodo` (spec 001: register). */
const fullName: Kind<string> = {
  read(text) {
    const value = shortWord("name", 128).read(text);
    return value instanceof Problem ? value : value.replaceAll("_", " ");
  },
  write: (value) => value.replaceAll(" ", "_"),
};

const filename: Kind<string> = {
  read(text) {
    if (text === "." || text.startsWith("..")) return new Problem("file name: . and .. are not names");
    if (/[/\\]/.test(text)) return new Problem("file name: give the name only, without a folder");
    if (CONTROL.test(text)) return new Problem("file name: holds a control character");
    if (Buffer.byteLength(text) > FILENAME_BYTES) return new Problem(`file name: longer than ${FILENAME_BYTES} bytes`);
    return text;
  },
  write: (value) => value,
};

const base64: Kind<Uint8Array> = {
  read(text) {
    // Clients written in Python send the text of a bytes object.
    const plain = /^b'.*'$/.test(text) || /^b".*"$/.test(text) ? text.slice(2, -1) : text;
    if (plain.length % 4 !== 0 || !BASE64.test(plain)) return new Problem("file content: not base64");
    return Buffer.from(plain, "base64");
  },
  // Nothing at all would be no parameter: an empty file is Python's way of saying it.
  write: (value) => (value.length === 0 ? "b''" : Buffer.from(value).toString("base64")),
};

function integer(what: string, least: number, most: number): Kind<number> {
  return {
    read(text) {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : new Problem(`${what}: a number from ${least} to ${most}`);
    },
    write: String,
  };
}

const uuid: Kind<string> = {
  read: (text) => (isUuid(text) ? text.toLowerCase() : new Problem("id: not an id of this server")),
  write: (value) => value,
};

/** A user, or a group with `#` before its name. */
const userOrGroup: Kind<string> = {
  read: (text) =>
    isName(text.startsWith("#") ? text.slice(1) : text) ? text : new Problem(`not a user or #group (${nameRule})`),
  write: (value) => value,
};

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

/** The free text of a full name given at the end (spec 002: register). */
const restName: Kind<string> = {
  read(raw) {
    const value = text.read(raw);
    return value instanceof Problem ? value : fullName.read(value);
  },
  write: fullName.write,
};

/** Every parameter name a pattern may use. `[@realm]` and `...` are part of the name. */
export const kinds = {
  user: name("user"),
  group: name("group"),
  realm: name("realm"),
  "user[@realm]": address,
  "group[@realm]": address,
  members: addresses,
  password: shortWord("password", 256),
  old: shortWord("password", 256),
  new: shortWord("password", 256),
  name: fullName,
  "name...": restName,
  country: shortWord("country", 64),
  filename,
  b64: base64,
  host: shortWord("host", 253),
  port: integer("port", 1, 65535),
  id: uuid,
  before: uuid,
  limit: integer("limit", 1, 1000),
  "client-id": shortWord("client-id", 64),
  to: shortWord("to", 2048),
  with: userOrGroup,
  from: name("from"),
  dialect: shortWord("dialect", 32),
  request: shortWord("request", 64),
  own: name("realm"),
  "text...": text,
};

export type KindName = keyof typeof kinds;
export type ValueOf<K extends KindName> = (typeof kinds)[K] extends Kind<infer T> ? T : never;
