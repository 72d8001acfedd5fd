/** The answer to `transfers`, for scripts. */
import { expect, test } from "vitest";
import { transferList } from "../../../src/client/files/transfer-list.ts";
import { testFolder } from "../../support/folder.ts";

test("what is on its way is listed for scripts with all its fields in their places", async () => {
  const account = { host: "127.0.0.1", port: 1, user: "alice", token: "token" };
  const one = { rate: undefined, speed: 0, said: 0 };
  const what = { direction: "upload", name: "a.iso", key: "k", aside: false } as const;
  const progress = { direction: "download", name: "b.iso", done: 5, size: 9, hashing: false } as const;
  const running = [
    { ...one, what, progress: undefined },
    { ...one, what: { ...what, direction: "download", name: "b\tc", key: "l" } as const, progress },
  ];
  const known = { running, paused: [], downloads: testFolder() };
  const said = await transferList(account, known, "plain", new AbortController().signal);
  expect(said.map((text) => text.split("\n").map((line) => line.split("\t")))).toEqual([
    [
      ["upload", "running", "a.iso", "", "", "", ""],
      ["download", "running", "b\\tc", "5", "9", "", ""],
    ],
  ]);
  const nothing = { ...known, running: [] };
  expect(await transferList(account, nothing, "plain", new AbortController().signal)).toEqual([]);
});
