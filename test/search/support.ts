/** What is found by a search; and the process that has a server's index. */
import { readFileSync } from "node:fs";
import type { Wire } from "../../src/connection/wire.ts";
import { replies } from "../../src/protocol/replies.ts";
import { ok } from "../support/people.ts";
import { until } from "../support/until.ts";

interface Answered {
  readonly texts: readonly string[];
  readonly behind: boolean;
}

/** @param words with options before them, as they are typed */
export async function answered(client: Wire, words: string): Promise<Answered> {
  const reply = replies.search.read(await ok(client.request(`search ${words}`)));
  if (!reply) throw new Error("a reply to a search has its form");
  return { texts: reply.data.map(({ message }) => message), behind: reply.behind === true };
}

/** The texts of what is found, the newest first, once the index has come to where the messages are. */
export async function found(client: Wire, words: string): Promise<readonly string[]> {
  return until("the index has come to where the messages are", async () => {
    const { texts, behind } = await answered(client, words);
    return behind ? undefined : texts;
  });
}

/** The processes that a server has started and that have not ended. */
export function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((one) => one !== "")
    .map(Number);
}

/** The one that has the index. */
export function indexerOf(pid: number): number | undefined {
  return childrenOf(pid).find((child) => commandOf(child).includes("indexer"));
}

/** "" of one that has ended meanwhile. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
