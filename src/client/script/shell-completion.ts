/** What makes a shell complete the programs' options and commands, from the same tables as their help. */
import { commandWords, ownCommands, requests } from "../vocabulary.ts";

/** A program, and the options that are completed. */
export interface CompletedProgram {
  readonly program: string;
  readonly options: readonly {
    readonly name: string;
    readonly alias?: string | undefined;
    readonly describe: string;
    /** What kind of value it takes; undefined for none. */
    readonly value: string | undefined;
    readonly choices: readonly string[];
  }[];
}

/** Shells that can be told how to complete. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The code that a shell is to read. */
export function shellCompletion(shell: Shell, programs: readonly CompletedProgram[]): string {
  return { bash, zsh, fish }[shell](programs);
}

/** Words that may begin a command in a shell. */
function commands(): string[] {
  const own = ownCommands.filter((command) => command.in !== "prompt").map(({ name }) => name as string);
  const asked = requests.map(({ pattern }) => pattern.words[0] as string);
  return commandWords.filter((word) => own.includes(word) || asked.includes(word));
}

function bash(programs: readonly CompletedProgram[]): string {
  const one = ({ program, options }: CompletedProgram): string => {
    const name = `_${program.replaceAll("-", "_")}`;
    const flags = options.flatMap((option) => [`--${option.name}`, ...(option.alias ? [`-${option.alias}`] : [])]);
    const cases = options.flatMap((option) => {
      const patterns = [`--${option.name}`, ...(option.alias ? [`-${option.alias}`] : [])].join("|");
      if (option.choices.length > 0) {
        return [`    ${patterns}) COMPREPLY=($(compgen -W "${option.choices.join(" ")}" -- "$cur")); return ;;`];
      }
      if (option.value === "FILE")
        return [`    ${patterns}) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;`];
      if (option.value === "DIR") return [`    ${patterns}) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;`];
      return option.value === undefined ? [] : [`    ${patterns}) return ;;`];
    });
    const words = program === "chat-client" ? commands().join(" ") : "";
    const shellWords =
      program === "chat-client"
        ? [`    completion) COMPREPLY=($(compgen -W "${shells.join(" ")}" -- "$cur")); return ;;`]
        : [];
    return [
      `${name}() {`,
      `  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"`,
      '  case "$prev" in',
      ...cases,
      ...shellWords,
      "  esac",
      `  if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "${flags.join(" ")}" -- "$cur"))`,
      `  else mapfile -t COMPREPLY < <(compgen -W "${words}" -- "$cur"; compgen -f -- "$cur"); fi`,
      "}",
      `complete -o filenames -F ${name} ${program}`,
    ].join("\n");
  };
  return programs.map(one).join("\n");
}

function zsh(programs: readonly CompletedProgram[]): string {
  const quoted = (text: string): string => text.replace(/[[\]:'\\]/g, (sign) => (sign === "'" ? "'\\''" : `\\${sign}`));
  const one = ({ program, options }: CompletedProgram): string => {
    const specs = options.flatMap(({ name, alias, describe, value, choices }) => {
      const takes =
        choices.length > 0
          ? `:${quoted(value ?? "")}:(${choices.join(" ")})`
          : value === undefined
            ? ""
            : `:${quoted(value)}:${value === "FILE" ? "_files" : value === "DIR" ? "_files -/" : " "}`;
      const spec = (flag: string): string => `    '${flag}[${quoted(describe)}]${takes}'`;
      return [spec(`--${name}`), ...(alias ? [spec(`-${alias}`)] : [])];
    });
    const words =
      program === "chat-client" ? [`    '1:command:(${commands().join(" ")})'`, "    '*:argument:_files'"] : [];
    return [
      `_${program}() {`,
      "  _arguments -S \\",
      [...specs, ...words].join(" \\\n"),
      "}",
      `compdef _${program} ${program}`,
    ].join("\n");
  };
  return `#compdef ${programs.map(({ program }) => program).join(" ")}\n${programs.map(one).join("\n")}`;
}

function fish(programs: readonly CompletedProgram[]): string {
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;
  return programs
    .flatMap(({ program, options }) => [
      ...options.map(({ name, alias, describe, value, choices }) =>
        [
          `complete -c ${program} -l ${name}`,
          alias ? ` -s ${alias}` : "",
          value === undefined
            ? ""
            : value === "FILE"
              ? " -r -F"
              : value === "DIR"
                ? " -r -a '(__fish_complete_directories)'"
                : " -x",
          choices.length > 0 ? ` -a ${quoted(choices.join(" "))}` : "",
          ` -d ${quoted(describe)}`,
        ].join(""),
      ),
      ...(program === "chat-client"
        ? [
            `complete -c ${program} -n __fish_use_subcommand -f -a ${quoted(commands().join(" "))}`,
            `complete -c ${program} -n '__fish_seen_subcommand_from completion' -f -a ${quoted(shells.join(" "))}`,
          ]
        : []),
    ])
    .join("\n");
}
