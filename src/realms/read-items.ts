/** What servers tell each other, as JSON: PROTOCOL.md, "Items". Another server's words are as hostile as anybody's. */
import type { Author, BadItem, Item, Told } from "../contract/items.ts";
import { isName } from "../contract/names.ts";
import type { FileInfo } from "../contract/shapes.ts";
import { address, CONTROL, filename, isUuid, Problem, text } from "../protocol/kinds.ts";

/** Bytes of a text. */
const TEXT = 256 * 1024;

/** Milliseconds since 1970 that are a time: ECMA-262, "Time Values". */
const LAST_TIME = 8.64e15;
const FULL_NAME = 128;
const READERS = 10_000;

type Fields = Readonly<Record<string, unknown>>;

/** Every item, understood or not. Undefined when it is no list of numbered items, or too long a one. */
export function readItems(value: unknown): readonly (Item | BadItem)[] | undefined {
  if (!Array.isArray(value) || value.length > 50) return undefined;
  const items = value.map(readItem);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function readItem(value: unknown): Item | BadItem | undefined {
  if (!isObject(value) || !isCount(value["n"]) || value["n"] === 0) return undefined;
  const { n } = value;
  try {
    return { n, ...told(value) };
  } catch (error) {
    if (error instanceof Wrong) return { n, kind: "bad", detail: error.message };
    throw error;
  }
}

/** A value is not what its place wants. */
class Wrong extends Error {}

function told(item: Fields): Told {
  const { kind } = item;
  if (typeof kind !== "string" || !Object.hasOwn(readers, kind)) throw new Wrong("kind: not one that is known here");
  return readers[kind as Kind](item);
}

type Kind = Told["kind"];

/** Each kind of item, from what another server has said. @throws Wrong */
const readers: { readonly [K in Kind]: (item: Fields) => Told & { readonly kind: K } } = {
  message: (item) => ({ kind: "message", to: list(item, "to", name, READERS), from: author(item), ...said(item) }),
  post: (item) => ({ kind: "post", group: name(item["group"], "group"), from: author(item), ...said(item) }),
  join: (item) => ({ kind: "join", group: name(item["group"], "group"), from: author(item) }),
  leave: (item) => ({ kind: "leave", group: name(item["group"], "group"), from: author(item) }),
  group: (item) => ({
    kind: "group",
    group: name(item["group"], "group"),
    seq: count(item["seq"], "seq"),
    prev: count(item["prev"], "prev"),
    from: { ...author(item), realm: name((item["from"] as Fields)["realm"], "from.realm") },
    ...said(item),
  }),
  members: (item) => ({
    kind: "members",
    group: name(item["group"], "group"),
    owner: fullAddress(item["owner"], "owner"),
    head: count(item["head"], "head"),
    add: list(item, "add", fullAddress, READERS),
    remove: list(item, "remove", fullAddress, READERS),
    whole: item["whole"] === true,
  }),
  heads: (item) => ({ kind: "heads", heads: heads(item["heads"]) }),
};

/** What every text has with it, whoever says it. */
function said(item: Fields): Omit<Told & { readonly kind: "post" }, "kind" | "group" | "from"> {
  const { id, file, text: given } = item;
  if (typeof id !== "string" || !isUuid(id)) throw new Wrong("id: not a UUID");
  if (typeof given !== "string" || Buffer.byteLength(given) > TEXT) {
    throw new Wrong(`text: not a text of at most ${TEXT} bytes`);
  }
  const read = text.read(given);
  if (read instanceof Problem) throw new Wrong(read.detail);
  return {
    id: id.toLowerCase(),
    text: read,
    time: time(item["time"]),
    ...(file !== undefined && { file: fileInfo(file) }),
  };
}

function author({ from }: Fields): Author {
  if (!isObject(from)) throw new Wrong("from: not a person");
  const own = name(from["name"], "from.name");
  const { full } = from;
  const plain = typeof full === "string" && full !== "" && full.length <= FULL_NAME && !CONTROL.test(full);
  return { name: own, full: plain ? full : own };
}

function fileInfo(value: unknown): FileInfo {
  if (!isObject(value)) throw new Wrong("file: not a file");
  const { id, name: called, size, sha256 } = value;
  if (typeof id !== "string" || !isUuid(id)) throw new Wrong("file.id: not a UUID");
  if (typeof called !== "string" || called === "" || filename.read(called) instanceof Problem)
    throw new Wrong("file.name: not a name");
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) throw new Wrong("file.sha256: not a SHA-256");
  return { id: id.toLowerCase(), name: called, size: count(size, "file.size"), sha256 };
}

function heads(value: unknown): Record<string, number> {
  if (!isObject(value)) throw new Wrong("heads: not an object");
  return Object.fromEntries(Object.entries(value).map(([group, head]) => [name(group, "heads"), count(head, "heads")]));
}

function list<T>(item: Fields, key: string, read: (value: unknown, what: string) => T, most: number): T[] {
  const value = item[key];
  if (!Array.isArray(value) || value.length > most) throw new Wrong(`${key}: not a list of at most ${most}`);
  return value.map((one) => read(one, key));
}

function fullAddress(value: unknown, what: string): string {
  const read = typeof value === "string" && value.includes("@") ? address.read(value) : undefined;
  if (!read || read instanceof Problem) throw new Wrong(`${what}: not a name@realm`);
  return value as string;
}

function name(value: unknown, what: string): string {
  if (typeof value !== "string" || !isName(value)) throw new Wrong(`${what}: not a name`);
  return value;
}

function count(value: unknown, what: string): number {
  if (!isCount(value)) throw new Wrong(`${what}: not a number from 0`);
  return value;
}

function time(value: unknown): number {
  const given = count(value, "time");
  if (given > LAST_TIME) throw new Wrong("time: not a time");
  return given;
}

/** A whole number from 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
