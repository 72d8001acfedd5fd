/** A realm's key: made once, kept from others, and good for nothing but its own name. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { transcript } from "../../src/realms/handshake.ts";
import { Identity, isSignedBy } from "../../src/realms/identity.ts";
import { testFolder } from "../support/folder.ts";

const path = (): string => join(testFolder(), "realm.key");

describe("the key", () => {
  test("is made at the first start, readable by its owner only, and is the same at the next", () => {
    const file = path();
    const first = Identity.at(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Identity.at(file).publicKey).toBe(first.publicKey);
    expect(Identity.at(path()).publicKey).not.toBe(first.publicKey);
    expect(Buffer.from(first.publicKey, "base64url").length).toBe(32);
  });

  test.skipIf(!existsSync("/dev/full"))("that finds no room on the disk leaves nothing there", () => {
    const file = path();
    symlinkSync("/dev/full", `${file}.new`);
    expect(() => Identity.at(file)).toThrow(/ENOSPC/);
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  test("is refused when others can read it", () => {
    const file = path();
    Identity.at(file);
    chmodSync(file, 0o640);
    expect(() => Identity.at(file)).toThrow(/0600/);
  });

  test.each([
    ["nothing", ""],
    ["no key", "hello"],
    ["a key of another kind", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIA==\n-----END PRIVATE KEY-----\n"],
  ])("a file with %s in it is no key, and stays as it is", (_, content) => {
    const file = path();
    writeFileSync(file, content, { mode: 0o600 });
    expect(() => Identity.at(file)).toThrow(file);
    expect(readFileSync(file, "utf8")).toBe(content);
  });
});

describe("a signature", () => {
  const identity = Identity.at(undefined);

  test("holds for the text and the key it was made with, and for nothing else", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        const signature = identity.sign(text);
        expect(isSignedBy(identity.publicKey, text, signature)).toBe(true);
        expect(isSignedBy(identity.publicKey, other, signature)).toBe(other === text);
        expect(isSignedBy(Identity.at(undefined).publicKey, text, signature)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  test("anything else is no signature, and no key is no key", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, signature) => {
        expect(isSignedBy(key, "text", identity.sign("text"))).toBe(false);
        expect(isSignedBy(identity.publicKey, "text", signature)).toBe(false);
      }),
    );
  });

  test("of one side, name, key, nonce, address or channel does not serve for another", () => {
    const side = { realm: "a", key: "K", nonce: "N" };
    const meeting = { dialer: side, listener: { realm: "b", key: "L", nonce: "M" }, advertise: ":1", binding: "C" };
    const all = [
      transcript("dialer", meeting),
      transcript("listener", meeting),
      transcript("dialer", { ...meeting, dialer: meeting.listener, listener: side }),
      transcript("dialer", { ...meeting, advertise: undefined }),
      transcript("dialer", { ...meeting, dialer: { ...side, realm: "A" } }),
      transcript("dialer", { ...meeting, dialer: { ...side, key: "J" } }),
      transcript("dialer", { ...meeting, listener: { ...meeting.listener, nonce: "O" } }),
      transcript("dialer", { ...meeting, binding: "D" }),
      transcript("dialer", { ...meeting, binding: undefined }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(all[0]).toBe("obrol realm link 2\ndialer\na\nK\nN\n:1\nb\nL\nM\nC\n");
    expect(all.at(-1)).toBe("obrol realm link 1\ndialer\na\nK\nN\n:1\nb\nL\nM\n");
  });
});

describe("a message's id", () => {
  test("is a UUID version 7 that holds its time, and only this realm makes it of these words", () => {
    const file = path();
    const identity = Identity.at(file);
    const id = identity.seal(Date.UTC(2026, 0, 2), "halo");
    expect(id).toMatch(/^019b7c01-0400-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Identity.at(file).seal(Date.UTC(2026, 0, 2), "halo")).toBe(id);
    expect(identity.seal(Date.UTC(2026, 0, 2), "hulo")).not.toBe(id);
    expect(Identity.at(undefined).seal(Date.UTC(2026, 0, 2), "halo")).not.toBe(id);
  });
});
