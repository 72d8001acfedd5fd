/** Users of a server under test. Everyone's password is `rahasia`. */
import { expect } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import type { Wire } from "../../src/connection/wire.ts";
import type { WireOptions } from "../../src/connection/wire-options.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";

export const PASSWORD = "rahasia";

interface Connectable {
  connect(options?: Partial<WireOptions>): Promise<Wire>;
}

export interface Person {
  readonly client: Wire;
  readonly token: string;
}

/** A new user, logged in on a connection of his own. */
export async function newUser(server: Connectable, name: string, options?: Partial<WireOptions>): Promise<Person> {
  const client = await server.connect(options);
  const reply = await ok(client.request(`register ${name} ${PASSWORD} ${name} indonesia`));
  return { client, token: String(reply["tokenid"]) };
}

/** A user that is there, on a new connection. */
export async function loggedIn(server: Connectable, name: string, options?: Partial<WireOptions>): Promise<Person> {
  const client = await server.connect(options);
  const reply = await ok(client.request(`auth ${name} ${PASSWORD}`));
  return { client, token: String(reply["tokenid"]) };
}

/** The reply, which must not be a refusal. */
export async function ok(reply: Promise<Reply>): Promise<Reply> {
  const got = await reply;
  expect(got).toMatchObject({ status: "OK" });
  return got;
}

/** The code of the reply, which must be a refusal. */
export async function refused(reply: Promise<Reply>): Promise<string> {
  const got = await reply;
  expect(got).toMatchObject({ status: "ERROR", code: expect.any(String) });
  return String(got.code);
}

/** Every event but who comes and goes: that somebody is there after a while depends on the clock. */
export function butPresence(tell: (event: ToldEvent) => void): (event: ToldEvent) => void {
  return (event) => void (event.event !== "presence" && tell(event));
}

/** The text of the message that an event tells of; undefined for any other event. */
export function textIn({ event, data }: ToldEvent): string | undefined {
  return event === "message" || event === "file" ? data.message : undefined;
}

/** Whoever answers these has read what was sent to it before, on any connection. */
export async function hasRead(server: Connectable): Promise<void> {
  const client = await server.connect();
  for (let i = 0; i < 5; i++) await ok(client.request("ping"));
  client.close();
}

/** Texts of the messages in the inbox; `all`: the ones read before, too. */
export async function inbox(client: Wire, which: "new" | "all"): Promise<readonly string[]> {
  const { data } = await ok(client.request(which === "all" ? "inbox all" : "inbox"));
  return (data as { message: string }[]).map(({ message }) => message);
}

/** Texts of a whole conversation, oldest first, page by page. */
export async function history(client: Wire, name: string): Promise<readonly string[]> {
  const texts: string[] = [];
  let before: unknown;
  do {
    const page = await ok(client.request(`history ${name}${before === undefined ? "" : ` before ${before}`}`));
    texts.unshift(...(page.data as { message: string }[]).map(({ message }) => message));
    ({ before } = page);
  } while (before !== undefined);
  return texts;
}
