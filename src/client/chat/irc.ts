/** What people who come from IRC type. */
import { addressOf } from "../../contract/names.ts";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { wording } from "../language/wording.ts";

const native = dialectNamed("native");

/** @param open the open conversation. @returns a line of ours, why there is none, or undefined for what is no word of theirs. */
export function ircCommand(line: string, open: string | undefined): string | { readonly why: string } | undefined {
  const [, word = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(line) ?? [];
  const [, name = "", text = ""] = /^(\S*)\s?([\s\S]*)$/.exec(rest) ?? [];
  const to = (named: string): string => (/^[@#]/.test(named) ? named : `@${named}`);
  const group = name.replace(/^#/, "") || (open?.startsWith("#") ? open.slice(1) : "");
  switch (word.toLowerCase()) {
    case "msg":
    case "query":
      if (name !== "") return text === "" ? to(name) : `${to(name)} ${text}`;
      return { why: word.toLowerCase() === "msg" ? wording.use("@NAME TEXT") : wording.chat.openWhom };
    case "part":
      return group === ""
        ? { why: wording.chat.noGroupOpen(wording.use("leave GROUP")) }
        : native.encode("leaveGroup", { group: addressOf(group) });
    case "names":
      return group === "" ? { why: wording.chat.noGroupOpen(wording.use("members GROUP")) } : membersOf(group);
    case "who":
      return group === "" ? native.encode("users", {}) : membersOf(group);
    case "whois":
      return name === ""
        ? { why: wording.use("info NAME") }
        : native.encode("info", { user: addressOf(name.replace(/^@/, "")) });
    case "list":
      return native.encode("groups", {});
    case "join":
      // As it was typed, but for the sign.
      return rest.startsWith("#") ? `${word} ${rest.slice(1)}` : undefined;
    case "nick":
    case "me":
      return { why: wording.chat.irc[word.toLowerCase() as "nick"] };
    default:
      return undefined;
  }
}

function membersOf(group: string): string {
  return native.encode("members", { group: addressOf(group) });
}
