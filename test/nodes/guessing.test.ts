/** Who tries again and again: one node after the other does not give him more tries than one. */
import { expect, test } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import { machine } from "../../src/world/world.ts";
import { clusterOn, engineOfFile } from "../support/nodes.ts";
import { newUser, PASSWORD } from "../support/people.ts";
import type { LocalServer } from "../support/server.ts";
import { Wire } from "../support/wire.ts";

const engine = engineOfFile();

const ELSEWHERE = "127.0.0.2";

const WRONG = "bad-credentials";

/** Two nodes, where everybody is held to his budget, and no time passes: who is refused is so for good. */
async function two(...options: readonly string[]): Promise<readonly [LocalServer, LocalServer]> {
  const { nodeIn } = await clusterOn(await engine());
  const start = (): Promise<LocalServer> => nodeIn({ ...machine, elapsed: () => 0 }, "--rate", "always", ...options);
  return [await start(), await start()];
}

/** One request on a connection of its own. @param from the address it comes from */
async function asked(node: LocalServer, request: string, from?: string): Promise<Reply> {
  const [reply] = await new Wire(node, from).request(request).end().ended();
  return reply as Reply;
}

const login = (node: LocalServer, user: string, password: string, from?: string): Promise<Reply> =>
  asked(node, `auth ${user} ${password}`, from);

test("who guesses on one node is refused on the other, and gets in from elsewhere", async () => {
  const [a, b] = await two();
  for (const name of ["alice", "bob"]) (await newUser(a, name)).client.close();
  const codes: (string | undefined)[] = [];
  for (const node of [a, b, a, b, a]) codes.push((await login(node, "alice", "salah")).code);
  expect(codes).toEqual([WRONG, WRONG, WRONG, WRONG, WRONG]);
  for (const node of [a, b]) {
    expect(await login(node, "alice", PASSWORD)).toMatchObject({ code: "rate-limited", retry: expect.any(Number) });
    expect(await login(node, "alice", PASSWORD, ELSEWHERE)).toMatchObject({ status: "OK" });
    expect(await login(node, "bob", PASSWORD)).toMatchObject({ status: "OK" });
  }
});

test("a right password on one node forgets what was mistyped on the other", async () => {
  const [a, b] = await two();
  (await newUser(a, "alice")).client.close();
  for (let i = 0; i < 4; i++) expect(await login(a, "alice", "salah")).toMatchObject({ code: WRONG });
  expect(await login(b, "alice", PASSWORD)).toMatchObject({ status: "OK" });
  expect(await login(a, "alice", "salah")).toMatchObject({ code: WRONG });
  expect(await login(a, "alice", PASSWORD)).toMatchObject({ status: "OK" });
});

test("who tries codes of invitations on one node is refused on the other", async () => {
  const [a, b] = await two("--registration", "invite");
  const register = (node: LocalServer, i: number, from?: string): Promise<Reply> =>
    asked(node, `register tamu${i} inv-abcdefghijklmnop:${PASSWORD} tamu id`, from);
  for (let i = 0; i < 5; i++) expect(await register(a, i)).toMatchObject({ code: "forbidden" });
  expect(await register(b, 5)).toMatchObject({ code: "rate-limited" });
  expect(await register(b, 5, ELSEWHERE)).toMatchObject({ code: "forbidden" });
});

test("an address has its new accounts an hour on all nodes together", async () => {
  const [a, b] = await two();
  const register = (node: LocalServer, name: string, from?: string): Promise<Reply> =>
    asked(node, `register ${name} ${PASSWORD} ${name} id`, from);
  for (const [i, node] of [a, b, a, b, a].entries()) {
    expect(await register(node, `satu${i}`)).toMatchObject({ status: "OK" });
  }
  for (const node of [a, b]) expect(await register(node, "lagi")).toMatchObject({ code: "rate-limited" });
  expect(await register(b, "lagi", ELSEWHERE)).toMatchObject({ status: "OK" });
});
