/** The values that a request can carry: a kind for each parameter name. Names and limits are those of PROTOCOL.md. */

import { type BanTarget, readTarget, writeTarget } from "../contract/ban-target.ts";
import { isInvitationCode } from "../contract/invitation-code.ts";
import { isMisleading, isName } from "../contract/names.ts";
import { readTerms } from "../contract/search.ts";
import { type Address, accesses, postings, reaches, roles } from "../contract/shapes.ts";
import {
  address,
  CONTROL,
  choice,
  client,
  emoji,
  encodedFilename,
  filename,
  isUuid,
  JsonText,
  type Kind,
  MOST_KEEP_DAYS,
  MOST_SLOW_SECONDS,
  name,
  nameRule,
  note,
  Problem,
  restFilename,
  text,
  textKind,
  topic,
  why,
} from "./kinds.ts";
import { date, duration } from "./time-values.ts";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

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

/** Several users' names with commas between. */
const severalUsers = textKind((word) => {
  const names = word.split(",").filter((part) => part !== "");
  if (!word.includes(",")) return new Problem("users: several names have commas between them");
  return names.length > 0 && names.every(isName) ? word : new Problem(`users: not names (${nameRule})`);
});

/** One word without control characters, of at most so many UTF-16 units. */
function shortWord(what: string, most: number): Kind<string> {
  return textKind((text) => {
    if (text.length > most) return new Problem(`${what}: longer than ${most} characters`);
    return CONTROL.test(text) ? new Problem("holds a control character") : text;
  });
}

/** A word that is displayed beside a name: nothing in it may change how the line is displayed. */
function displayedWord(what: string, most: number): Kind<string> {
  const word = shortWord(what, most);
  return textKind((text) =>
    isMisleading(text) ? new Problem(`${what}: holds a character that changes how a line is shown`) : word.read(text),
  );
}

const nameWord = displayedWord("name", 128);

/** A full name as one word: `joko_widodo` is `joko widodo` (spec 001: register). */
const fullName: Kind<string> = {
  read(text) {
    const value = nameWord.read(text);
    return value instanceof Problem ? value : value.replaceAll("_", " ");
  },
  write: (value) => value.replaceAll(" ", "_"),
};

const base64: Kind<Uint8Array> = {
  read(text) {
    // Clients written in Python send the text of a bytes object.
    const plain = /^b'.*'$/.test(text) || /^b".*"$/.test(text) ? text.slice(2, -1) : text;
    if (plain.length % 4 !== 0 || !BASE64.test(plain)) return new Problem("file content: not base64");
    return Buffer.from(plain, "base64");
  },
  // An empty word would be no parameter: an empty file is written as Python does.
  write: (value) => (value.length === 0 ? "b''" : Buffer.from(value).toString("base64")),
};

function integer(what: string, least: number, most: number): Kind<number> {
  return {
    read(text) {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : new Problem(`${what}: a number from ${least} to ${most}`);
    },
    write: String,
  };
}

/** Bytes in base64url without padding (RFC 4648, section 5). */
function base64url(what: string, bytes: number): Kind<string> {
  return textKind((text) => {
    const right = /^[A-Za-z0-9_-]+$/.test(text) && Buffer.from(text, "base64url").length === bytes;
    return right ? text : new Problem(`${what}: not ${bytes} bytes as base64url`);
  });
}

/** One JSON value to the end of the request. */
function json(what: string): Kind<unknown> {
  return {
    read(text): unknown {
      try {
        return JSON.parse(text);
      } catch {
        return new Problem(`${what}: not JSON`);
      }
    },
    write: (value) => (value instanceof JsonText ? value.json : JSON.stringify(value)),
  };
}

const uuid = textKind((text) => (isUuid(text) ? text.toLowerCase() : new Problem("id: not an id of this server")));

const sha256 = textKind((text) =>
  /^[0-9a-f]{64}$/i.test(text) ? text.toLowerCase() : new Problem("sha256: not 64 hex digits"),
);

const code = textKind((text) => (isInvitationCode(text) ? text : new Problem("code: inv- and 16 letters from a to z")));

/** A user, or a group with `#` before its name, here or `@realm`. */
const userOrGroup = textKind((text) => {
  const value = address.read(text.startsWith("#") ? text.slice(1) : text);
  return value instanceof Problem ? new Problem(`not a user or #group (${nameRule})`) : text;
});

/** A conversation: with a user, a group, or `*`, the server, which tells one what has happened. */
const place: Kind<string> = {
  read: (word) => (word === "*" ? word : userOrGroup.read(word)),
  write: userOrGroup.write,
};

/** The free text of a full name given at the end (spec 002: register). */
const restName: Kind<string> = {
  read(raw) {
    const value = text.read(raw);
    return value instanceof Problem ? value : fullName.read(value);
  },
  write: fullName.write,
};

/** A group, with `#` before its name, here or `@realm`. */
const markedGroup: Kind<Address> = {
  read(word) {
    return word.startsWith("#") ? address.read(word.slice(1)) : new Problem(`not a #group (${nameRule})`);
  },
  write: (value) => `#${address.write(value)}`,
};

