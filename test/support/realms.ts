/** Servers that are linked with each other, as a user links them: one `addrealm` for every two of them. */
import type { Wire } from "../../src/connection/wire.ts";
import type { WireOptions } from "../../src/connection/wire-options.ts";
import { House, HouseProcess } from "./house.ts";
import { loggedIn, newUser, ok, type Person } from "./people.ts";
import { until } from "./until.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

interface Linkable extends Place {
  readonly realm: string;
  connect(options?: Partial<WireOptions>): Promise<Wire>;
}

/** What `realms` tells of another realm; see PROTOCOL.md, "What users see". */
interface Known {
  readonly realm: string;
  readonly state: string;
  readonly queued: number;
  readonly oldest?: string;
}

/** What a logged-in user is told of another realm. */
export async function known(client: Wire, realm: string): Promise<Known | undefined> {
  const { data } = await ok(client.request("realms"));
  return (data as Known[]).find((one) => one.realm === realm);
}

/** Waits until the other realm is linked, as a logged-in user is told. */
export async function linked(client: Wire, realm: string): Promise<void> {
  await until(`${realm} is linked`, async () => (await known(client, realm))?.state === "linked");
}

/** How long, in ms, a realm may not try again whose link has failed several times: 2, 4, 8 … s, up to five minutes. */
const LONGEST_PAUSES_MS = 240_000;

/** Waits until nothing waits for the other realm any more. */
export async function drained(client: Wire, realm: string): Promise<void> {
  const isEmpty = async (): Promise<boolean> => (await known(client, realm))?.queued === 0;
  await until(`nothing waits for ${realm}`, isEmpty, undefined, LONGEST_PAUSES_MS);
}

/** Links two servers; `at` is where the first one finds the second. */
export async function link(one: Linkable, other: Linkable, at: Place = other): Promise<void> {
  const [here, there] = await Promise.all([observer(one), observer(other)]);
  await ok(here.request(`addrealm ${other.realm} ${at.host} ${at.port}`));
  await Promise.all([linked(here, other.realm), linked(there, one.realm)]);
  here.close();
  there.close();
}

/** Somebody who looks at `realms`: a user for this alone. */
async function observer(server: Linkable): Promise<Wire> {
  const { client } = await newUser(server, "observer").catch(() => loggedIn(server, "observer"));
  return client;
}

export interface Pair<H extends House> {
  readonly kampus: H;
  readonly rumah: H;
  readonly alice: Person;
  readonly bob: Person;
}

/** Two realms in this process that are not linked yet, alice at kampus and bob at rumah. @param options of kampus. */
export function pair(...options: readonly string[]): Promise<Pair<House>> {
  return pairOf(House, options);
}

/** The same, each a process of its own. */
export function pairOfProcesses(...options: readonly string[]): Promise<Pair<HouseProcess>> {
  return pairOf(HouseProcess, options);
}

async function pairOf<H extends House>(
  kind: { of(realm: string, ...options: readonly string[]): Promise<H> },
  options: readonly string[],
): Promise<Pair<H>> {
  const kampus = await kind.of("kampus", ...options);
  const rumah = await kind.of("rumah");
  return { kampus, rumah, alice: await newUser(kampus, "alice"), bob: await newUser(rumah, "bob") };
}
