/** The rows of README's table of failures: what people notice of each. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { Client } from "../../src/connection/client.ts";
import { LinkError } from "../../src/connection/errors.ts";
import type { Wire } from "../../src/connection/wire.ts";
import { residentMb } from "../bench/processes.ts";
import { history, loggedIn, newUser, ok, PASSWORD } from "../support/people.ts";
import { until } from "../support/until.ts";
import { freezeInTurn } from "./faults.ts";
import { type Node, Stage } from "./stage.ts";

/** Nodes as processes, ended with the test. */
async function staged<Nodes extends readonly Node[]>(count: Nodes["length"]): Promise<{ stage: Stage; nodes: Nodes }> {
  const stage = await Stage.set(count);
  onTestFinished(() => stage.stop());
  return { stage, nodes: stage.nodes as unknown as Nodes };
}

/** Over a connection that comes back, wherever it is led. */
async function comingBack({ host, port }: { readonly host: string; readonly port: number }, user: string): Promise<Client> {
  const client = await Client.connect({ host, port, user, password: PASSWORD });
  onTestFinished(() => client.close());
  return client;
}

/** From now on whoever commits waits, until the gate is opened. */
async function holdCommits(stage: Stage): Promise<{ isReached(): Promise<boolean>; open(): Promise<void> }> {
  const key = 42;
  await stage.ask(`
    CREATE FUNCTION obrol.gate() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${key}); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON obrol.log
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION obrol.gate()`);
  const holder = await stage.connect();
  await holder.query(`SELECT pg_advisory_lock(${key})`);
  let isOpen = false;
  const open = async (): Promise<void> => {
    if (!isOpen) await holder.end();
    isOpen = true;
  };
  onTestFinished(open);
  return {
    async isReached() {
      const waiting = await stage.ask("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = 'COMMIT'");
      return waiting.length > 0;
    },
    open,
  };
}

const isKept = async (stage: Stage, text: string): Promise<boolean> =>
  (await stage.ask(`SELECT 1 FROM obrol.messages WHERE text = '${text}'`)).length > 0;

/** The texts of a conversation, asked of a node until it answers. */
async function shownBy(node: Node, user: string, other: string): Promise<readonly string[]> {
  return until(`${node.name} shows it`, async () => {
    try {
      const { client } = await loggedIn(node.process, user);
      return await history(client, other);
    } catch {
      return undefined;
    }
  });
}

test("where the answer to a commit is lost, and PostgreSQL too, nobody is told that nothing was kept", async () => {
  const { stage, nodes } = await staged<[Node]>(1);
  const [node] = nodes;
  const { client: alice } = await newUser(node.process, "alice");
  await newUser(node.process, "bob");
  const gate = await holdCommits(stage);
  const answer = alice.request("send bob penting").catch((error: unknown) => error);
  await until("the commit is under way", () => gate.isReached());
  node.way.loseReplies(true);
  await gate.open();
  await until("it is kept", () => isKept(stage, "penting"));
  node.way.refuse(true);
  node.way.cut();
  expect(await answer).toBeInstanceOf(LinkError);
  node.way.loseReplies(false);
  node.way.refuse(false);
  expect(await shownBy(node, "bob", "alice")).toEqual(["penting"]);
});
