/** What a server does as it starts, when the disk does not keep it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Chance } from "./chance.ts";
import { House } from "./house.ts";
import { Network } from "./network.ts";
import { Schedule } from "./schedule.ts";

it("a realm that the options name is made known once the disk keeps it, if it did not at the start", async () => {
  const folder = mkdtempSync(join(tmpdir(), "obrol-simulator-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const schedule = new Schedule();
  const network = new Network(schedule, { latency: () => 1, piece: () => 1e6 }, new Chance(1));
  const cast = { realms: 2, users: 0, mutual: true };
  const house = await House.of(0, cast, folder, network, new Chance(2), () => {});
  house.failing = 1;
  await schedule.over(house.start());
  await schedule.until(schedule.now + 5000);
  const known = (): string[] | undefined => house.model && [...house.model.realms.all()].map(({ name }) => name);
  expect(known()).toEqual([]);
  house.failing = 0;
  await schedule.until(schedule.now + 60_000);
  expect(known()).toEqual(["b"]);
  house.crash(false);
});
