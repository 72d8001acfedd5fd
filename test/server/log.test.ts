/** The log, as an owner and his programs read it. */
import { expect, test } from "vitest";
import { fewLines, logger } from "../../src/server/log.ts";
import { newUser, refused } from "../support/people.ts";
import { started } from "../support/started.ts";

const AT = Date.UTC(2026, 10, 29, 7, 8, 9, 10);

function written(format: "text" | "json", facts: Parameters<ReturnType<typeof logger>>[2]): string {
  let lines = "";
  logger(
    () => ({ most: "info", format }),
    (line) => (lines += line),
    () => AT,
  )("info", "login-failed", facts);
  return lines;
}

const EVIL = 'a address=192.0.2.9\n2026-01-01T00:00:00.000Z info login-failed "address":"192.0.2.9"';

test("as text an event is a line, and a value cannot pass for another fact", () => {
  expect(written("text", { user: "alice", address: "192.0.2.1", invitation: undefined })).toBe(
    "2026-11-29T07:08:09.010Z info login-failed user=alice address=192.0.2.1\n",
  );
  expect(written("text", { user: EVIL, address: "192.0.2.1" })).toMatch(/^[^\n]* user=".*" address=192\.0\.2\.1\n$/);
});

test("as JSON it is an object in a line, with the same facts", () => {
  const line = written("json", { user: EVIL, address: "192.0.2.1", invitation: undefined, count: 3 });
  expect(line).toMatch(/^[^\n]*\n$/);
  expect(JSON.parse(line)).toEqual({
    time: "2026-11-29T07:08:09.010Z",
    level: "info",
    event: "login-failed",
    user: EVIL,
    address: "192.0.2.1",
    count: 3,
  });
});

test("of what strangers can cause there are a few lines a second, and the next says how many are missing", () => {
  const lines: unknown[] = [];
  let elapsed = 0;
  const few = fewLines(
    (_level, event, facts) => lines.push([event, facts]),
    () => elapsed,
  );
  for (let i = 0; i < 8; i++) few("info", "limit", {});
  elapsed = 1000;
  few("info", "limit", {});
  expect(lines).toHaveLength(6);
  expect(lines.at(-1)).toEqual(["limit", { omitted: 3 }]);
});

test("--log-format json: each line of a running server is an object; who fails to log in stands there with his address", async () => {
  const server = await started("--log-format", "json");
  await newUser(server, "alice");
  await refused((await server.connect()).request("auth alice salah"));
  const lines = server
    .log()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of lines) expect(line).toMatchObject({ time: expect.any(String), level: expect.any(String) });
  expect(lines).toContainEqual(expect.objectContaining({ event: "registered", user: "alice", address: "127.0.0.1" }));
  expect(lines).toContainEqual(expect.objectContaining({ event: "login-failed", user: "alice", address: "127.0.0.1" }));
});
