/** Who acts in a script: a login that was saved is used for as long as it may still be good. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { thisProcess } from "../../../src/client/program.ts";
import { SavedLogins } from "../../../src/client/saved-logins.ts";
import { exits } from "../../../src/client/script/exits.ts";
import { identify } from "../../../src/client/script/identity.ts";
import { LinkError, type Reply } from "../../../src/connection/errors.ts";
import { callOf } from "../../support/call.ts";
import { testFolder } from "../../support/folder.ts";
import { somebody } from "../../support/lying.ts";

const address = { host: "127.0.0.1", port: 8889 };
const alice = { ...address, user: "alice", token: "token of alice" };

/** alice, whose login was saved, asks a server that answers so; nobody can be asked for a password. */
function identifying(answer: (request: string) => Promise<Reply>) {
  const logins = new SavedLogins(join(testFolder(), "logins.json"));
  logins.save(alice);
  const asked: string[] = [];
  const call = callOf((text) => {
    asked.push(text);
    return answer(text);
  });
  const identity = identify(call, {
    user: "alice",
    passwordFile: undefined,
    passwordCommand: undefined,
    tokenFile: undefined,
    ask: undefined,
    logins,
    address,
    save: false,
    program: thisProcess,
  });
  return { identity, asked, saved: () => logins.find(address, "alice") };
}

describe("a saved login", () => {
  test("is gone on with", async () => {
    const data = { ...somebody, username: "Alice" };
    const { identity, asked, saved } = identifying(async () => ({ status: "OK", data }));
    expect(await identity).toEqual({ user: "Alice", token: alice.token, temporary: false });
    expect(asked).toEqual([`whoami ${alice.token}`]);
    expect(saved()).toEqual(alice);
  });

  test.each([
    ["does not answer in time", () => Promise.reject(new LinkError("no answer within 10 s"))],
    ["has a fault", async () => ({ status: "ERROR", code: "internal", message: "oops" })],
    ["is busy", async () => ({ status: "ERROR", code: "rate-limited", message: "tunggu" })],
  ])("is not forgotten where the server %s", async (_, answer: () => Promise<Reply>) => {
    const { identity, saved } = identifying(answer);
    await expect(identity).rejects.toThrow();
    expect(saved()).toEqual(alice);
  });

  test("is forgotten where its session is no more, and a password is asked for", async () => {
    const { identity, saved } = identifying(async () => ({ status: "ERROR", code: "no-session", message: "x" }));
    await expect(identity).rejects.toMatchObject({ code: exits.login });
    expect(saved()).toBeUndefined();
  });
});
