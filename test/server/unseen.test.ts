/** Who is not in a group: what is said there, and what becomes of it, is in no reply, event, result of a search or count of his. */
import { expect, onTestFinished, test } from "vitest";
import { exampleOf } from "../../src/client/examples.ts";
import type { Wire } from "../../src/connection/wire.ts";
import type { Operation } from "../../src/contract/operations.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import { butPresence, hasRead, newUser, ok } from "../support/people.ts";
import { startServer } from "../support/server.ts";

/** In all that he may not see. */
const SECRET = "rahasia-kelas";

/** What stands in an example for the id of a message, or of a file. */
const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

/** They would end his session or let him be another, end what he is told, speak with other servers, or wait for bytes. */
const LEFT_OUT: ReadonlySet<Operation> = new Set([
  "login",
  "logout",
  "watch",
  "changePassword",
  "dialect",
  "addRealm",
  "linkHello",
  "linkProve",
  "linkAnswer",
  "linkCall",
  "upload",
] as const);

/** Every request of every dialect, about the group, its owner, and each of these ids. */
function walk(token: string, ids: readonly string[]): readonly (readonly [dialect: string, request: string])[] {
  return dialectNames.flatMap((dialect) => {
    const rows = dialectNamed(dialect).rows.filter(({ operation }) => !LEFT_OUT.has(operation));
    const requests = rows.flatMap((row) => {
      const example = exampleOf(row).replace("TOKEN", token).replace("rapat", SECRET).replace("a.pdf", `${SECRET}.txt`);
      const about = ID.test(example) ? ids.map((id) => example.replace(ID, id)) : [example];
      return about.flatMap((one) => [one.replace(/\bbob\b/, "alice"), one.replace(/\bbob\b/, "#kelas")]);
    });
    const more = dialect === "native" ? ids.map((id) => `sync since ${id}`) : [];
    return [...new Set([...requests, ...more])].map((request) => [dialect, request] as const);
  });
}

/** What he is answered, with ids, times and tokens by the order in which they appear. */
async function answers(client: Wire, token: string, ids: readonly string[]): Promise<string[]> {
  const names = new Map<string, string>(ids.map((id, i) => [id, `known ${i}`]));
  const name = (id: string): string => {
    const known = names.get(id) ?? `id ${names.size}`;
    names.set(id, known);
    return known;
  };
  const all: string[] = [];
  for (const [dialect, request] of walk(token, ids)) {
    await client.request(`dialect ${dialect}`);
    all.push(`${dialect}: ${request} → ${JSON.stringify(await client.request(request))}`);
  }
  return all.map((text) =>
    text
      .replace(new RegExp(ID, "g"), name)
      .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, "time")
      .replace(/"key":"[^"]*"/, "key")
      // How far the index is: on a busy machine it may take a while.
      .replace(',"behind":true', ""),
  );
}

/** How somebody comes to be no member: he was put out, was never in, or went. */
const fates = {
  "is banned": ["ban kelas bob"],
  "was put out": ["kick kelas bob"],
  "was never in it": undefined,
} as const;

/** @param isSaid whether what he may not see has happened */
async function seenBy(fate: keyof typeof fates, isSaid: boolean): Promise<{ replies: string[]; events: string }> {
  // Its clock stands still: nobody is logged in for so long that he is there without watching.
  const server = await startServer(["--realm", "kampus", "--memory", "--dialect", "auto"], undefined, "standing");
  onTestFinished(() => server.stop());
  const told: unknown[] = [];
  const { client: alice } = await newUser(server, "alice");
  const { client: bob, token } = await newUser(server, "bob", { onEvent: butPresence((event) => told.push(event)) });
  const { client: carl } = await newUser(server, "carl");
  const member = fates[fate] ? bob : carl;
  await ok(alice.request("addgroup kelas"));
  await ok(member.request("joingroup kelas"));
  if (member !== carl) await ok(carl.request("joingroup kelas"));
  const old = String((await ok(alice.request("sendgroup kelas dulu")))["id"]);
  const his = String((await ok(member.request("sendgroup kelas juga dulu")))["id"]);
  for (const deed of fates[fate] ?? []) await ok(alice.request(deed));
  await ok(alice.request("group set kelas access invite"));
  await ok(alice.request("group set kelas listed yes"));
  await ok(bob.request("watch on"));
  told.length = 0;
  // Ids of nothing.
  let hidden: readonly string[] = ["01a1fc92-5ef7-7000-8000-080000b221e4", "01a1fc92-5ef7-7000-8000-080000b221e5"];
  if (isSaid) {
    const { id } = await ok(alice.request(`sendgroup kelas ${SECRET} @bob`));
    const { file } = await ok(carl.request(`sendfilegroup kelas ${SECRET}.txt aGFsbw==`));
    hidden = [String(id), (file as { id: string }).id];
    for (const deed of [
      `reply ${his} ${SECRET} @bob`,
      `edit ${old} ${SECRET}`,
      `react ${his} 👍`,
      `pin ${his}`,
      `forward ${id} carl`,
      `send carl ${SECRET} @bob`,
      `sendfile carl ${SECRET}.txt aGFsbw==`,
    ]) {
      await ok(alice.request(deed));
    }
  }
  const replies = await answers(bob, token, [old, his, ...hidden]);
  await hasRead(server);
  return { replies, events: JSON.stringify(told).replace(new RegExp(ID, "g"), "id") };
}

test.each(Object.keys(fates) as (keyof typeof fates)[])(
  "who %s finds nothing of it, whatever he asks, and is told nothing",
  async (fate) => {
    const [happened, quiet] = [await seenBy(fate, true), await seenBy(fate, false)];
    expect(happened.replies).toEqual(quiet.replies);
    expect(happened.events).not.toContain(SECRET);
    expect(happened.replies.length).toBeGreaterThan(300);
  },
);
