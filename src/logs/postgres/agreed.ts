/** What all nodes must have the same of, and is no state: the first that starts says it. */
import type { Result } from "./batch.ts";
import type { EngineClient } from "./client.ts";

/** Facts that nodes agree on: the realm's name, its key in PEM, and where they tell each other of turns. No replica has them. */
export type AgreedFact = "realm" | "realm_key" | "channel";

export const agreedFacts: readonly AgreedFact[] = ["realm", "realm_key", "channel"];

/** @returns what the first node has said, who may be this one. @throws EngineError */
export async function agreed(client: EngineClient, fact: AgreedFact, text: string): Promise<string> {
  const [, found] = (await client.run(
    {
      text: "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      values: [fact, Buffer.from(text)],
    },
    { text: "SELECT value FROM facts WHERE name = $1", values: [fact] },
  )) as [unknown, Result];
  return (found.rows[0] as { readonly value: Buffer }).value.toString();
}
