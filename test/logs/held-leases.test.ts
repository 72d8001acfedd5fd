import { expect, test } from "vitest";
import { EngineError } from "../../src/logs/postgres/client.ts";
import { HeldLeases } from "../../src/logs/postgres/held-leases.ts";
import { StoreLost } from "../../src/state/entities.ts";

test("whoever cannot get a lease is told that it is PostgreSQL that does not answer", async () => {
  const lost = new EngineError("Connection terminated unexpectedly", undefined);
  const leases = new HeldLeases({ node: () => 1, ask: () => Promise.reject(lost) });
  for (const asked of [leases.take("files"), leases.seize("files"), leases.others("files")]) {
    await expect(asked).rejects.toThrow(new StoreLost("PostgreSQL: Connection terminated unexpectedly"));
    await expect(asked).rejects.toBeInstanceOf(StoreLost);
  }
});
