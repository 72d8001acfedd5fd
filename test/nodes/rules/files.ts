/** A file that was acknowledged is whole, from every node; one that was deleted is given by none. */
import type { History } from "../history.ts";
import type { Final } from "./final.ts";

export function* fileWrongs({ sayings, downloads, pages }: History, { gone }: Final): Generator<string> {
  const nodes = new Set(pages.map(({ node }) => node));
  for (const { text, from, fate, id, file } of sayings) {
    if (!file || fate !== "kept") continue;
    const its = new Map(downloads.filter((one) => one.file === file.id).map((one) => [one.node, one]));
    const isGone = gone.has(id as string);
    for (const node of nodes) {
      const got = its.get(node);
      const what = `file ${text} of ${from} (${file.id})`;
      if (!got) yield `${what} was not asked of ${node}`;
      else if (isGone && got.sha256 !== undefined) yield `${what} was deleted, and ${node} has it`;
      else if (!isGone && got.sha256 === undefined) yield `${what} is lost on ${node}`;
      else if (!isGone && got.sha256 !== file.sha256) yield `${what} is another on ${node}`;
    }
  }
}
