/** Who is banned is not let in, wherever he is banned from; everybody else notices nothing. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { fileFor } from "../../src/bin/print.ts";
import { serverSettings } from "../../src/bin/server.ts";
import type { ServerSettings } from "../../src/bin/server-options.ts";
import { dialectNames } from "../../src/protocol/dialects/index.ts";
import { StorageError } from "../../src/state/entities.ts";
import type { ChangeLog } from "../../src/state/log.ts";
import { newAdmin, operatorOf } from "../support/admin.ts";
import { newCertificate, written } from "../support/certificate.ts";
import { testFolder } from "../support/folder.ts";
import { loggedIn, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { inBinary } from "../support/proxy-headers.ts";
import { RawWire } from "../support/raw.ts";
import { startServer } from "../support/server.ts";
import { started, startedProcess } from "../support/started.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const HOUR_MS = 3600_000;
const OTHER = "127.0.0.2";
// Only Linux has more loopback addresses than one without set-up.
const manyAddresses = process.platform === "linux";

const LOGINS: Readonly<Record<string, string>> = { multirealm: "login", unix: "auth_login" };

describe("a user who is banned", () => {
  it("is told why and until when, whatever password he gives, in every dialect", async () => {
    const server = await started();
    await newUser(server, "alice");
    const operator = await operatorOf(server);
    const { until: end } = await ok(operator.request("admin ban Alice for 7d writes to everybody"));
    for (const dialect of dialectNames) {
      for (const password of [PASSWORD, "salah"]) {
        const wire = new Wire(server).request(`dialect ${dialect}`, `${LOGINS[dialect] ?? "auth"} alice ${password}`);
        const [, reply] = await wire.first(2);
        expect(reply, dialect).toMatchObject({ code: "banned", detail: `writes to everybody; until ${end}` });
        wire.close();
      }
    }
    await newUser(server, "bob");
  });

  it("is told so before anything is hashed: however often he tries, it is no guess", async () => {
    const server = await started();
    await newUser(server, "alice");
    await ok((await operatorOf(server)).request("admin ban alice"));
    const client = await server.connect();
    for (let i = 0; i < 20; i++) expect(await refused(client.request("auth alice salah"))).toBe("banned");
    expect(server.log()).not.toMatch(/login-failed|login-throttled/);
  });

  it("has no session any more, and his connections end", async () => {
    const server = await started();
    const alice = await newUser(server, "alice");
    const { client: bob } = await newUser(server, "bob");
    const watching = new Wire(server).request(`resume ${alice.token}`, "watch on");
    await watching.first(2);
    await ok((await operatorOf(server)).request("admin ban alice spam"));
    expect((await watching.ended())[2]).toMatchObject({ code: "banned", detail: "spam" });
    await ok(bob.request("send alice halo"));
    expect(watching.text).not.toMatch(/halo/);
    expect(await refused((await server.connect()).request(`whoami ${alice.token}`))).toBe("no-session");
    await ok(bob.request("whoami"));
  });

  it("gets nothing more of a file that he was fetching, also by a token alone", async () => {
    const server = await started();
    const { client, token } = await newUser(server, "alice");
    const size = 64 * 2 ** 20;
    const sending = new RawWire(server).request(`upload ${token} alice besar.bin ${size}`);
    await sending.pour(Buffer.alloc(size));
    const { reply } = await sending.answer();
    const { id } = reply["file"] as { id: string };
    const fetching = new RawWire(server).request(`download ${token} ${id}`);
    await until("some of it is here", () => fetching.arrived > 0);
    fetching.pause();
    await ok((await operatorOf(server)).request("admin ban alice"));
    fetching.resume();
    await until("the connection ends", () => fetching.hasEnded);
    expect(fetching.arrived).toBeLessThan(size);
    client.close();
  });

  it("is let in again when the ban is lifted, and sees what was written to him meanwhile", async () => {
    const server = await started();
    await newUser(server, "alice");
    const { client: bob } = await newUser(server, "bob");
    const operator = await operatorOf(server);
    await ok(operator.request("admin ban alice"));
    await ok(bob.request("send alice halo"));
    expect(await ok(operator.request("admin unban ALICE"))).toMatchObject({ target: "alice" });
    const { client } = await loggedIn(server, "alice");
    expect(await ok(client.request("inbox"))).toMatchObject({ data: [{ message: "halo" }] });
    expect(await refused(operator.request("admin unban alice"))).toBe("not-banned");
  });

  it("is let in when the ban has ended, and then nobody is banned", async () => {
    const server = await started();
    await newUser(server, "alice");
    const operator = await operatorOf(server);
    await ok(operator.request("admin ban alice for 2h"));
    server.pass(HOUR_MS);
    expect(await refused((await server.connect()).request(`auth alice ${PASSWORD}`))).toBe("banned");
    server.pass(HOUR_MS + 1000);
    expect(await ok(operator.request("admin bans"))).toMatchObject({ data: [] });
    expect(await refused(operator.request("admin unban alice"))).toBe("not-banned");
    await loggedIn(server, "alice");
  });

  it("may be called as an address", async () => {
    const server = await started();
    const { client } = await newUser(server, "127.0.0.9");
    const operator = await operatorOf(server);
    await ok(operator.request("admin ban user:127.0.0.9"));
    expect(await refused((await server.connect()).request(`auth 127.0.0.9 ${PASSWORD}`))).toBe("banned");
    expect(await ok(operator.request("admin bans"))).toMatchObject({ data: [{ target: "user:127.0.0.9" }] });
    client.close();
  });
});

describe.skipIf(!manyAddresses)("an address that is banned", () => {
  it("is told so when it connects, in the server's dialect, and the connection ends", async () => {
    const server = await started("--dialect", "multirealm");
    const operator = await operatorOf(server);
    await ok(operator.request(`admin ban ${OTHER} guesses passwords`));
    expect(await new Wire(server, OTHER).ended()).toEqual([
      expect.objectContaining({ status: "error", code: "banned", detail: "guesses passwords" }),
    ]);
    await ok((await server.connect()).request("dialect native"));
    expect(server.log()).toMatch(/ info ban-refused address=127\.0\.0\.2\n/);
  });

  it("loses the connections that it has, logged in or not; others keep theirs", async () => {
    const server = await started();
    const { token, client } = await newUser(server, "alice");
    const [silent, logged, near] = [OTHER, OTHER, "127.0.0.3"].map((from) => new Wire(server, from));
    await logged?.request(`resume ${token}`).first(1);
    await silent?.request("ping").first(1);
    await near?.request("ping").first(1);
    await ok((await operatorOf(server)).request(`admin ban ${OTHER}/32`));
    for (const wire of [silent, logged]) expect((await wire?.ended())?.[1]).toMatchObject({ code: "banned" });
    expect(await near?.request("ping").first(2)).toHaveLength(2);
    await ok(client.request("whoami"));
  });

  it("is any of a network", async () => {
    const server = await started();
    const operator = await operatorOf(server);
    expect(await ok(operator.request("admin ban 127.1.2.3/16"))).toMatchObject({ target: "127.1.0.0/16" });
    expect(await new Wire(server, "127.1.255.255").ended()).toMatchObject([{ code: "banned" }]);
    await new Wire(server, "127.2.0.0").request("ping").first(1);
    await ok(operator.request("admin unban 127.1.0.0/16"));
    await new Wire(server, "127.1.255.255").request("ping").first(1);
  });

  it("is let in when the ban has ended", async () => {
    const server = await started();
    const operator = await operatorOf(server);
    await ok(operator.request(`admin ban ${OTHER} for 1h`));
    expect(await new Wire(server, OTHER).ended()).toMatchObject([{ code: "banned" }]);
    server.pass(HOUR_MS + 1000);
    await new Wire(server, OTHER).request("ping").first(1);
  });
});

describe("behind a proxy", () => {
  it("it is the address of which its header tells that is banned, of those who come and of those who are there", async () => {
    const server = await started("--proxy-from", "127.0.0.1", "--registration", "open");
    const operator = await operatorOf(server);
    const [guesser, other] = ["203.0.113.7", "198.51.100.1"].map((from) => new Wire(server).send(inBinary(from)));
    for (const wire of [guesser, other]) await wire?.request("ping").first(1);
    await ok(operator.request("admin ban 203.0.113.0/24"));
    expect((await guesser?.ended())?.[1]).toMatchObject({ code: "banned" });
    expect(await new Wire(server).send(inBinary("203.0.113.8")).ended()).toMatchObject([{ code: "banned" }]);
    expect(await other?.request("ping").first(2)).toHaveLength(2);
  });
});

describe.skipIf(!manyAddresses)("an address that is banned while it has said nothing", () => {
  it("is refused once it does: where the first byte tells whether it is encrypted", async () => {
    const files = written(testFolder(), newCertificate());
    const server = await started(...files);
    const silent = new Wire(server, OTHER);
    const operator = await operatorOf(server);
    // Whoever is let in now has come after it.
    await new Wire(server, OTHER).request("ping").first(1);
    await ok(operator.request(`admin ban ${OTHER}`));
    expect(await silent.request("ping").ended()).toMatchObject([{ code: "banned" }]);
  });
});

describe("the operator", () => {
  it("bans nobody by a slip: not administrators, not himself, not everybody", async () => {
    const server = await started("--admin", "kepala", "--realm", "kampus");
    await newAdmin(server, "kepala");
    const { client } = await loggedIn(server, "kepala");
    await newUser(server, "alice");
    const operator = await operatorOf(server);
    const expected: readonly (readonly [string, string])[] = [
      ["KEPALA", "forbidden"],
      ["kepala@kampus", "forbidden"],
      ["@kampus", "forbidden"],
      ["127.0.0.1", "forbidden"],
      ["127.0.0.0/8", "forbidden"],
      ["0.0.0.0/0", "forbidden"],
      ["::1", "forbidden"],
      ["::/0", "forbidden"],
      ["nobody", "user-not-found"],
      ["bob@nowhere", "realm-not-found"],
      ["alice for ever", "bad-request"],
      ["alice for 0d", "bad-request"],
      ["alice 7d", "bad-request"],
      ["alice for 7d \u202espam", "bad-request"],
      [`alice ${"x".repeat(201)}`, "bad-request"],
      ["10.0.0.0/33", "bad-request"],
      ["#kelas", "bad-request"],
    ];
    for (const [target, code] of expected) {
      expect(await refused(operator.request(`admin ban ${target}`)), target).toBe(code);
      expect(await refused(client.request(`admin ban ${target}`)), target).toBe(code);
    }
    expect(await ok(operator.request("admin bans"))).toMatchObject({ data: [] });
  });

  it("has 10,000 bans; those that have ended make room", async () => {
    const server = await started();
    const operator = await operatorOf(server);
    const targets = Array.from({ length: 10_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    const banned = targets.map((target, i) => operator.request(`admin ban ${target}${i === 0 ? " for 1h" : ""}`));
    await Promise.all(banned.map(ok));
    expect(await refused(operator.request("admin ban 192.0.2.7"))).toBe("too-many");
    await ok(operator.request("admin ban 10.0.1.0/24 for 1d again"));
    server.pass(HOUR_MS + 1000);
    await ok(operator.request("admin ban 192.0.2.7"));
    expect((await ok(operator.request("admin bans"))).data).toHaveLength(10_000);
  });

  it.skipIf(!manyAddresses)("cannot ban the network that he asks from", async () => {
    const server = await started("--admin", "kepala");
    await newAdmin(server, "kepala");
    const { token } = await loggedIn(server, "kepala");
    const wire = new Wire(server, "127.5.0.1").request(
      `admin ban ${token} 127.5.0.0/16`,
      `admin ban ${token} 127.6.0.0/16`,
    );
    expect(await wire.first(2)).toMatchObject([{ code: "forbidden" }, { status: "OK" }]);
  });

  it("is nobody else", async () => {
    const server = await started();
    const { client } = await newUser(server, "alice");
    await newUser(server, "bob");
    for (const request of ["admin ban bob", "admin unban bob", "admin bans"]) {
      expect(await refused(client.request(request))).toBe("forbidden");
      expect(await refused((await server.connect()).request(request))).toBe("no-session");
    }
  });

  it("bans again with another reason and end; the list says who did, and the log", async () => {
    const server = await started("--admin", "kepala");
    await newAdmin(server, "kepala");
    const { client } = await loggedIn(server, "kepala");
    await newUser(server, "alice");
    const operator = await operatorOf(server);
    await ok(operator.request("admin ban alice for 30m spam"));
    await ok(client.request("admin ban alice more spam"));
    const { data } = await ok(operator.request("admin bans"));
    expect(data).toEqual([{ target: "alice", reason: "more spam", by: "kepala", time: expect.any(String) }]);
    await ok(operator.request("admin unban alice"));
    expect(server.log()).toMatch(/ info banned target=alice by=operator until=20\d\d-[^ ]+Z\n/);
    expect(server.log()).toMatch(/ info banned target=alice by=kepala address=127\.0\.0\.1\n/);
    expect(server.log()).toMatch(/ info unbanned target=alice by=operator\n/);
  });
});

it("what is printed for fail2ban finds who guesses, and nobody else; it takes the time out of a line first", async () => {
  const options = (await serverSettings([], {})) as ServerSettings;
  const [, given = ""] = /^failregex = (.*)$/m.exec(fileFor("fail2ban", { args: [], options })) ?? [];
  const failed = new RegExp(given.replace("<HOST>", "(?<host>\\S+?)"));
  const server = await started();
  await newUser(server, "alice");
  const wire = new Wire(server, manyAddresses ? OTHER : undefined);
  await wire.request(...Array.from({ length: 6 }, () => "auth alice salah")).first(6);
  const lines = server.log().split("\n");
  const found = lines.map((line) => failed.exec(line.replace(/^\S+/, ""))?.groups?.["host"]).filter(Boolean);
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(found)).toEqual(new Set([manyAddresses ? OTHER : "127.0.0.1"]));
  expect(lines.length).toBeGreaterThan(found.length);
});

describe("a ban is kept", () => {
  it("over a restart, and over a kill once it was acknowledged", async () => {
    const folder = testFolder();
    const first = await startedProcess("--data", folder);
    await newUser(first, "alice");
    const { token } = await newUser(first, "bob");
    const operator = await operatorOf(first);
    await ok(operator.request("admin ban bob"));
    await ok(operator.request("admin unban bob"));
    await ok(operator.request("admin ban alice for 1d spam"));
    await ok(operator.request("admin ban 127.9.0.0/16"));
    await first.kill("SIGKILL");
    const second = await started("--data", folder);
    const client = await second.connect();
    expect(await refused(client.request(`auth alice ${PASSWORD}`))).toBe("banned");
    expect(await refused(client.request(`whoami ${token}`))).toBe("no-session");
    await ok(client.request(`auth bob ${PASSWORD}`));
    if (manyAddresses) expect(await new Wire(second, "127.9.1.1").ended()).toMatchObject([{ code: "banned" }]);
    expect(await ok((await operatorOf(second)).request("admin bans"))).toMatchObject({
      data: [
        { target: "alice", reason: "spam", until: expect.any(String) },
        { target: "127.9.0.0/16", reason: "" },
      ],
    });
  });

  it("or nothing of it has happened: sessions and connections stay", async () => {
    let isFull = false;
    const through = (log: ChangeLog): ChangeLog => ({
      pages: log.pages,
      load: (model) => log.load(model),
      tidy: () => log.tidy(),
      close: () => log.close(),
      commit(changes) {
        if (isFull) throw new StorageError("the disk is full");
        return log.commit(changes);
      },
    });
    const server = await startServer([], through);
    const { client } = await newUser(server, "alice");
    const operator = await operatorOf(server);
    isFull = true;
    expect(await refused(operator.request("admin ban alice"))).toBe("storage");
    isFull = false;
    await ok(client.request("whoami"));
    await loggedIn(server, "alice");
    expect(await ok(operator.request("admin bans"))).toMatchObject({ data: [] });
    await server.stop();
  });

  it("until it has ended, and is forgotten some time after", async () => {
    const folder = testFolder();
    const server = await started("--data", folder);
    await newUser(server, "alice");
    const operator = await operatorOf(server);
    await ok(operator.request("admin ban alice for 1m"));
    const step = passing(server);
    server.pass(HOUR_MS);
    await step();
    await ok(operator.request("ping"));
    await server.end();
    const db = new DatabaseSync(join(folder, "obrol.db"));
    expect(db.prepare("SELECT * FROM bans").all()).toEqual([]);
    db.close();
  });
});