const yesNo: Kind<boolean> = {
  read(word) {
    const answer = choice("listed", ["yes", "no"]).read(word);
    return answer instanceof Problem ? answer : answer === "yes";
  },
  write: (value) => (value ? "yes" : "no"),
};

const target: Kind<BanTarget> = {
  read: (word) => readTarget(word) ?? new Problem("target: not a user, user@realm, @realm, address or network/prefix"),
  write: writeTarget,
};

/** UTF-8 bytes of a path that Linux takes. */
const MOST_PATH_BYTES = 4095;

/** An absolute path on the server's machine. */
const folder = textKind((raw) => {
  const value = text.read(raw);
  if (value instanceof Problem) return value;
  const isPath = /^\/[^\n]*$/.test(value) && Buffer.byteLength(value) <= MOST_PATH_BYTES;
  return isPath ? value : new Problem("folder: not an absolute path");
});

const reasonWords = displayedWord("reason", 200);

/** Why somebody is banned, in a line. */
const reason = textKind((raw) => {
  const value = reasonWords.read(raw.trim());
  if (value instanceof Problem) return value;
  if (value === "") return new Problem("reason: is empty");
  // `admin ban bob 7d` would be for good.
  return duration.read(value) instanceof Problem ? value : new Problem(`reason: for ${value} says how long`);
});

/** UTF-16 units of what is searched for. */
const MOST_WORDS = 500;

/** What is searched for, in a line. */
const words = textKind((raw) => {
  const value = text.read(raw.trim());
  if (value instanceof Problem) return value;
  if (value.length > MOST_WORDS) return new Problem(`words: longer than ${MOST_WORDS} characters`);
  const terms = readTerms(value);
  return typeof terms === "string" ? new Problem(`words: ${terms}`) : value;
});

/** The kind of each parameter that a pattern may name. `[@realm]`, `%` and `...` are part of the name. */
export const kinds = {
  user: name("user"),
  group: name("group"),
  realm: name("realm"),
  "user[@realm]": address,
  "group[@realm]": address,
  "user,user": severalUsers,
  "#group[@realm]": markedGroup,
  "new-name": name("new name"),
  role: choice("role", roles),
  access: choice("access", accesses),
  history: choice("history", reaches),
  posting: choice("posting", postings),
  listed: yesNo,
  keep: integer("keep", 0, MOST_KEEP_DAYS),
  slow: integer("seconds", 0, MOST_SLOW_SECONDS),
  "topic...": topic,
  "why...": why,
  members: addresses,
  password: shortWord("password", 256),
  code,
  old: shortWord("password", 256),
  new: shortWord("password", 256),
  name: fullName,
  "name...": restName,
  country: displayedWord("country", 64),
  filename,
  "filename%": encodedFilename,
  "filename...": restFilename,
  size: integer("size", 0, Number.MAX_SAFE_INTEGER),
  offset: integer("offset", 0, Number.MAX_SAFE_INTEGER),
  sha256,
  b64: base64,
  host: shortWord("host", 253),
  port: integer("port", 1, 65535),
  id: uuid,
  emoji,
  before: uuid,
  after: uuid,
  around: uuid,
  since: uuid,
  start: date("first"),
  end: date("last"),
  "words...": words,
  "note...": note,
  part: shortWord("part", 128),
  uses: integer("uses", 1, 100_000),
  days: integer("days", 1, 3650),
  invitation: integer("invitation", 1, Number.MAX_SAFE_INTEGER),
  target,
  duration,
  "folder...": folder,
  "reason...": reason,
  report: integer("report", 1, Number.MAX_SAFE_INTEGER),
  act: integer("act", 1, Number.MAX_SAFE_INTEGER),
  limit: integer("limit", 1, 1000),
  "client-id": shortWord("client-id", 64),
  to: shortWord("to", 2048),
  receiver: userOrGroup,
  with: place,
  "from[@realm]": address,
  dialect: shortWord("dialect", 32),
  session: integer("session", 1, Number.MAX_SAFE_INTEGER),
  "client...": client,
  request: shortWord("request", 64),
  own: name("realm"),
  version: shortWord("version", 16),
  key: base64url("key", 32),
  nonce: base64url("nonce", 32),
  signature: base64url("signature", 64),
  advertise: shortWord("address", 264),
  received: integer("received", 0, Number.MAX_SAFE_INTEGER),
  seconds: integer("seconds", 10, 600),
  call: integer("call", 0, Number.MAX_SAFE_INTEGER),
  "answer...": json("answer"),
  method: shortWord("method", 32),
  "body...": json("body"),
  "text...": text,
  "announcement...": text,
};

/** A parameter's name, with `[@realm]`, `%` or `...`. */
export type KindName = keyof typeof kinds;
/** What a parameter is read as. */
export type ValueOf<K extends KindName> = (typeof kinds)[K] extends Kind<infer T> ? T : never;
