/** Help, from the tables of commands, requests and keys. */

import { exampleOf } from "./examples.ts";
import { wording } from "./language/wording.ts";
import { type Command, commands } from "./terminal/commands.ts";
import { aboutOwn, aboutRow, ownCommand, ownCommands, requests, requestsOf } from "./vocabulary.ts";

/** Columns of the left side; what is longer stands on a line of its own. */
const WIDTH = 30;

/** Columns that help is wrapped to, where the window has as many. */
const SCREEN = 80;

/** Columns that the right side needs: with fewer it stands below the left one. */
const LEAST = 20;

/** Columns by which the further rows of a usage begin to the right of the first. */
const GOES_ON = 4;

/** Commands by topic, for who does not know the word yet. */
const byTopic = {
  groups: [
    // What one needs first is what is still seen on a small screen.
    ...(["topic", "role", "kick", "ban", "unban", "silence", "unsilence", "bans", "slow", "group", "invite"] as const),
    ...(["invites", "accept <#group[@realm]>", "decline <#group[@realm]>", "addgroup", "joingroup", "leave"] as const),
    ...(["groups", "members", "sendgroup", "mute", "unmute"] as const),
    ...(["group rename <group[@realm]> <new-name>", "group delete <group[@realm]>"] as const),
  ],
  messages: [
    ...(["send", "sendgroup", "open", "close", "chats", "history", "search", "inbox", "users", "info"] as const),
    ...(["edit", "delete", "reply", "react"] as const),
    ...(["export", "o", "ignore", "unignore", "mute", "unmute"] as const),
  ],
  files: ["sendfile", "getfile", "files", "transfers", "unsend", "my_file"],
  account: [
    "auth",
    "register",
    "invited",
    "logout",
    "passwd",
    "erase <password>",
    "erase cancel",
    "sessions",
    "whoami",
    "away <note...>",
    "back",
    "status <note...>",
  ],
  privacy: [
    ...(["allow known", "allow everyone", "requests", "accept", "decline", "block", "unblock", "blocks"] as const),
    ...(["refuse-groups on", "refuse-groups off", "presence off", "presence on", "settings"] as const),
  ],
  realms: ["realms", "addrealm", "sendprivaterealm", "sendgrouprealm", "getrealminbox", "sendfilerealm"],
} as const;

/** Words that `help` takes besides commands. */
export const topics: readonly string[] = [...Object.keys(byTopic), "irc", "keys", "all"];

/**
 * The answer to `help`.
 * @param word a command or a topic; without one, the first page. @param window its columns. @returns undefined for any other word
 */
