/** An operator's command as chat-client takes it: `admin ban bob --for 7d`, `admin group delete kelas --yes`. */
import { wording } from "../language/wording.ts";
import {
  type AdminOption,
  AdminSlip,
  adminCommands,
  adminFlags,
  type TypedAdmin,
  typedAdmin,
  wrongOption,
} from "./commands.ts";

const optionNames: ReadonlySet<string> = new Set([
  ...adminFlags,
  ...adminCommands.flatMap(({ options = [] }) => options),
]);

/**
 * @param line all the words that were typed. @returns the request; undefined for what is none of these commands, or stands as a
 * request already. @throws AdminSlip in the language that is spoken
 */
export function adminRequest(line: readonly string[]): string | undefined {
  const [first = "", ...rest] = line;
  if (first.replace(/^\//, "").toLowerCase() !== "admin") return undefined;
  const { words, options } = parted(rest);
  const hasOptions = Object.keys(options).length > 0;
  const typed = typedOf(words);
  if (typed instanceof AdminSlip) {
    // The request's own words may be others: `admin invite uses 3`.
    if (hasOptions) throw new AdminSlip(wording.use(`admin ${typed.message}`));
    return undefined;
  }
  if (!typed || typed.command.password) return undefined;
  const wrong = wrongOption(typed.command, options);
  if (wrong) throw new AdminSlip(wording.admin.notFor(wrong.option, wrong.of));
  if (typed.command.irreversible && options.yes === undefined) {
    throw new AdminSlip(wording.admin.irreversible(`admin ${words.join(" ")}`));
  }
  return typed.command.says(typed.words, options, "");
}

function typedOf(words: readonly string[]): TypedAdmin | AdminSlip | undefined {
  try {
    return typedAdmin(words);
  } catch (error) {
    if (error instanceof AdminSlip) return error;
    throw error;
  }
}

/** @throws AdminSlip for an option without its value */
function parted(line: readonly string[]): {
  readonly words: readonly string[];
  readonly options: { [O in AdminOption]?: string };
} {
  const words: string[] = [];
  const options: { [O in AdminOption]?: string } = {};
  for (let at = 0; at < line.length; at++) {
    const word = line[at] as string;
    const [, name = "", value] = /^--([a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!optionNames.has(name)) {
      words.push(word);
      continue;
    }
    const given = adminFlags.has(name) ? "" : (value ?? line[++at]);
    if (given === undefined) throw new AdminSlip(wording.admin.noValue(name));
    options[name as AdminOption] = given;
  }
  return { words, options };
}
