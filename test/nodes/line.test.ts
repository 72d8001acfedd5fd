/** A line to PostgreSQL that fails at any byte. */
import { expect, test } from "vitest";
import { EngineClient, EngineError } from "../../src/logs/postgres/client.ts";
import { engineOfFile } from "../support/nodes.ts";
import { FaultyProxy } from "../support/proxy.ts";

const engine = engineOfFile();

async function throughProxy(): Promise<{ readonly way: FaultyProxy; readonly url: string }> {
  const to = await engine();
  const way = await FaultyProxy.before(to);
  const url = new URL(to.url);
  url.host = `${way.host}:${way.port}`;
  return { way, url: url.href };
}

test("a line that falls silent while a connection is made is given up, wherever it does", async () => {
  const whole = await throughProxy();
  const client = await EngineClient.connect(whole.url);
  const { passed } = whole.way;
  await client.close();
  // Once the last bytes have passed, it is made.
  const parts = Array.from({ length: 8 }, (_, i) => Math.floor((passed * (i + 1)) / 8));
  const isMade = parts.map(async (bytes) => {
    const { way, url } = await throughProxy();
    way.freezeAfter(bytes).catch(() => {});
    try {
      (await EngineClient.connect(url)).destroy();
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(EngineError);
      return false;
    }
  });
  const made = await Promise.all(isMade);
  expect(made.slice(0, 4)).toEqual([false, false, false, false]);
  expect(made.at(-1)).toBe(true);
});
