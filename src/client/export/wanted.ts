/** The words behind `export`: which conversation, from when on, and where it goes. */
import { kinds } from "../../protocol/values.ts";
import { expanded } from "../files/file-command.ts";
import { detailInWords, wording } from "../language/wording.ts";

/** What is to be written, and where. */
export interface Wanted {
  /** `bob`, `#kelas`, with `@realm` behind it if it is elsewhere; undefined for the one that is open. */
  readonly place: string | undefined;
  /** The first message is not from before it: ms since 1970. */
  readonly start: number;
  /** A file or a folder, `-` for standard output; undefined for where it goes by itself. */
  readonly out: string | undefined;
}

/** Where none is open. */
export const EXPORT_USAGE = "export NAME|#GROUP [--since DATE] [-o FILE]";

/** All of one's own; in a script only. */
const EXPORT_ALL_USAGE = "export --all -o DIR";

/** @param words without the command. @returns the folder; a text that says what is wrong; undefined for another export */
export function parseExportAll(words: readonly string[]): { readonly folder: string } | string | undefined {
  if (!words.some((word) => word.toLowerCase() === "--all")) return undefined;
  const [option, folder, ...others] = words.filter((word) => word.toLowerCase() !== "--all");
  if (option?.toLowerCase() !== "-o" || !folder || others.length > 0) return wording.use(EXPORT_ALL_USAGE);
  return { folder: expanded(folder) };
}

/** @param words without the command. @returns a text that says what is wrong with them */
export function parseExport(words: readonly string[]): Wanted | string {
  const given = new Map<string, string>();
  const rest = words.flatMap((word) => {
    const [, option, value] = /^(--since)=(.*)$/is.exec(word) ?? [];
    return option === undefined ? [word] : [option, value as string];
  });
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const isOption = /^(--since|-o)$/i.test(word);
    const name = isOption ? word.toLowerCase() : "place";
    const value = isOption ? rest.shift() : word.replace(/^@/, "");
    if (value === undefined || value === "" || given.has(name) || (!isOption && word.startsWith("-"))) {
      return wording.use(EXPORT_USAGE);
    }
    given.set(name, value);
  }
  const since = given.get("--since");
  const start = since === undefined ? 0 : kinds.start.read(since);
  if (typeof start !== "number") return detailInWords(start.detail) || wording.use(EXPORT_USAGE);
  const out = given.get("-o");
  return { place: given.get("place"), start, out: out === undefined ? undefined : expanded(out) };
}
