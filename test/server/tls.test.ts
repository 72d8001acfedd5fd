/** Plain and encrypted connections on one port; what goes wrong with one harms nobody else. */
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { WireOptions } from "../../src/connection/wire-options.ts";
import { type Authority, newAuthority, newCertificate, written } from "../support/certificate.ts";
import type { Place } from "../support/connection.ts";
import { testFolder } from "../support/folder.ts";
import { type MovableWorld, movableWorld } from "../support/movable-world.ts";
import { butPresence, loggedIn, newUser, ok, PASSWORD, textIn } from "../support/people.ts";
import { startHere } from "../support/program.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { RawWire } from "../support/raw.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const MIB = 2 ** 20;

let authority: Authority;
let folder: string;
let world: MovableWorld;

beforeEach(() => {
  authority = newAuthority();
  folder = testFolder();
  world = movableWorld();
});

async function started(...options: readonly string[]): Promise<TestServer> {
  const files = written(folder, newCertificate({ by: authority }));
  const server = await startServer(["--memory", "--log-level", "debug", ...files, ...options], undefined, world);
  onTestFinished(() => server.stop());
  return server;
}

/** How chat-client speaks to it. */
function encrypted(): Partial<WireOptions> {
  return { tls: { ca: authority.cert } };
}

/** A bare encrypted connection, which believes anybody. */
function secure<W extends Wire | RawWire>(kind: new (place: Place, socket: never) => W, { host, port }: Place): W {
  return new kind({ host, port }, connectTls({ host, port, rejectUnauthorized: false }) as never);
}

/** The key that the server shows to who comes now. */
async function keyShown({ host, port }: Place): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connectTls({ host, port, rejectUnauthorized: false }, () =>
    resolve(socket.getPeerX509Certificate()?.serialNumber ?? ""),
  );
  socket.on("error", reject);
  return promise.finally(() => socket.destroy());
}

describe("on one port", () => {
  test("people with and without TLS write to each other, and are told as it happens", async () => {
    const server = await started();
    const heard: unknown[] = [];
    const onEvent = butPresence((event) => heard.push(textIn(event)));
    const alice = await newUser(server, "alice", { ...encrypted(), onEvent });
    const bob = await newUser(server, "bob", { onEvent });
    for (const { client } of [alice, bob]) await ok(client.request("watch on"));
    await ok(alice.client.request("send bob dari TLS"));
    await ok(bob.client.request("send alice tanpa TLS"));
    await until("both are told", () => heard.length === 2);
    expect(new Set(heard)).toEqual(new Set(["dari TLS", "tanpa TLS"]));
  });

  test("a handshake that comes byte by byte is one", async () => {
    const proxy = await FaultyProxy.before(await started());
    proxy.split(true);
    const wire = secure(Wire, proxy).request("ping");
    expect(await wire.first(1)).toMatchObject([{ status: "OK", data: "pong" }]);
  });

  test("a plain request that comes byte by byte is one", async () => {
    const proxy = await FaultyProxy.before(await started());
    proxy.split(true);
    expect(await new Wire(proxy).request("ping").first(1)).toMatchObject([{ data: "pong" }]);
  });

  test("requests that come together with the first byte are all answered, and who has ended his half is answered too", async () => {
    const server = await started();
    const plain = new Wire(server).request("ping", "hello", "ping").end();
    expect(await plain.ended()).toMatchObject([{ data: "pong" }, { status: "OK" }, { data: "pong" }]);
    const wire = secure(Wire, server).request("ping", "hello", "ping").end();
    expect(await wire.ended()).toMatchObject([{ data: "pong" }, { status: "OK" }, { data: "pong" }]);
  });

  test("who ends his half without a word is let go", async () => {
    await new Wire(await started()).end().over();
  });

  test("a large file goes up and comes down whole", async () => {
    const server = await started();
    await newUser(server, "bob");
    const { token } = await newUser(server, "alice");
    const content = Buffer.alloc(20 * MIB, "0123456789abcdef!");
    const wire = secure(RawWire, server);
    wire.send(`upload ${token} bob besar.bin ${content.length}\r\n\r\n`);
    await wire.pour(content);
    const { id } = (await wire.reply())["file"] as { id: string };
    wire.request(`download ${token} ${id}`).end();
    const { body } = await wire.answer();
    expect(body.equals(content)).toBe(true);
  });

  test("rubbish behind the first byte of a handshake closes the connection, and the next one is served", async () => {
    const server = await started();
    await new Wire(server).send(Buffer.from([0x16, ...Buffer.from("rubbish\r\n\r\n".repeat(100))])).over();
    await new Wire(server).send(Buffer.of(0x16)).end().over();
    const wire = secure(Wire, server).request("ping");
    expect(await wire.first(1)).toMatchObject([{ data: "pong" }]);
    expect(server.log()).not.toContain(" error ");
  });

  test("rubbish behind a handshake that was done closes the connection too", async () => {
    const server = await started();
    const { host, port } = server;
    const raw = connect({ host, port });
    const socket = connectTls({ socket: raw, rejectUnauthorized: false });
    await new Wire(server, socket).request("ping").first(1);
    const logged = (): number => server.log().match(/ socket-error /g)?.length ?? 0;
    // As if somebody on the way had put something in between: the system's own socket writes it.
    raw.write(Buffer.from([0x17, 3, 3, 0, 32, ...Buffer.alloc(32, 1)]));
    await until("the server has noticed", () => logged() === 1);
    await until("it is gone", () => server.log().includes(" disconnected "));
  });

  test("a connection counts from the moment it comes, whatever it does", async () => {
    const server = await started("--max-connections", "3");
    const silent = new Wire(server);
    const half = new Wire(server).send(Buffer.of(0x16, 3, 1));
    await secure(Wire, server).request("ping").first(1);
    expect(await new Wire(server).request("ping").ended()).toMatchObject([{ code: "too-many" }]);
    silent.close();
    half.close();
    await until("there is room", async () => {
      const [reply] = await new Wire(server).request("ping").first(1);
      return reply?.status === "OK";
    });
  });
});

