/** Every conversation on three nodes: each of its connections is on one that chance chooses, and all goes as written. */
import { expect, test } from "vitest";
import { type Place, play } from "../conversations/play.ts";
import { scripts } from "../conversations/scripts.ts";
import { Chance } from "../simulator/chance.ts";
import { clusterOn } from "../support/nodes.ts";
import { freshDatabase } from "../support/started-engine.ts";

/** To be played again. */
const SEED = "OBROL_TEST_SEED";

test("a conversation whose connections are on different nodes goes as written", async () => {
  const cluster = await clusterOn({ database: freshDatabase });
  const nodes = [await cluster.node(), await cluster.node(), await cluster.node()];
  const seed = Number(process.env[SEED] ?? Math.floor(Math.random() * 2 ** 31));
  const chance = new Chance(seed);
  const wrongs: string[] = [];
  for (const { name, dialect, text } of scripts) {
    try {
      await play(name, text, dialect, anyOf(nodes, chance));
    } catch (error) {
      wrongs.push((error as Error).message);
    }
  }
  expect(wrongs, `with ${SEED}=${seed}`).toEqual([]);
});

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
