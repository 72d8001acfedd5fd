/** What a node tells whoever looks after it: metrics of its turns, whether it is well, and at its start what is wrong around it. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { healthOf, METRICS, metricsOf, sampleIn } from "../support/metrics.ts";
import { clusterOn, engineOfFile } from "../support/nodes.ts";
import { newUser, ok } from "../support/people.ts";
import { startServer } from "../support/server.ts";
import { startedEngine, startedStandby } from "../support/started-engine.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile();

test("a node tells how long each step of its turns takes, how far behind it is, and how many there are", async () => {
  const { node } = await clusterOn(await engine());
  const one = await node(...METRICS);
  const two = await node();
  const { client } = await newUser(one, "alice");
  await ok(client.request("send alice halo"));
  await newUser(two, "bob");
  await until("each has heard of the other's", async () => {
    const page = await metricsOf(one);
    return sampleIn(page, "obrol_nodes") === 2 && sampleIn(page, "obrol_users") === 2;
  });
  const page = await metricsOf(one);
  for (const step of ["order", "execute", "keep", "replica"]) {
    expect(sampleIn(page, `obrol_${step}_seconds_count`), step).toBeGreaterThan(1);
    expect(sampleIn(page, `obrol_${step}_seconds_sum`), step).toBeGreaterThan(0);
  }
  expect(sampleIn(page, "obrol_log_entries_behind")).toBe(0);
});

test("a node is not well while it cannot reach its store, and is again when it can", async () => {
  const own = await startedEngine();
  const { node } = await clusterOn(own);
  const one = await node(...METRICS);
  await newUser(one, "alice");
  expect(await healthOf(one)).toBe("200 ok");
  await own.end();
  await until("it notices", async () => (await healthOf(one)) === "503 store lost");
  await own.restart();
  await until("it is back", async () => (await healthOf(one)) === "200 ok");
});

test("at its start a node says what loses what was acknowledged, and that nobody says where people come from", async () => {
  const own = await startedEngine();
  const { node } = await clusterOn(own);
  const doubts = (log: string): readonly string[] =>
    [...log.matchAll(/ warn ((?:no-standby|not-synced|no-proxy-from)(?: setting=\S+)?)/g)].map(
      ([, one]) => one as string,
    );
  const started = async (...options: readonly string[]) => doubts((await node(...options)).log());
  expect(await started()).toEqual(["no-standby setting=synchronous_standby_names", "no-proxy-from"]);
  const known = ["--proxy-from", "127.0.0.1"];
  await own.configure("synchronous_commit", "off");
  await own.configure("fsync", "off");
  expect(await started(...known)).toEqual([
    "no-standby setting=synchronous_standby_names",
    "not-synced setting=fsync",
    "not-synced setting=synchronous_commit",
  ]);
  await own.configure("fsync", "on");
  await own.configure("synchronous_commit", "local");
  await startedStandby(own, "kota_dua");
  await own.configure("synchronous_standby_names", "kota_dua");
  expect(await started(...known)).toEqual(["no-standby setting=synchronous_commit"]);
  await own.configure("synchronous_commit", "on");
  expect(await started(...known)).toEqual([]);
});

test("at its start a node says that everybody can read the file that names the store", async () => {
  const { url, uploads } = await clusterOn(await engine());
  const folder = testFolder();
  const file = join(folder, "store");
  writeFileSync(file, `${url}\n`);
  for (const [mode, isTold] of [
    [0o644, true],
    [0o640, false],
  ] as const) {
    chmodSync(file, mode);
    const node = await startServer(["--store-file", file, "--uploads", uploads, "--data", join(folder, "data")]);
    await node.stop();
    expect(node.log().includes(" warn store-file-open ")).toBe(isTold);
  }
});