describe("who is slow", () => {
  test("with a handshake is cut", async () => {
    const server = await started();
    const wire = new Wire(server).send(Buffer.of(0x16, 3, 1));
    await until("it shakes hands", async () => {
      world.move(10_000);
      return wire.hasEnded;
    });
    expect(wire.text).toBe("");
    expect(server.log()).toContain("tls-too-slow");
  });

  test("with a first byte is told what anybody is told who does not log in", async () => {
    const server = await started("--login-timeout", "60s");
    const silent = new Wire(server);
    const late = secure(Wire, server).request("ping");
    await late.first(1);
    world.move(61_000);
    expect(await silent.ended()).toMatchObject([{ code: "no-session" }]);
    expect(await late.ended()).toMatchObject([{ data: "pong" }, { code: "no-session" }]);
  });

  test("is not waited for when the server stops", async () => {
    const server = await started();
    const [silent, half] = [new Wire(server), new Wire(server).send(Buffer.of(0x16))];
    const done = secure(Wire, server).request("ping");
    await done.first(1);
    await server.end();
    for (const wire of [silent, half, done]) await wire.over();
    expect([silent.text, half.text]).toEqual(["", ""]);
  });
});

describe("--tls-only", () => {
  test("answers a plain request with one error, in the words of its dialect, and closes", async () => {
    const server = await started("--tls-only");
    expect(await new Wire(server).request(`auth alice ${PASSWORD}`, "ping").ended()).toEqual([
      expect.objectContaining({ status: "ERROR", code: "tls-required" }),
    ]);
    expect(await new Wire(server).send("ping\n").ended()).toMatchObject([{ code: "tls-required" }]);
    const basic = await started("--tls-only", "--dialect", "basic");
    expect(await new Wire(basic).request("inbox").ended()).toMatchObject([
      { code: "tls-required", message: "Server ini hanya menerima TLS" },
    ]);
  });

  test("serves who is encrypted", async () => {
    const { client } = await newUser(await started("--tls-only"), "alice", encrypted());
    await ok(client.request("inbox"));
  });
});

