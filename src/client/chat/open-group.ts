/** Lines that leave out a group's name: they are about the one that is open. */
import type { Operation } from "../../contract/operations.ts";
import { splitWords } from "../shell-words.ts";
import { requestsOf } from "../vocabulary.ts";

/** The conversation that is open, a group by `#name`; and which groups there are. */
interface OpenGroup {
  readonly open?: string | undefined;
  hasGroup(name: string): boolean;
}

/** Operations about a group; without a name they are about the open one. */
const ABOUT_GROUP: ReadonlySet<Operation> = new Set(["leaveGroup", "members", "groupInbox", "pins"]);

/** `members` with a group open is about that group. */
export function inOpenGroup(line: string, { open }: OpenGroup): string {
  const words = splitWords(line);
  if (words.length !== 1 || open === undefined || !open.startsWith("#")) return line;
  const [word = ""] = words;
  return requestsOf(word).some((row) => ABOUT_GROUP.has(row.operation)) ? `${word} ${open.slice(1)}` : line;
}

/** What is done in a group; without one's name it is done in the open one. */
const RUNNING = new Set("topic kick invite ban unban silence unsilence slow role bans group".split(" "));

/** A command that is done in a group, and what is said behind it: perhaps the group's name first. */
function running(line: string): { readonly asked: string; readonly what: string } | undefined {
  const [, word = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(line) ?? [];
  if (!RUNNING.has(word.toLowerCase())) return undefined;
  const [, verb, behind = ""] = (/^group$/i.test(word) && /^(set|rename|delete)(?:\s+([\s\S]*))?$/i.exec(rest)) || [];
  return verb === undefined ? { asked: word, what: rest } : { asked: `${word} ${verb}`, what: behind };
}

/** `kick bob` with a group open is `kick kelas bob`, `topic #kelas x` is `topic kelas x`; `topic` alone shows it. */
export function runningGroup(line: string, { open, hasGroup }: OpenGroup): string {
  const { asked, what } = running(line) ?? {};
  if (asked === undefined || what === undefined) return line;
  if (what.startsWith("#")) return `${asked} ${what.slice(1)}`;
  const [first = ""] = what.split(/\s/, 1);
  if (!open?.startsWith("#") || hasGroup(first)) return line;
  const group = open.slice(1);
  if (what === "" && /^topic$/i.test(asked)) return `group ${group}`;
  return `${asked} ${group} ${what}`.trimEnd();
}

/**
 * The same for a line that is still being typed, up to the cursor: with the open group's name, where that may be left out.
 * @returns `isMeant`: it is; else the word at the cursor may be a group's name
 */
export function typedInGroup(
  before: string,
  { open, hasGroup }: OpenGroup,
): { readonly line: string; readonly isMeant: boolean } | undefined {
  const line = before.replace(/^\//, "");
  const { asked, what = "" } = running(line) ?? {};
  if (asked === undefined || !open?.startsWith("#") || !/\s/.test(line.slice(asked.length)[0] ?? "")) return undefined;
  const [first = "", ...more] = what.split(/\s/);
  if (first.startsWith("#") || (more.length > 0 && hasGroup(first))) return undefined;
  return { line: `${asked} ${open.slice(1)} ${what}`, isMeant: more.length > 0 };
}
