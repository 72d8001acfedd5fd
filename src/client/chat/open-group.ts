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

/** `kick bob` with a group open is `kick kelas bob`, `topic #kelas x` is `topic kelas x`; `topic` alone shows it. */
export function runningGroup(line: string, { open, hasGroup }: OpenGroup): string {
  const [, word = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(line) ?? [];
  if (!RUNNING.has(word.toLowerCase())) return line;
  const [, verb, behind = rest] = (/^group$/i.test(word) && /^(set|rename|delete)(?:\s+([\s\S]*))?$/i.exec(rest)) || [];
  const asked = verb === undefined ? word : `${word} ${verb}`;
  const what = verb === undefined ? rest : behind === rest ? "" : behind;
  if (what.startsWith("#")) return `${asked} ${what.slice(1)}`;
  const [first = ""] = what.split(/\s/, 1);
  if (!open?.startsWith("#") || hasGroup(first)) return line;
  const group = open.slice(1);
  if (what === "" && /^topic$/i.test(word)) return `group ${group}`;
  return `${asked} ${group} ${what}`.trimEnd();
}
