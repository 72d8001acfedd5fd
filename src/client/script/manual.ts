/** A manual page in man(7), from the same tables as the help. */

/** What stands on it. */
export interface Manual {
  readonly program: string;
  readonly version: string;
  readonly about: string;
  readonly synopsis: readonly string[];
  readonly description: readonly string[];
  readonly options: readonly { readonly flags: string; readonly about: string }[];
  /** Titles, and what stands below them. */
  readonly sections: readonly { readonly title: string; readonly rows: readonly (readonly [string, string])[] }[];
  readonly examples: readonly (readonly [string, string])[];
}

/** The page, in the language of roff. */
export function manualPage(manual: Manual): string {
  const { program, version, about, synopsis, description, options, sections, examples } = manual;
  const rows = (all: readonly (readonly [string, string])[]): string[] =>
    all.flatMap(([left, right]) => [".TP", `\\fB${roff(left)}\\fR`, roff(right)]);
  return [
    `.TH ${program.toUpperCase()} 1 "" "obrol ${version}" "User Commands"`,
    ".SH NAME",
    `${roff(program)} \\- ${roff(about)}`,
    ".SH SYNOPSIS",
    ...synopsis.flatMap((line, i) => [...(i > 0 ? [".br"] : []), roff(line)]),
    ".SH DESCRIPTION",
    ...description.flatMap((paragraph, i) => [...(i > 0 ? [".PP"] : []), roff(paragraph)]),
    ".SH OPTIONS",
    ...rows(options.map(({ flags, about: what }) => [flags, what] as const)),
    ...sections.flatMap((section) => [`.SH ${section.title.toUpperCase()}`, ...rows(section.rows)]),
    ".SH EXAMPLES",
    ...examples.flatMap(([command, what]) => [".TP", `\\fB${roff(command)}\\fR`, roff(what)]),
  ].join("\n");
}

/** A text as roff shows it: no request at its beginning, minus signs that can be copied. */
function roff(text: string): string {
  return text
    .replace(/\\/g, "\\e")
    .replace(/-/g, "\\-")
    .replace(/^([.'])/, "\\&$1")
    .replaceAll("\n", " ");
}
