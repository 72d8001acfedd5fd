/** `--metrics`: what a server tells of itself at an address of its own. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { gatedLog } from "../../support/gated-log.ts";
import { ask, canParse, healthOf, METRICS, metricsOf, metricsPort, parsed, sampleIn } from "../../support/metrics.ts";
import { newUser, ok, PASSWORD, refused } from "../../support/people.ts";
import { type LocalServer, startServer } from "../../support/server.ts";
import { started } from "../../support/started.ts";
import { meanwhile, passing } from "../../support/time.ts";
import { until } from "../../support/until.ts";
import { Wire } from "../../support/wire.ts";

const requests = (page: string, operation: string, code: string): number | undefined =>
  sampleIn(page, `obrol_requests_total{operation="${operation}",code="${code}"}`);

/** A socket to its address, that says nothing of itself. */
async function scraper(server: LocalServer): Promise<Socket> {
  const socket = connect(metricsPort(server), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

it("requests are counted by what was asked and how it was answered, in whichever words", async () => {
  const server = await started(...METRICS);
  const alice = await newUser(server, "alice");
  await newUser(server, "bob");
  for (const request of ["send bob satu", "sendprivate bob dua", "post nomor-1 bob tiga"])
    await ok(alice.client.request(request));
  expect(await refused(alice.client.request("send carol halo"))).toBe("user-not-found");
  expect(await refused(alice.client.request("register bob rahasia bob indonesia"))).toBe("user-exists");
  expect(await refused(alice.client.request("apa ini"))).toBe("unknown-request");
  expect(await refused(alice.client.request("send"))).toBe("bad-request");
  const stranger = await server.connect();
  expect(await refused(stranger.request("auth bob salah"))).toBe("bad-credentials");
  expect(await refused(stranger.request("inbox"))).toBe("no-session");
  const page = await metricsOf(server);
  expect([requests(page, "send", "ok"), requests(page, "post", "ok")]).toEqual([2, 1]);
  expect(requests(page, "send", "user-not-found")).toBe(1);
  expect(requests(page, "unknown", "bad-request")).toBe(1);
  expect([requests(page, "register", "ok"), requests(page, "register", "user-exists")]).toEqual([2, 1]);
  expect(requests(page, "unknown", "unknown-request")).toBe(1);
  expect(requests(page, "login", "bad-credentials")).toBe(1);
  expect(requests(page, "inbox", "no-session")).toBe(1);
});

it("a thousand requests at once are each counted, and turns and commits have their times", async () => {
  const server = await started(...METRICS);
  const { client } = await newUser(server, "alice");
  await newUser(server, "bob");
  const before = await metricsOf(server);
  await Promise.all(Array.from({ length: 1500 }, (_, i) => ok(client.request(`send bob ${i}`))));
  const page = await metricsOf(server);
  expect(requests(page, "send", "ok")).toBe(1500);
  for (const name of ["obrol_turn_seconds", "obrol_commit_seconds"]) {
    expect(sampleIn(page, `${name}_count`), name).toBeGreaterThan(sampleIn(before, `${name}_count`) as number);
    expect(sampleIn(page, `${name}_sum`), name).toBeGreaterThan(sampleIn(before, `${name}_sum`) as number);
    expect(sampleIn(page, `${name}_bucket{le="+Inf"}`), name).toBe(sampleIn(page, `${name}_count`));
  }
});

it("who is there is told: connections, sessions, users", async () => {
  const server = await started(...METRICS);
  const alice = await newUser(server, "alice");
  await newUser(server, "bob");
  await server.connect();
  const counts = (page: string): unknown[] =>
    ["connections", "sessions", "users", "users_online", "links"].map((name) => sampleIn(page, `obrol_${name}`));
  // After some seconds they are online.
  await until("all are counted", async () => counts(await metricsOf(server)).join() === "3,2,2,2,0");
  await ok(alice.client.request("logout"));
  alice.client.close();
  await until("who has gone is not", async () => counts(await metricsOf(server)).join() === "2,1,2,1,0");
});

it("what waits for another realm is told, and how large it is", async () => {
  const server = await started(...METRICS);
  const { client } = await newUser(server, "alice");
  await ok(client.request("addrealm rumah 127.0.0.1 9"));
  expect(sampleIn(await metricsOf(server), "obrol_outbox_items")).toBe(0);
  await ok(client.request("send bob@rumah halo"));
  const page = await metricsOf(server);
  expect(sampleIn(page, "obrol_outbox_items")).toBe(1);
  expect(sampleIn(page, "obrol_outbox_characters")).toBeGreaterThan("halo".length);
});

it("connections that were not let in, and those that were ended, are counted by the reason", async () => {
  const server = await started(...METRICS, "--max-connections", "2");
  const long = await server.connect();
  for (const client of [long, await server.connect()]) await ok(client.request("ping"));
  expect(await new Wire(server).ended()).toMatchObject([{ code: "too-many" }]);
  expect(await refused(long.request(`auth alice ${"x".repeat(20_000)}`))).toBe("too-large");
  const page = await metricsOf(server);
  expect(sampleIn(page, 'obrol_connections_refused_total{code="too-many"}')).toBe(1);
  expect(sampleIn(page, 'obrol_connections_refused_total{code="too-large"}')).toBe(1);
});

it("requests of a turn that could not be kept are counted as what all were told: storage", async () => {
  const log = gatedLog();
  const server = await startServer(METRICS, log.through);
  onTestFinished(() => server.stop());
  const { client } = await newUser(server, "alice");
  await newUser(server, "bob");
  log.shut();
  const replies = client.raw("send bob hilang\r\n\r\nping\r\n\r\n", 2);
  await until("the log is asked", () => log.waits);
  log.open("failed");
  expect(await replies).toMatchObject([{ code: "storage" }, { code: "storage" }]);
  const page = await metricsOf(server);
  expect([requests(page, "send", "ok"), requests(page, "ping", "ok")]).toEqual([undefined, undefined]);
  expect([requests(page, "send", "storage"), requests(page, "ping", "storage")]).toEqual([1, 1]);
  expect(sampleIn(page, "obrol_commit_failures_total")).toBe(1);
});

it("it is well as long as the log answers, and says what it waits for when it does not", async () => {
  const log = gatedLog();
  const server = await startServer(METRICS, log.through);
  onTestFinished(() => server.stop());
  await until("it is well", async () => (await healthOf(server)) === "200 ok");
  log.shut();
  server.pass(1000);
  expect(await meanwhile(server, healthOf(server))).toBe("503 commit failed: no answer within a second");
  log.open();
  await until("it is well again", async () => (await healthOf(server)) === "200 ok");
});

it("without a database on disk it is well, too, and no file is told of", async () => {
  const server = await started(...METRICS, "--memory");
  await until("it is well", async () => (await healthOf(server)) === "200 ok");
  const page = await metricsOf(server);
  expect(page).not.toContain("obrol_file_bytes{");
  expect(sampleIn(page, 'obrol_disk_free_bytes{folder="uploads"}')).toBeGreaterThan(0);
});

it("there are two pages, to be read; whatever else is asked for is refused", async () => {
  const server = await started(...METRICS);
  const page = await ask(server, "/metrics?of=all");
  expect([page.status, page.headers.get("content-type")]).toEqual([
    200,
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  ]);
  const head = await ask(server, "/metrics", "HEAD");
  expect([head.status, await head.text()]).toEqual([200, ""]);
  await until("it is well", async () => (await ask(server, "/healthz", "HEAD")).status === 200);
  for (const path of ["/", "/metrics/", "/../etc/passwd", "/healthz%20"])
    expect((await ask(server, path)).status, path).toBe(404);
  const posted = await ask(server, "/metrics", "POST");
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

it("scrapers that say nothing, or do not read, hold nobody, and are let go", async () => {
  const server = await started(...METRICS);
  const { client } = await newUser(server, "alice");
  const silent = await Promise.all(Array.from({ length: 40 }, () => scraper(server)));
  for (const socket of silent) socket.write("GET /metrics HTTP/1.1\r\nX: ");
  await ok(client.request("ping"));
  await until("all are let go", () => silent.every(({ destroyed }) => destroyed), passing(server));
  await until(
    "others are answered",
    async () => (await ask(server, "/healthz").catch(() => undefined))?.status === 200,
  );
});

it("a request without an end is refused", async () => {
  const server = await started(...METRICS);
  const socket = await scraper(server);
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk));
  socket.write(`GET /metrics HTTP/1.1\r\nX: ${"x".repeat(10_000)}`);
  await once(socket, "close");
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

it("it ends with the server, also for who waits for an answer", async () => {
  const server = await started(...METRICS);
  const port = metricsPort(server);
  const waits = await scraper(server);
  const over = once(waits, "close");
  await server.end();
  await over;
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow(/fetch failed/);
});

it("an address that is taken is said, and nothing is left open", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(startServer(["--metrics", `127.0.0.1:${port}`])).rejects.toThrow(
    new RegExp(`^--metrics 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`),
  );
});

it.skipIf(!canParse)(
  "the page is read by the parser of Prometheus's own library (skipped without it: apt install python3-prometheus-client)",
  async () => {
    const server = await started(...METRICS);
    const { client } = await newUser(server, "alice");
    await newUser(server, "bob");
    await ok(client.request("send bob halo"));
    await refused((await server.connect()).request(`auth alice ${PASSWORD}x`));
    const page = await metricsOf(server);
    const families = parsed(page);
    expect(families.filter(({ help }) => !/^[A-Z0-9].*\.$/.test(help)).map(({ name }) => name)).toEqual([]);
    expect(families.map(({ name }) => name).filter((name) => !/^(obrol|process)_/.test(name))).toEqual([]);
    expect(families.find(({ name }) => name === "obrol_requests")?.samples).toEqual(
      expect.arrayContaining([
        ["obrol_requests_total", { operation: "register", code: "ok" }, 2],
        ["obrol_requests_total", { operation: "send", code: "ok" }, 1],
        ["obrol_requests_total", { operation: "login", code: "bad-credentials" }, 1],
      ]),
    );
    expect(families.filter(({ type }) => type === "histogram").map(({ name, unit }) => [name, unit])).toEqual([
      ["obrol_turn_seconds", "seconds"],
      ["obrol_commit_seconds", "seconds"],
    ]);
    expect(families.find(({ name }) => name === "obrol_build")?.samples).toMatchObject([
      ["obrol_build_info", { version: expect.stringMatching(/^\d+\.\d+/) as string }, 1],
    ]);
  },
);
