/** Servers that are linked with each other, as a user would link them: one `addrealm` for two servers. */
import { expect } from "vitest";
import type { ChatClient } from "../../src/client/client.ts";
import { ok, PASSWORD } from "./people.ts";
import type { TestServer } from "./server.ts";
import { until } from "./until.ts";

/** What `realms` tells of one realm; see PROTOCOL.md, "What users see". */
export interface Known {
  readonly realm: string;
  readonly own: boolean;
  readonly state?: string;
  readonly key?: string;
  readonly queued?: number;
  readonly oldest?: string;
  readonly error?: string;
}

/** What a logged-in user is told of another realm. */
export async function known(client: ChatClient, realm: string): Promise<Known | undefined> {
  const { data } = await ok(client.request("realms"));
  return (data as Known[]).find((one) => one.realm === realm);
}

/** Waits until a logged-in user is told that the other realm is linked. */
export async function linked(client: ChatClient, realm: string): Promise<void> {
  await until(`${realm} is linked`, async () => (await known(client, realm))?.state === "linked");
}

/** Waits until nothing waits for the other realm any more. */
export async function drained(client: ChatClient, realm: string): Promise<void> {
  await until(`nothing waits for ${realm}`, async () => (await known(client, realm))?.queued === 0);
}

/** Links every two of the servers, each by the name of its `--realm`. */
export async function link(servers: Readonly<Record<string, TestServer>>): Promise<void> {
  const all = Object.entries(servers);
  const observers = await Promise.all(all.map(([, server]) => observer(server)));
  for (const [i, [name]] of all.entries()) {
    for (const [j, [other, { host, port }]] of all.entries()) {
      if (j > i) await ok((observers[i] as ChatClient).request(`addrealm ${other} ${host} ${port}`));
      if (j > i)
        await Promise.all([linked(observers[i] as ChatClient, other), linked(observers[j] as ChatClient, name)]);
    }
  }
  for (const client of observers) client.close();
}

/** Who looks at `realms`; the same user each time. */
async function observer(server: TestServer): Promise<ChatClient> {
  const client = await server.connect();
  const { code } = await client.request(`register observer ${PASSWORD} observer indonesia`);
  if (code !== undefined) expect((await client.request(`auth observer ${PASSWORD}`)).status).toBe("OK");
  return client;
}
