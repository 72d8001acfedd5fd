/** Help in words, from the tables of commands, requests and keys. */
import { bindings } from "./terminal/bindings.ts";
import { aboutRow, exampleOf, ownCommand, ownCommands, requests, requestsOf } from "./vocabulary.ts";

/** Columns of what is explained; a longer one stands on a line of its own. */
const WIDTH = 30;

/** @param word what of; all, unless it is given. @returns undefined for what is no command. */
export function helpFor(word: string | undefined, where: "prompt" | "shell"): string | undefined {
  const name = word?.replace(/^\//, "").toLowerCase();
  if (name === undefined) return helpOverview(where);
  return name === "keys" ? helpKeys() : helpOf(name);
}

/** @param where it is asked for. */
export function helpOverview(where: "prompt" | "shell"): string {
  const own = ownCommands.filter((command) => command.in === where || command.in === "both");
  const words = new Set(requests.map(({ pattern }) => pattern.words.join(" ")));
  const speak =
    where === "prompt"
      ? [
          "@bob halo       to a user          #kelas halo     to a group",
          "@bob            open a conversation: what you type then goes there",
          "/word           a command, whatever is open;  //text begins with a slash",
          "",
        ]
      : [];
  return [
    ...speak,
    ...own.map(({ usage, about }) => row(usage, about)),
    "",
    "Requests of the protocols work as they stand:",
    ...wrapped([...words].sort().join("  "), 78).map((line) => `  ${line}`),
    "",
    `help COMMAND tells of one, help keys of the keys of the prompt.`,
  ].join("\n");
}

/** @returns undefined for what is no command. */
export function helpOf(word: string): string | undefined {
  const own = ownCommand(word);
  const rows = requestsOf(word);
  if (!own && rows.length === 0) return undefined;
  const parts = [
    ...(own ? [`${own.usage}\n  ${own.about}\n  for example: ${own.example}`] : []),
    ...rows
      .filter(({ pattern }) => !own || pattern.source !== own.usage)
      .map((one) => `${one.pattern.source}\n  ${aboutRow(one)}\n  for example: ${exampleOf(one)}`),
  ];
  return parts.join("\n");
}

export function helpKeys(): string {
  return bindings
    .map(({ title, rows }) => {
      const lines = rows.map(({ keys, about }) => row(keys.map(keyName).join(", "), about));
      return [title, ...lines].join("\n");
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

function row(left: string, right: string): string {
  return left.length > WIDTH ? `  ${left}\n  ${" ".repeat(WIDTH)} ${right}` : `  ${left.padEnd(WIDTH)} ${right}`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split("  ")) {
    if (line !== "" && line.length + 2 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : `  ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
