/** A small world of names, as a client knows it; and what hands do to words. */
import type { LineContext } from "../../src/client/chat/line-context.ts";

const users = ["alice", "bob", "carl", "dewi"];
const groups = ["kelas", "dev"];
const realms = ["kampus", "rumah"];

/** A token, as the server gives it. */
export const TOKEN = "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c";

/** What was said last, the newest first. */
const last = ["tiga", "dua", "satu"].map((message, i) => {
  const id = `01a1fc92-5ef7-7000-8000-08000000000${3 - i}`;
  return { id, from: "alice", to: "bob", message, time: "2026-11-21T05:26:53.431Z" };
});

/** @param open the conversation that is open */
export function knownWith(open?: string): LineContext {
  const isElsewhere = (name: string): boolean => realms.includes(name.toLowerCase().split("@")[1] ?? "");
  return {
    open,
    hasUser: (name) => users.includes(name.toLowerCase()) || isElsewhere(name),
    hasGroup: (name) => groups.includes(name.toLowerCase()) || isElsewhere(name),
    hasRealm: (name) => realms.includes(name.toLowerCase()),
    last,
    message: (id) => last.find((one) => one.id === id),
    placeOf: ({ to }) => to,
  };
}

/** What comes of a word by one slip: a letter left out, typed twice, changed, or two of them in the wrong order. */
export function slipsOf(word: string): readonly string[] {
  const slips = Array.from(word).flatMap((letter, i) => {
    const [before, after] = [word.slice(0, i), word.slice(i + 1)];
    const next = after[0];
    return [
      before + after,
      before + letter + letter + after,
      ...(next === undefined ? [] : [before + next + letter + after.slice(1)]),
      ...Array.from("aeioulnrstkxz_", (other) => before + other + after),
    ];
  });
  return [...new Set(slips)].filter((slip) => slip !== word);
}
