/** Files given, passed on and taken back in any order, by members who come and go: who has what is as told. */

import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { download, sha256, uploaded } from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { newUser, ok, type Person } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { storedBelow } from "../support/uploads.ts";

const PEOPLE = 4;

let server: TestServer;
let round = 0;

beforeAll(async () => {
  server = await startServer(["--memory"]);
});
afterAll(() => server.stop());

interface Share {
  readonly from: number;
  /** A person, or the group. */
  readonly to: number | "group";
}

interface Known {
  readonly id: string;
  readonly name: string;
  readonly shares: Share[];
  /** Those who have taken it back, or have sent it to a group they left: what they may is not asked. */
  readonly unsure: Set<number>;
}

type Step =
  | { readonly is: "upload" | "pass"; readonly who: number; readonly to: number | "group"; readonly file: number }
  | { readonly is: "unsend"; readonly who: number; readonly file: number }
  | { readonly is: "join" | "leave"; readonly who: number };

const who = fc.nat(PEOPLE - 1);
const to = fc.oneof({ weight: 3, arbitrary: who }, { weight: 2, arbitrary: fc.constant("group" as const) });
const file = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ is: fc.constant("upload" as const), who, to, file }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant("pass" as const), who, to, file }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant("unsend" as const), who, file }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constantFrom("join" as const, "leave" as const), who }) },
);

/** The world as it should be. */
class World {
  readonly files: Known[] = [];
  readonly members = new Set<number>();

  has(person: number, { shares }: Known): boolean {
    return shares.some(
      ({ from, to }) => from === person || to === person || (to === "group" && this.members.has(person)),
    );
  }

  leave(person: number): void {
    this.members.delete(person);
    for (const { shares, unsure } of this.files) {
      if (shares.some(({ from, to }) => from === person && to === "group")) unsure.add(person);
    }
  }
}

it("who may download a file, and whose lists it is in, follows from what was done, in any order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const name = (person: number): string => `u${person}r${round}`;
      round++;
      const group = `kelas${round}`;
      const people: Person[] = [];
      for (let i = 0; i < PEOPLE; i++) people.push(await newUser(server, name(i)));
      const world = new World();
      await ok((people[0] as Person).client.request(`addgroup ${group}`));
      world.members.add(0);
      for (const one of steps) await take(one, world, people, name, group);
      await compare(world, people, name, group);
      for (const { client } of people) client.close();
    }),
    { numRuns: 40 },
  );
});

async function take(
  one: Step,
  world: World,
  people: readonly Person[],
  name: (person: number) => string,
  group: string,
): Promise<void> {
  const { client, token } = people[one.who] as Person;
  if (!("file" in one)) {
    const reply = await client.request(`${one.is === "join" ? "joingroup" : "leave"} ${group}`);
    expect(reply.status === "OK").toBe(world.members.has(one.who) === (one.is === "leave"));
    if (one.is === "leave") world.leave(one.who);
    else world.members.add(one.who);
    return;
  }
  if (one.is === "upload") {
    if (one.to === "group" && !world.members.has(one.who)) return;
    const file = `berkas-${world.files.length}`;
    const receiver = one.to === "group" ? `#${group}` : name(one.to);
    const sent = await uploaded(server, token, { to: receiver, name: file, content: `isi ${file}` });
    const shares = [{ from: one.who, to: one.to }];
    world.files.push({ id: sent.file.id, name: file, shares, unsure: new Set() });
    return;
  }
  const file = world.files[one.file % Math.max(1, world.files.length)];
  if (!file || file.unsure.has(one.who)) return;
  if (one.is === "pass") {
    if (one.to === "group" && !world.members.has(one.who)) return;
    const to = one.to === "group" ? `sendfilegroup ${group}` : `sendfile ${name(one.to)}`;
    const reply = await client.request(`${to} ${file.name}`);
    if (world.has(one.who, file)) {
      expect(reply).toMatchObject({ status: "OK", file: { id: file.id } });
      file.shares.push({ from: one.who, to: one.to });
    } else {
      expect(reply).toMatchObject({ code: "file-not-found" });
    }
    return;
  }
  const mine = file.shares.filter(({ from }) => from === one.who);
  const reply = await client.request(`unsend ${file.id}`);
  if (mine.length === 0) {
    expect(reply).toMatchObject({ code: "file-not-found" });
    return;
  }
  expect(reply).toMatchObject({ status: "OK" });
  for (const share of mine) file.shares.splice(file.shares.indexOf(share), 1);
  if (file.shares.length > 0) file.unsure.add(one.who);
}

async function compare(
  world: World,
  people: readonly Person[],
  name: (person: number) => string,
  group: string,
): Promise<void> {
  for (const [person, { client, token }] of people.entries()) {
    for (const file of world.files) {
      if (file.unsure.has(person)) continue;
      const { reply, body } = await download(server, token, file.id);
      const what = `${name(person)} and ${file.name}`;
      if (world.has(person, file)) expect(sha256(body), what).toBe(sha256(`isi ${file.name}`));
      else expect(reply, what).toMatchObject({ code: "file-not-found" });
    }
    const listed = async (request: string): Promise<Record<string, readonly string[]>> => {
      const { data } = await ok(client.request(request));
      const there = (data as { name: string; to?: string[]; gone?: true }[]).filter(({ gone }) => !gone);
      return Object.fromEntries(there.map((one) => [one.name, (one.to ?? []).toSorted((a, b) => (a < b ? -1 : 1))]));
    };
    const called = (to: number | "group"): string => (to === "group" ? `#${group}` : name(to));
    const own = world.files.flatMap(({ name: file, shares }) => {
      const to = shares.filter(({ from }) => from === person).map((share) => called(share.to));
      return to.length > 0 ? [[file, [...new Set(to)].toSorted((a, b) => (a < b ? -1 : 1))] as const] : [];
    });
    expect(await listed("files"), `files of ${name(person)}`).toEqual(Object.fromEntries(own));
    const given = world.files.filter(({ shares }) =>
      shares.some(({ from, to }) => to === person || (to === "group" && from !== person && world.members.has(person))),
    );
    expect(Object.keys(await listed("files received")).toSorted(), `files received of ${name(person)}`).toEqual(
      given.map((file) => file.name).toSorted(),
    );
  }
}

it("when all is taken back nothing is left on disk, and nothing before", async () => {
  const uploads = join(testFolder(), "uploads");
  const here = await started("--memory", "--uploads", uploads);
  const alice = await newUser(here, "alice");
  const bob = await newUser(here, "bob");
  await newUser(here, "carol");
  const sent = [];
  for (let i = 0; i < 6; i++)
    sent.push(await uploaded(here, alice.token, { to: "bob", name: `berkas-${i}`, content: `isi ${i}` }));
  for (let i = 0; i < 3; i++) await ok(bob.client.request(`sendfile carol berkas-${i}`));
  for (const { file } of sent) await ok(alice.client.request(`unsend ${file.id}`));
  await until("three are left", () => storedBelow(uploads).length === 3);
  for (const { file } of sent.slice(0, 3)) {
    expect((await download(here, bob.token, file.id)).reply).toMatchObject({ status: "OK" });
    await ok(bob.client.request(`unsend ${file.id}`));
  }
  await until("none is left", () => storedBelow(uploads).length === 0);
});