describe("a certificate", () => {
  test("that has been replaced is shown to who comes then; who is there stays", async () => {
    const server = await started();
    const { client } = await newUser(server, "alice", encrypted());
    const before = await keyShown(server);
    written(folder, newCertificate({ by: authority }));
    const after = await until("the new one is shown", async () => {
      world.move(1000);
      const shown = await keyShown(server);
      return shown !== before && shown;
    });
    expect(after).not.toBe(before);
    await ok(client.request("ping"));
    await loggedIn(server, "alice", encrypted());
  });

  test("is found where a symlink leads that has been changed", async () => {
    const places = [1, 2].map((n) => {
      const place = join(folder, String(n));
      const { cert, key } = newCertificate({ by: authority });
      writeFileSync(`${place}.cert`, cert);
      writeFileSync(`${place}.key`, key);
      return place;
    });
    const link = (kind: string, to: string): void => {
      symlinkSync(to, join(folder, "new"));
      renameSync(join(folder, "new"), join(folder, kind));
    };
    for (const kind of ["cert", "key"]) link(kind, `${places[0]}.${kind}`);
    const [cert, key] = [join(folder, "cert"), join(folder, "key")];
    const server = await startServer(["--memory", "--tls-cert", cert, "--tls-key", key], undefined, world);
    onTestFinished(() => server.stop());
    const before = await keyShown(server);
    for (const kind of ["cert", "key"]) link(kind, `${places[1]}.${kind}`);
    world.move(1000);
    expect(await keyShown(server)).not.toBe(before);
  });

  test("that is of no use leaves the old one in its place, and the log says so once", async () => {
    const server = await started();
    const before = await keyShown(server);
    const wrong = newCertificate().key;
    for (const break_ of [
      () => writeFileSync(join(folder, "key.pem"), wrong),
      () => writeFileSync(join(folder, "cert.pem"), "no certificate"),
      () => rmSync(join(folder, "cert.pem")),
      () => symlinkSync(join(folder, "key.pem", "below-a-file"), join(folder, "cert.pem")),
    ]) {
      const said = (): number => server.log().match(/ error certificate-not-used /g)?.length ?? 0;
      const sayings = said();
      break_();
      for (let i = 0; i < 3; i++) {
        world.move(1000);
        expect(await keyShown(server)).toBe(before);
      }
      expect(said()).toBe(sayings + 1);
    }
    rmSync(join(folder, "cert.pem"));
    written(folder, newCertificate({ by: authority }));
    world.move(1000);
    expect(await keyShown(server)).not.toBe(before);
  });

  test.each([
    [
      "without its key",
      () => ["--tls-cert", join(folder, "cert.pem")],
      /^--tls-cert and --tls-key: one needs the other$/,
    ],
    ["that is not there", () => ["--tls-cert", "none.pem", "--tls-key", "none.pem"], /^--tls-cert: ENOENT.*none\.pem/],
    [
      "that is none",
      () => ["--tls-cert", join(folder, "key.pem"), "--tls-key", join(folder, "key.pem")],
      /no certificate in PEM/,
    ],
    [
      "whose key is none",
      () => ["--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "cert.pem")],
      /no key in PEM/,
    ],
    [
      "with the key of another",
      () => ["--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "other.pem")],
      /is not the key/,
    ],
    ["that is missing for --tls-only", () => ["--tls-only"], /^--tls-only: needs --tls-cert and --tls-key$/],
  ])("%s keeps the server from starting, in one line", async (_, options, text) => {
    written(folder, newCertificate());
    writeFileSync(join(folder, "other.pem"), newCertificate().key);
    const failed = startHere(["--memory", "--port", "0", ...options()], { folder });
    await expect(failed).rejects.toThrow(text);
    await expect(failed).rejects.not.toThrow(/\n/);
  });

  test("that has expired is warned of", async () => {
    const files = written(folder, newCertificate({ until: new Date(Date.now() - 1000) }));
    const server = await startServer(["--memory", ...files]);
    onTestFinished(() => server.stop());
    expect(server.log()).toContain(" warn certificate until=");
  });
});
