/** Every conversation on three nodes: each of its connections is on one that chance chooses, and all goes as written. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dialectNames } from "../../src/protocol/dialects/index.ts";
import { type Place, play } from "../conversations/play.ts";
import { scripts } from "../conversations/scripts.ts";
import { Chance } from "../simulator/chance.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { freshDatabase } from "../support/started-engine.ts";

/** To be played again. */
const SEED = "OBROL_TEST_SEED";

const nodes: TestServer[] = [];
let uploads: string;

beforeAll(async () => {
  uploads = mkdtempSync(join(tmpdir(), "obrol-test-"));
  const shared = ["--store", await freshDatabase(), "--realm", "kota", "--uploads", uploads];
  for (let i = 0; i < 3; i++) nodes.push(await startServer(shared));
});

afterAll(async () => {
  for (const node of nodes) await node.stop();
  rmSync(uploads, { recursive: true });
});

test.each(dialectNames)(
  "a conversation in %s whose connections are on different nodes goes as written",
  async (dialect) => {
    const seed = Number(process.env[SEED] ?? Math.floor(Math.random() * 2 ** 31));
    const chance = new Chance(seed);
    const wrongs: string[] = [];
    const own = scripts.filter((script) => script.dialect === dialect);
    expect(own).not.toEqual([]);
    for (const { name, text } of own) {
      try {
        await play(name, text, dialect, anyOf(nodes, chance));
      } catch (error) {
        wrongs.push((error as Error).message);
      }
    }
    expect(wrongs, `with ${SEED}=${seed}`).toEqual([]);
  },
);

/** One of them, another for each connection. */
function anyOf(places: readonly Place[], chance: Chance): Place {
  let place = chance.one(places);
  return {
    get host() {
      place = chance.one(places);
      return place.host;
    },
    get port() {
      return place.port;
    },
  };
}
