/** Requests that a row of a table understands, with plain values. */
import type { Row } from "../../src/protocol/row.ts";

const UUID = "018f0000-0000-7000-8000-000000000000";

const values: Record<string, string> = {
  "user,user": "bob,carl",
  members: "bob,carl",
  own: "here",
  realm: "barca",
  id: UUID,
  before: UUID,
  since: UUID,
  port: "8889",
  limit: "5",
  size: "5",
  offset: "1",
  seconds: "60",
  b64: "aGFsbw==",
  sha256: "0".repeat(64),
  key: "A".repeat(43),
  nonce: "A".repeat(43),
  signature: "A".repeat(86),
  received: "0",
  call: "1",
  "answer...": "{}",
  "items...": "[]",
  "have...": '{"users":0,"groups":0}',
  "part...": `{"file":"${UUID}","offset":0}`,
  "nothing...": "{}",
};

/** The request with all that may be in it, and with no more than must be. */
export function says({ pattern: { source } }: Row, token: string): string[] {
  const all = source.replace(/\[(\w+) (<[^>]+>)\]/g, "$1 $2").replace(/\[(\w+)\](?= |$)/g, "<$1>");
  const least = source.replace(/ \[\w+( <[^>]+>)?\](?= |$)/g, "");
  return [...new Set([all, least])].map((form) =>
    form.replace(/<([^>]+)>/g, (_, name: string) => (name === "token" ? token : (values[name] ?? "bob"))),
  );
}
