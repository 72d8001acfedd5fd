/** The client's own commands about files, and the words of the older documents for them, with local paths. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { wording } from "../language/wording.ts";
import type { Fault } from "./errors.ts";

export type FileCommand =
  /** `to` is a user, several with commas between them, or a group with `#` before its name. */
  | { readonly does: "send"; readonly to: string; readonly paths: readonly string[] }
  /** `what` is an id or a name; `from` whom it was given by, or with `#` the group that it was given to. */
  | { readonly does: "get"; readonly what: string; readonly from?: string; readonly out?: string }
  | { readonly does: "list"; readonly received: boolean }
  | { readonly does: "transfers" }
  /** It is a command about files, and wrong. */
  | { readonly does: "refuse"; readonly fault: Fault; readonly detail: string };

/** First words that send, longest first: to a user, or to a group. The first of them also with `_` and `-` in it. */
const SENDS: readonly (readonly [words: readonly string[], to: "user" | "group" | "realm" | "grouprealm"])[] = [
  [["send", "group", "file"], "group"],
  [["send", "file"], "user"],
  [["sendfile"], "user"],
  [["sendprivatefile"], "user"],
  [["sendfilegroup"], "group"],
  [["sendgroupfile"], "group"],
  [["sendfilerealm"], "realm"],
  [["sendprivatefilerealm"], "realm"],
  [["sendgroupfilerealm"], "grouprealm"],
];

/**
 * @returns undefined for what is a request of the protocol: also a file's content in the line, or the name of one that
 * only the server has.
 */
export function parseFileCommand(words: readonly string[]): FileCommand | undefined {
  const lower = words.slice(0, 3).map((word) => word.toLowerCase());
  const [first = ""] = lower;
  const joined = first.replace(/[_-]/g, "");
  if (words.length === 1 && first === "transfers") return { does: "transfers" };
  if (first === "files" && words.length <= 2 && (words.length === 1 || lower[1] === "received")) {
    return { does: "list", received: words.length === 2 };
  }
  const sends = SENDS.find(([said]) => said.every((word, i) => word === (i === 0 ? joined : lower[i])));
  if (sends) {
    const [said, to] = sends;
    const [one, ...rest] = words.slice(said.length);
    if (to === "user" || to === "group") return sending(words.slice(said.length), to === "group");
    // A realm, and a user or a group there.
    const names = rest[0]?.split(",").map((name) => `${name}@${one}`);
    return names && sending([names.join(","), ...rest.slice(1)], to === "grouprealm");
  }
  if (first === "getfile") return getting(words.slice(1));
  if (first === "download" && lower[1] === "file") return fetching(words.slice(2));
  if (joined === "downloadfile") return fetching(words.slice(1));
  if (joined === "downloadgroupfile" && words.length > 2) {
    return { does: "get", from: `#${words[1]}`, what: words.slice(2).join(" ") };
  }
  return undefined;
}

function sending([to, ...paths]: readonly string[], group: boolean): FileCommand | undefined {
  const local = paths.map(expanded);
  if (to === undefined || local.length === 0) return undefined;
  const missing = local.filter((path) => !existsSync(path));
  const [first] = missing;
  // Several are users, also where a group could stand.
  const isGroup = group && !to.startsWith("#") && !to.includes(",");
  if (first === undefined) return { does: "send", to: isGroup ? `#${to}` : to, paths: local };
  const last = local.at(-1) as string;
  // A name and its content, in Python's way or plain.
  const isInline = local.length === 2 && first === last && /^(b'.*'|b".*"|[A-Za-z0-9+/]+={0,2})$/.test(last);
  const isHere = missing.length < local.length || first.startsWith(".") || /[/\\]/.test(first);
  return isHere && !isInline ? { does: "refuse", fault: "no-file", detail: wording.files.noFile(first) } : undefined;
}

/** Each of whom a file goes to. */
export function receiversOf(to: string): readonly string[] {
  return [...new Set(to.split(",").filter((name) => name !== ""))];
}

function getting(words: readonly string[]): FileCommand {
  const out = words.indexOf("-o");
  const what = words.filter((_, i) => out < 0 || (i !== out && i !== out + 1)).join(" ");
  if (what === "" || out === words.length - 1) {
    return { does: "refuse", fault: "usage", detail: wording.use("getfile ID|NAME [-o PATH|-]") };
  }
  return { does: "get", what, ...(out >= 0 && { out: expanded(words[out + 1] as string) }) };
}

/** `download_file NAME`, or with whom it is from before it, as spec 004 has it. */
function fetching(words: readonly string[]): FileCommand | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return undefined;
  return rest.length > 0 ? { does: "get", from: first, what: rest.join(" ") } : { does: "get", what: first };
}

/** A path with the home folder for `~`, as a shell has it. */
export function expanded(path: string): string {
  return path.replace(/^~(?=[/\\]|$)/, homedir());
}
