/** Reads the items that another server sends, JSON that may be anything: PROTOCOL.md, "Items". */
import { type Author, type BadItem, FORMER_NAMES, type Item, type ItemBody } from "../contract/items.ts";
import { isName } from "../contract/names.ts";
import { type Alteration, alterations, type FileInfo } from "../contract/shapes.ts";
import { countOf, isObject } from "../operations/untrusted.ts";
import { CONTROL, emoji, filename, isUuid, Problem, text } from "../protocol/kinds.ts";
import { fullAddress, type JsonObject, Malformed } from "./malformed.ts";
import { deedOf, settingsOf, slowOf, topicOf, whyOf } from "./read-deed.ts";

/** Bytes of a text. */
const TEXT_BYTES = 256 * 1024;

/** Milliseconds since 1970 that are a time: ECMA-262, "Time Values". */
const LAST_TIME = 8.64e15;
/** Characters of a full name. */
const FULL_NAME = 128;
/** Names in a list. */
const NAMES = 10_000;
/** Items of one call. */
const ITEMS = 50;

/** @returns every item, with those that are wrong as bad ones; undefined if this is no list of at most 50 numbered items. */
export function readItems(value: unknown): readonly (Item | BadItem)[] | undefined {
  if (!Array.isArray(value) || value.length > ITEMS) return undefined;
  const items = value.map(readItem);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function readItem(value: unknown): Item | BadItem | undefined {
  const n = isObject(value) ? countOf(value["n"]) : undefined;
  if (!isObject(value) || !n) return undefined;
  const after = countOf(value["after"]);
  const place = { n, ...(after !== undefined && { after }) };
  try {
    return { ...place, ...bodyOf(value) };
  } catch (error) {
    if (error instanceof Malformed) return { ...place, kind: "bad", detail: error.message };
    throw error;
  }
}

function bodyOf(item: JsonObject): ItemBody {
  const { kind } = item;
  if (typeof kind !== "string" || !Object.hasOwn(readers, kind))
    throw new Malformed("kind: not one that is known here");
  return readers[kind as ItemKind](item);
}

type ItemKind = ItemBody["kind"];

/** How an item of each kind is read. @throws Malformed */
const readers: { readonly [K in ItemKind]: (item: JsonObject) => ItemBody & { readonly kind: K } } = {
  message: (item) => ({ kind: "message", to: list(item, "to", name, NAMES), from: author(item), ...message(item) }),
  post: (item) => ({ kind: "post", ...groupOf(item), from: author(item), ...message(item) }),
  join: (item) => ({ kind: "join", ...groupOf(item), from: author(item) }),
  leave: (item) => ({ kind: "leave", ...groupOf(item), from: author(item) }),
  decline: (item) => ({ kind: "decline", ...groupOf(item), from: author(item) }),
  deed(item) {
    const { deed } = item;
    if (!isObject(deed)) throw new Malformed("deed: not an object");
    return { kind: "deed", ...groupOf(item), from: author(item), deed: deedOf(deed) };
  },
  invited: (item) => ({
    kind: "invited",
    group: name(item["group"], "group"),
    gid: groupId(item["gid"]),
    to: name(item["to"], "to"),
    by: fullAddress(item["by"], "by"),
    owner: fullAddress(item["owner"], "owner"),
    access: settingsOf({ ...ANY_RULES, access: item["access"] }).access,
    listed: item["listed"] === true,
  }),
  about: (item) => ({
    kind: "about",
    group: name(item["group"], "group"),
    gid: groupId(item["gid"]),
    ...(item["was"] !== undefined && { was: name(item["was"], "was") }),
    owner: fullAddress(item["owner"], "owner"),
    moderators: list(item, "moderators", fullAddress, NAMES),
    topic: topicOf(item),
    slow: slowOf(item["slow"]),
    ...byOf(item),
    ...settingsOf(item),
  }),
  gone: (item) => ({ kind: "gone", group: name(item["group"], "group"), gid: groupId(item["gid"]), ...byOf(item) }),
  group: (item) => ({
    kind: "group",
    group: name(item["group"], "group"),
    seq: count(item["seq"], "seq"),
    prev: count(item["prev"], "prev"),
    from: { ...author(item), realm: name((item["from"] as JsonObject)["realm"], "from.realm") },
    ...(item["alters"] === undefined ? message(item) : alteringOf(item)),
  }),
  alter: (item) => ({
    kind: "alter",
    ...(item["group"] === undefined ? { to: name(item["to"], "to") } : groupOf(item)),
    from: author(item),
    id: uuid(item["id"], "id"),
    alteration: uuid(item["alteration"], "alteration"),
    ...altered(item["what"], item["text"]),
    time: time(item["time"]),
  }),
  members: (item) => ({
    kind: "members",
    group: name(item["group"], "group"),
    owner: fullAddress(item["owner"], "owner"),
    head: count(item["head"], "head"),
    add: list(item, "add", fullAddress, NAMES),
    remove: list(item, "remove", fullAddress, NAMES),
    ...byOf(item),
    ...whyOf(item),
    whole: item["whole"] === true,
  }),
  heads: (item) => ({ kind: "heads", heads: heads(item["heads"]) }),
};

/** An item that tells one setting is read as one that tells all. */
const ANY_RULES = { access: "open", history: "all", posting: "members", listed: true, keep: 0 };

/** A group of this realm: by name and, from a server that knows it, by id. */
function groupOf(item: JsonObject): { readonly group: string; readonly gid?: string } {
  const { gid } = item;
  return { group: name(item["group"], "group"), ...(gid !== undefined && { gid: groupId(gid) }) };
}

function groupId(value: unknown): string {
  if (typeof value !== "string" || !/^[\w-]{1,64}$/.test(value)) throw new Malformed("gid: not a group's id");
  return value;
}

function byOf({ by }: JsonObject): { readonly by?: string } {
  return by === undefined ? {} : { by: fullAddress(by, "by") };
}

/** The fields of an item that carries a message. */
function message(item: JsonObject): Omit<ItemBody & { readonly kind: "post" }, "kind" | "group" | "gid" | "from"> {
  const { file, text: given, reply } = item;
  if (typeof given !== "string" || Buffer.byteLength(given) > TEXT_BYTES) {
    throw new Malformed(`text: not a text of at most ${TEXT_BYTES} bytes`);
  }
  const read = text.read(given);
  if (read instanceof Problem) throw new Malformed(read.detail);
  return {
    id: uuid(item["id"], "id"),
    text: read,
    time: time(item["time"]),
    ...(reply !== undefined && { reply: uuid(reply, "reply") }),
    ...(file !== undefined && { file: fileInfo(file) }),
  };
}

/** What a group's home says became of a message. */
function alteringOf(item: JsonObject): Pick<ItemBody & { readonly kind: "group" }, "id" | "text" | "time" | "alters"> {
  const alters = item["alters"];
  if (!isObject(alters)) throw new Malformed("alters: not an object");
  const { what, text: said } = altered(alters["what"], item["text"]);
  const target = uuid(alters["id"], "alters.id");
  return { id: uuid(item["id"], "id"), text: said, time: time(item["time"]), alters: { id: target, what } };
}

/** What became of a message, and the text that goes with it. */
function altered(what: unknown, given: unknown): { readonly what: Alteration; readonly text: string } {
  const known = alterations.find((one) => one === what);
  if (!known) throw new Malformed("what: nothing that becomes of a message");
  if (typeof given !== "string" || Buffer.byteLength(given) > TEXT_BYTES) {
    throw new Malformed(`text: not a text of at most ${TEXT_BYTES} bytes`);
  }
  if (known !== "edited" && known !== "reacted" && (known !== "unreacted" || given === ""))
    return { what: known, text: "" };
  const read = known === "edited" ? text.read(given) : emoji.read(given);
  if (read instanceof Problem) throw new Malformed(read.detail);
  return { what: known, text: read };
}

function uuid(value: unknown, what: string): string {
  if (typeof value !== "string" || !isUuid(value)) throw new Malformed(`${what}: not a UUID`);
  return value.toLowerCase();
}

function author({ from }: JsonObject): Author {
  if (!isObject(from)) throw new Malformed("from: not a person");
  const own = name(from["name"], "from.name");
  const { full } = from;
  const plain = typeof full === "string" && full !== "" && full.length <= FULL_NAME && !CONTROL.test(full);
  const was = from["was"] === undefined ? [] : list(from, "was", name, FORMER_NAMES);
  return { name: own, full: plain ? full : own, ...(was.length > 0 && { was }) };
}

function fileInfo(value: unknown): FileInfo {
  if (!isObject(value)) throw new Malformed("file: not a file");
  const { id, name: called, size, sha256 } = value;
  if (typeof id !== "string" || !isUuid(id)) throw new Malformed("file.id: not a UUID");
  if (typeof called !== "string" || called === "" || filename.read(called) instanceof Problem)
    throw new Malformed("file.name: not a name");
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) throw new Malformed("file.sha256: not a SHA-256");
  return { id: id.toLowerCase(), name: called, size: count(size, "file.size"), sha256 };
}

function heads(value: unknown): Record<string, number> {
  if (!isObject(value)) throw new Malformed("heads: not an object");
  return Object.fromEntries(Object.entries(value).map(([group, head]) => [name(group, "heads"), count(head, "heads")]));
}

function list<T>(item: JsonObject, key: string, read: (value: unknown, what: string) => T, most: number): T[] {
  const value = item[key];
  if (!Array.isArray(value) || value.length > most) throw new Malformed(`${key}: not a list of at most ${most}`);
  return value.map((one) => read(one, key));
}

function name(value: unknown, what: string): string {
  if (typeof value !== "string" || !isName(value)) throw new Malformed(`${what}: not a name`);
  return value;
}

function count(value: unknown, what: string): number {
  const number = countOf(value);
  if (number === undefined) throw new Malformed(`${what}: not a number from 0`);
  return number;
}

function time(value: unknown): number {
  const given = count(value, "time");
  if (given > LAST_TIME) throw new Malformed("time: not a time");
  return given;
}
