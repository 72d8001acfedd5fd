/** A line that somebody types, as words: blanks between them, quotes and backslashes as in a shell. */

/** The words of a line; a quote that is not closed reaches to the end. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [part] of line.matchAll(/(?:[^\s"'\\]|\\.?|"(?:[^"\\]|\\.?)*"?|'[^']*'?)+/g)) {
    words.push(part.replace(/\\(.?)|"((?:[^"\\]|\\.?)*)"?|'([^']*)'?/g, unquoted));
  }
  return words;
}

function unquoted(_: string, escaped?: string, double?: string, single?: string): string {
  return escaped ?? double?.replace(/\\(["\\])/g, "$1") ?? single ?? "";
}
