/** What some peers do must not harm the others, nor those who have only asked for much. */
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { machine } from "../../src/world/world.ts";
import { hasRead, inbox, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { startServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const KIB = 1024;

it("a large file that is read slowly arrives whole, though events come meanwhile", async () => {
  const server = await started("--memory", "--max-output", "64K");
  const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
  // More than the sockets of both sides take in.
  const content = Buffer.alloc(11 * KIB * KIB, "isi berkas ").toString("base64");
  await ok(alice.client.request(`sendfile bob besar ${content}`));

  const wire = new Wire(server).request(`watch ${bob.token} on`);
  await wire.first(1);
  const begun = wire.pauseAfterNext();
  wire.request(`download_file ${bob.token} alice besar`);
  await begun;
  const texts = Array.from({ length: 20 }, (_, i) => `pesan ${i}`);
  for (const text of texts) await ok(alice.client.request(`send bob ${text}`));
  const [, reply, ...events] = await wire.resume().first(2 + texts.length);
  expect(reply?.status).toBe("OK");
  expect(reply?.data === content).toBe(true);
  expect(events).toMatchObject(texts.map((message) => ({ event: "message", data: { message } })));
  expect(server.log()).not.toContain("reader-too-slow");
  wire.close();
});

it("a peer that was refused and goes on sending does not keep its place", async () => {
  const server = await started("--memory", "--max-connections", "2");
  const { client } = await newUser(server, "alice");
  // It does not close its half when the server closes the other.
  const refused = connect({ host: server.host, port: server.port, allowHalfOpen: true });
  onTestFinished(() => void refused.destroy());
  let told = "";
  refused.on("data", (chunk) => (told += chunk.toString())).on("error", () => {});
  refused.write("x".repeat(8 * KIB + 8));
  await until("it is refused", () => told.includes("too-large"));
  await until("somebody else is let in", async () => {
    if (refused.writable) refused.write("x");
    const [reply] = await new Wire(server).request("ping").end().ended();
    return reply?.status === "OK";
  });
  await ok(client.request("ping"));
});

it("unfinished requests of all together are limited: no large one more, small ones as usual", async () => {
  const server = await started("--memory", "--max-held", "256K");
  const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
  const large = (bytes: number): string => `sendfile ${alice.token} bob berkas ${"QUJD".repeat(bytes / 4)}`;
  const holders: Wire[] = [];
  // The last is small enough to be let in, and with it there is no room left.
  for (const bytes of [100 * KIB, 100 * KIB, 60 * KIB]) {
    holders.push(new Wire(server).send(large(bytes)));
    await hasRead(server);
  }
  const refused = new Wire(server).request(large(100 * KIB));
  expect(await refused.ended()).toMatchObject([{ status: "ERROR", code: "too-many" }]);

  const small = new Wire(server).send(`send ${alice.token} bob sepo`);
  await hasRead(server);
  small.request("tong");
  expect(await small.first(1)).toMatchObject([{ status: "OK" }]);
  await ok(alice.client.request("send bob utuh"));
  expect(await inbox(bob.client, "new")).toEqual(["sepotong", "utuh"]);

  expect(holders.map(({ hasEnded }) => hasEnded)).toEqual([false, false, false]);
  for (const holder of holders) holder.close();
  await until("there is room again", async () => {
    const [reply] = await new Wire(server)
      .request(large(100 * KIB))
      .end()
      .ended();
    return reply?.status === "OK";
  });
  small.close();
});

it("a peer that is gone before the server has looked at it is nobody: nothing that it has sent is done", async () => {
  // Whose address nobody can tell any more passes every limit of an address.
  const looks = Promise.withResolvers<void>();
  const world = {
    ...machine,
    createServer: (then: Parameters<typeof machine.createServer>[0]) =>
      machine.createServer((socket) => void looks.promise.then(() => then(socket))),
  };
  const server = await startServer(["--memory", "--log-level", "debug"], undefined, world);
  onTestFinished(() => server.stop());
  const peer = connect({ host: server.host, port: server.port });
  const gone = new Promise((resolve) => peer.once("close", resolve));
  await new Promise<void>((resolve) => {
    peer.write(`register alice ${PASSWORD} alice indonesia\r\n\r\n`, () => resolve());
  });
  peer.resetAndDestroy();
  await gone;
  looks.resolve();
  const client = await server.connect();
  expect(await refused(client.request(`auth alice ${PASSWORD}`))).toBe("bad-credentials");
  expect(server.log()).not.toMatch(/ registered | peer=control/);
});

it("what anybody can do wrong as often as he likes is a few lines in the log", async () => {
  // All of it is in one second.
  const world = { ...machine, elapsed: () => 0 };
  const server = await startServer(["--memory", "--max-anonymous-request", "1K"], undefined, world);
  onTestFinished(() => server.stop());
  const wrong = ["GET / HTTP/1.1\r\n\r\n", "x".repeat(2 * KIB)];
  for (const bytes of wrong) await Promise.all(Array.from({ length: 20 }, () => new Wire(server).send(bytes).over()));
  for (const event of ["http-refused", "request-too-large"])
    expect([event, server.log().split(` ${event} `).length - 1]).toEqual([event, 5]);
});
