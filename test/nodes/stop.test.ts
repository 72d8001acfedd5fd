/** A node is told to stop, or cannot go on, while it is not known what has become of its turn: it ends at once. */
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { engineOfFile } from "../support/nodes.ts";
import { holdCommits, isCommitHeld } from "../support/obrol-schema.ts";
import { inbox, loggedIn, newUser, type Person } from "../support/people.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { type LocalServer, startServer } from "../support/server.ts";
import { meanwhile } from "../support/time.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile();

/** A node whose turn PostgreSQL has been told to keep, and waits with; `database` is a connection past the node's way there. */
async function held(): Promise<{
  node: LocalServer;
  way: FaultyProxy;
  database: Client;
  again(): Promise<LocalServer>;
}> {
  const of = await engine();
  const direct = await of.database();
  const database = new Client({ connectionString: direct });
  await database.connect();
  onTestFinished(() => database.end());
  const way = await FaultyProxy.before(of);
  const url = new URL(direct);
  url.host = `${way.host}:${way.port}`;
  const folder = testFolder();
  const rest = ["--realm", "kota", "--data", `${folder}/data`, "--uploads", `${folder}/uploads`];
  const started = (store: string): Promise<LocalServer> =>
    until("it starts", () => startServer(["--store", store, ...rest]).catch(() => undefined));
  const node = await started(url.href);
  onTestFinished(() => meanwhile(node, node.stop()));
  const alice = await newUser(node, "alice");
  await newUser(node, "bob");
  await holdCommits(database);
  speak(alice);
  await until("its turn waits", () => isCommitHeld(database));
  const again = async (): Promise<LocalServer> => {
    await database.query("SELECT pg_advisory_unlock(42); DROP TRIGGER gate ON obrol.log");
    const next = await started(direct);
    onTestFinished(() => next.stop());
    return next;
  };
  return { node, way, database, again };
}

/** She gets no answer. */
function speak({ client }: Person): void {
  client.request("send bob halo").catch(() => {});
}

test("a node that is told to stop while PostgreSQL is away, and its turn in doubt, ends, and the next start says what is so", async () => {
  const { node, way, again } = await held();
  way.refuse(true);
  way.cut();
  await until("it has noticed", () => node.log().includes(" store-lost "));
  await meanwhile(node, node.end());
  const next = await again();
  const { client } = await loggedIn(next, "bob");
  expect(["halo", ""]).toContain((await inbox(client, "all")).join());
});

test("a node that is told to stop while its turn is in doubt, and for which PostgreSQL goes only then, ends", async () => {
  const { node, way } = await held();
  const ended = meanwhile(node, node.end());
  way.refuse(true);
  way.cut();
  await ended;
});

test("a node that cannot go on while its turn is in doubt ends", async () => {
  const { node, way, database } = await held();
  await database.query("UPDATE obrol.log SET nonce = 'another'");
  way.cut();
  await until("it has noticed", () => node.log().includes("the store has lost what this node has seen of it"));
  await meanwhile(node, node.end());
});