export function helpFor(word: string | undefined, where: "prompt" | "shell", window = SCREEN): string | undefined {
  const columns = Math.min(SCREEN, window);
  const name = word?.replace(/^\//, "").toLowerCase();
  switch (name) {
    case undefined:
      return helpOverview(where, columns);
    case "keys":
      return helpKeys(columns);
    case "irc":
      return rowsOf(wording.help.ircRows, columns);
    case "all":
      return helpAll(where, columns);
  }
  // A topic may be called as one of its commands is.
  const parts = [helpOf(name, columns), helpTopic(name, columns)].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join("\n\n");
}

/** The first page, which fits a screen of 24 rows. @param where it is asked for */
export function helpOverview(where: "prompt" | "shell", columns = SCREEN): string {
  const { speak, topics: title, topicRows, options } = wording.help;
  const own = ownCommands.filter((one) => one.in !== "prompt" && one.name !== "help");
  const first = rowsOf(where === "prompt" ? speak : own.map(ofOwn), columns);
  // A shell has keys of its own.
  const more = topicRows.filter(([line]) => where === "prompt" || line !== "help keys");
  return [
    ...(where === "shell" ? [options] : []),
    first,
    ...(where === "prompt" ? [""] : []),
    title,
    rowsOf(more, columns),
  ].join("\n");
}

/** @param where it is asked for. */
function helpAll(where: "prompt" | "shell", columns: number): string {
  const own = ownCommands.filter((command) => command.in === where || command.in === "both");
  const words = new Set(requests.map(({ pattern }) => pattern.words.join(" ")));
  return [
    rowsOf(own.map(ofOwn), columns),
    "",
    ...wrapped(wording.help.requests, columns, " "),
    ...wrapped([...words].sort().join("  "), columns - 2, "  ").map((line) => `  ${line}`),
    "",
    ...wrapped(wording.help.end, columns, " "),
  ].join("\n");
}

function helpTopic(name: string, columns: number): string | undefined {
  if (!Object.hasOwn(byTopic, name)) return undefined;
  return rowsOf(
    byTopic[name as keyof typeof byTopic].flatMap((word) => rowFor(word) ?? []),
    columns,
  );
}

/** Of several requests that begin with the word the one that is so, or the first without a token, which nobody types who is logged in. */
function rowFor(word: string): readonly [readonly [string, string]] | undefined {
  const own = ownCommand(word);
  const request = requests.find(({ pattern }) =>
    word.includes(" ") ? pattern.source === word : pattern.words[0] === word && !pattern.wantsToken,
  );
  if (own) return [ofOwn(own)];
  return request && [[request.pattern.source, aboutRow(request)]];
}

/** All that a command does, with examples. @returns undefined for what is no command */
export function helpOf(word: string, columns = Number.POSITIVE_INFINITY): string | undefined {
  const own = ownCommand(word);
  // Nobody who is logged in types a token: forms with one come last.
  const rows = requestsOf(word).toSorted((a, b) => Number(a.pattern.wantsToken) - Number(b.pattern.wantsToken));
  if (!own && rows.length === 0) return undefined;
  const { forExample } = wording.help;
  const told = (usage: string, about: string, example: string): string =>
    [
      hanging(usage, 0, columns),
      ...wrapped(about, columns - 2, " ").map((line) => `  ${line}`),
      hanging(forExample(example), 2, columns),
    ].join("\n");
  const parts = [
    ...(own ? [told(own.usage, aboutOwn(own), own.example)] : []),
    ...rows
      .filter(({ pattern }) => !own || pattern.source !== own.usage)
      .map((one) => told(one.pattern.source, aboutRow(one), exampleOf(one))),
  ];
  return parts.join("\n");
}

/** The keys, by what they are about. */
export function helpKeys(columns = SCREEN): string {
  return commands
    .map(({ title, rows }) => {
      const lines = Object.entries<Command>(rows).map(([name, { keys, about }]) => {
        return row(keys.map(keyName).join(", "), wording.aboutKeys[name] ?? about, WIDTH, columns);
      });
      return [wording.titlesOfKeys[title] ?? title, ...lines].join("\n");
    })
    .join("\n\n");
}

/** `C-x C-e` as people write it. */
export function keyName(key: string): string {
  return key
    .split(" ")
    .map((one) => {
      const [, modifiers = "", name = ""] = /^((?:[CMS]-)*)(.+)$/.exec(one) ?? [];
      const said = modifiers.replace("C-", "Ctrl-").replace("M-", "Alt-").replace("S-", "Shift-");
      return said + (name.length === 1 ? name.toUpperCase() : (name[0] as string).toUpperCase() + name.slice(1));
    })
    .join(" ");
}

function ofOwn(command: (typeof ownCommands)[number]): readonly [string, string] {
  return [command.usage, aboutOwn(command)];
}

function rowsOf(rows: readonly (readonly [string, string])[], columns: number): string {
  const width = Math.min(WIDTH, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) => row(left, right, width, columns)).join("\n");
}

function row(left: string, right: string, width: number, columns: number): string {
  const isNarrow = columns - width - 4 < LEAST;
  const indent = " ".repeat(isNarrow ? 4 : width + 4);
  const about = wrapped(right, columns - indent.length, " ").join(`\n${indent}`);
  return isNarrow || left.length > width
    ? `${hanging(left, 2, columns)}\n${indent}${about}`
    : `  ${left.padEnd(width)}  ${about}`;
}

/** What a person types, or may: where it goes on in other rows, these begin further to the right. */
function hanging(text: string, indent: number, columns: number): string {
  const first = " ".repeat(indent);
  if (indent + text.length <= columns) return first + text;
  return first + wrapped(text, columns - indent - GOES_ON, " ").join(`\n${first}${" ".repeat(GOES_ON)}`);
}

/** Rows of no more than so many columns. @param blank between what is not cut */
function wrapped(text: string, width: number, blank: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(blank)) {
    if (line !== "" && line.length + blank.length + word.length > width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : blank + word;
  }
  return line === "" ? lines : [...lines, line];
}
