/** Where a session is used: noted when it goes elsewhere, and no more often than that. */
import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { keepAlive, sessionOf } from "../../src/operations/people/sessions.ts";
import type { Services } from "../../src/operations/services/context.ts";
import { memoryState } from "../support/state.ts";

const TOKEN = "2b1f0a52-9d55-4c0e-8f6a-3f1f8f2f6f10";
const HOUR = 3600_000;

function house(): {
  services: Services;
  from(address: string, client: string): Parameters<typeof sessionOf>[2];
  pass(ms: number): void;
} {
  const state = memoryState(1);
  let now = 1;
  const alice = state.users.add({ name: "alice", fullName: "alice", country: "id", password: "$", created: now });
  state.sessions.add(alice, hash("sha256", TOKEN, "base64"), now, { address: "192.0.2.1", client: "ponsel" });
  return {
    services: { model: state, now: () => now } as unknown as Services,
    from: (address, client) => ({ client, remote: { address, port: 1 } }),
    pass(ms) {
      now += ms;
    },
  };
}

test("an address of IPv4 is told as such where a socket for both families has it", () => {
  const { services, from } = house();
  const session = sessionOf(services, TOKEN, from("::ffff:192.0.2.7", "tablet"));
  expect(session?.at).toEqual({ address: "192.0.2.7", client: "tablet" });
});

test("a token that is shown from where it was used before changes nothing for an hour", () => {
  const { services, from, pass } = house();
  const here = from("192.0.2.1", "ponsel");
  const mark = services.model.mark();
  pass(HOUR);
  sessionOf(services, TOKEN, here);
  expect(services.model.mark()).toBe(mark);
  pass(1);
  expect(sessionOf(services, TOKEN, here)?.used).toBe(HOUR + 2);
});

test("two connections that stay do not note it in turns; within an hour only what is begun elsewhere counts", () => {
  const { services, from, pass } = house();
  const [here, there] = [from("192.0.2.1", "ponsel"), from("192.0.2.2", "tablet")];
  const session = sessionOf(services, TOKEN, there);
  if (!session) throw new Error("the session is gone");
  const mark = services.model.mark();
  for (const one of [here, there, here]) keepAlive(services, session, one);
  expect(services.model.mark()).toBe(mark);
  pass(HOUR + 1);
  keepAlive(services, session, here);
  expect(session.at).toEqual({ address: "192.0.2.1", client: "ponsel" });
});
