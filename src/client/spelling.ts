/** Slips of the hand: which command somebody may have meant. */
import { wording } from "./language/wording.ts";
import { commandWords } from "./vocabulary.ts";

/** Words that somebody may have meant, the likeliest first. */
export function suggestions(word: string): readonly string[] {
  const said = word.toLowerCase();
  if (said.length < 3) return [];
  const near = said.length < 6 ? 1 : 2;
  return commandWords
    .filter((candidate) => Math.abs(candidate.length - said.length) <= near)
    .map((candidate) => ({ candidate, far: distance(said, candidate) }))
    .filter(({ far }) => far <= near)
    .sort((a, b) => a.far - b.far)
    .map(({ candidate }) => candidate);
}

/** What to say to a word that is no command. */
export function unknownWord(word: string): string {
  return wording.chat.unknown(word, suggestions(word)[0]);
}

/** Letters to add, leave out, change, or let change places with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] as number) + Number(a[i - 1] !== b[j - 1]);
      let least = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1, changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] as number) + 1);
      }
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length] as number;
}
