/** A password or a token lets its owner in from the answer on that gave it, and nobody from the answer on that ended it. */
import type { Access, History } from "../history.ts";

export function* accessWrongs({ accesses }: History): Generator<string> {
  for (const [secret, its] of Map.groupBy(accesses, (one) => `${one.secret} of ${one.who}`)) {
    const begun = its.find(({ is }) => is === "begun");
    const ends = its.filter(({ is }) => is === "ended");
    for (const tried of its.filter(({ is }) => is === "tried")) {
      if (tried.isGood === true && ends.some(({ answered }) => answered < tried.asked)) {
        yield `${secret} was good after it had ended`;
      }
      if (tried.isGood === false && wasGood(tried, begun, ends))
        yield `${secret} was refused, and nothing had ended it`;
    }
  }
}

function wasGood(tried: Access, begun: Access | undefined, ends: readonly Access[]): boolean {
  return begun !== undefined && begun.answered < tried.asked && ends.every(({ asked }) => asked > tried.answered);
}
