/** Facts on which all nodes must agree, and which are not part of the state: the first node that starts decides them. */
import type { Result } from "./batch.ts";
import type { EngineClient } from "./client.ts";

/** The realm's name, its private key in PEM, and the channel of notifications. They are in no replica. */
export type AgreedFact = "realm" | "realm_key" | "channel";

export const agreedFacts: readonly AgreedFact[] = ["realm", "realm_key", "channel"];

/**
 * Proposes a value for a fact. @returns the value of the node that was the first to propose one, perhaps this one. @throws
 * EngineError
 */
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
