/** A server as a process: whoever watches over it learns that its disk is full, and that it is not any more. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { canFillDisk, fillDatabase, freeDisk } from "../../support/disk.ts";
import { testFolder } from "../../support/folder.ts";
import { healthOf, METRICS, metricsOf, sampleIn } from "../../support/metrics.ts";
import { newUser, ok, refused } from "../../support/people.ts";
import { startedProcess } from "../../support/started.ts";
import { until } from "../../support/until.ts";

it.skipIf(!canFillDisk)(
  "it is not well while the disk is full, though nobody says anything, and then is again",
  async () => {
    const data = join(testFolder(), "data");
    const server = await startedProcess("--data", data, ...METRICS);
    const alice = await newUser(server, "alice");
    await newUser(server, "bob");
    await until("it is well", async () => (await healthOf(server)) === "200 ok");
    fillDatabase(server.pid, data);
    await until("a probe has failed", async () => (await healthOf(server)).startsWith("503 commit failed: "));
    expect(await refused(alice.client.request("send bob hilang"))).toBe("storage");
    await until("it is counted", async () => {
      const page = await metricsOf(server);
      return sampleIn(page, 'obrol_requests_total{operation="send",code="storage"}') === 1;
    });
    freeDisk(server.pid);
    await until("a probe is kept", async () => (await healthOf(server)) === "200 ok");
    await ok(alice.client.request("send bob sesudah"));
    expect(sampleIn(await metricsOf(server), "obrol_commit_failures_total")).toBeGreaterThan(1);
  },
);
