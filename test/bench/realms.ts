/** Two servers that are linked, and what a message between them costs. */
import { join } from "node:path";
import { ChatClient, isOk } from "../../src/client/client.ts";
import { across, type Figure } from "./load.ts";
import { obrol, type Running } from "./servers.ts";

const UNDER_WAY = 512;

/** Both stores on disk. */
export async function betweenRealms(): Promise<Figure> {
  const bench = (realm: string): ReturnType<typeof obrol> =>
    obrol(realm, (folder) => ["--realm", realm, "--data", join(folder, "data")]);
  const here = await bench("here").start(["s0"]);
  const there = await bench("there").start(["r0"]);
  await link(here, there);
  const figure = await across(bench("here"), here, there, "there", UNDER_WAY);
  await here.stop();
  await there.stop();
  return figure;
}

async function link(here: Running, there: Running): Promise<void> {
  const client = await ChatClient.connect({ host: "127.0.0.1", port: here.port });
  const reply = await client.request(`addrealm there 127.0.0.1 ${there.port}`);
  if (!isOk(reply) || reply["state"] !== "linked") throw new Error(`not linked: ${JSON.stringify(reply)}`);
  client.close();
}
