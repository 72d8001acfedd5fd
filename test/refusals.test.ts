/** What the contract says can be refused is said, by somebody. */
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Code, codes } from "../src/contract/codes.ts";
import { refusals, refusedAlways, refusedBefore } from "../src/contract/refusals.ts";

const src = new URL("../src/", import.meta.url).pathname;

/** The codes of the refusals that each file makes: words in quotes where the code of a `Failure` stands. */
const saidIn = new Map(
  globSync("**/*.ts", { cwd: src }).map((file) => {
    const text = readFileSync(src + file, "utf8");
    const made = [...text.matchAll(/new Failure\(([^,;]*)/g)].map(([, code]) => code as string);
    const chosen = [...text.matchAll(/const code = ([^;]*)/g)].map(([, code]) => code as string);
    const words = [...made, ...chosen].flatMap((code) => [...code.matchAll(/"([a-z-]+)"/g)].map(([, word]) => word));
    return [file, new Set(words.filter((word) => Object.hasOwn(codes, word as string)))] as const;
  }),
);

test("every code is one that a request, or a connection, can be refused with", () => {
  const listed = new Set<Code>([...refusedAlways, ...refusedBefore, ...Object.values(refusals).flat()]);
  expect(Object.keys(codes).filter((code) => !listed.has(code as Code))).toEqual([]);
});

test("somebody says every code", () => {
  const said = new Set([...saidIn.values()].flatMap((words) => [...words]));
  expect(said.size).toBeGreaterThan(0);
  expect(Object.keys(codes).filter((code) => !said.has(code))).toEqual([]);
});

test("what is refused outside of operations is what any request, or a connection, is refused with", () => {
  const outside = [...saidIn].filter(([file, said]) => said.size > 0 && !file.startsWith("operations/"));
  expect(Object.fromEntries(outside)).toEqual({
    "protocol/reader.ts": new Set(["bad-request", "unknown-request"]),
    "realms/handshakes.ts": new Set("bad-request forbidden rate-limited realm-refused too-many".split(" ") as Code[]),
    "realms/neighbours.ts": new Set("bad-request forbidden realm-refused realm-unreachable".split(" ") as Code[]),
    "bin/reload.ts": new Set(["bad-config"]),
    "bin/services.ts": new Set(["rate-limited"]),
    "realms/rpc.ts": new Set(["bad-request"]),
    "realms/call-handler.ts": new Set(["internal", "storage"]),
    "server/connection.ts": new Set(["bad-request", "no-session", "storage", "too-many"]),
    "server/answers.ts": new Set(["internal", "storage"]),
    "server/execution.ts": new Set(["bad-request", "no-session", "storage", "too-large"]),
    "server/expulsion.ts": new Set(["no-session"]),
    "server/pace.ts": new Set(["rate-limited"]),
    "server/listener.ts": new Set(["storage", "tls-required", "too-many"]),
  });
});

test("no operation lists what any request is refused with", () => {
  const always: readonly Code[] = refusedAlways;
  expect(Object.values(refusals).filter((listed) => listed.some((code) => always.includes(code)))).toEqual([]);
});
