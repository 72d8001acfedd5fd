/** Files that are given over several turns. */
import { expect, it, vi } from "vitest";
import { download, downloadFile } from "../../src/operations/files/download.ts";
import { exportAll } from "../../src/operations/files/export.ts";
import { giveNew } from "../../src/operations/files/sharing.ts";
import { sendFile } from "../../src/operations/files/upload.ts";
import type { Caller, Services } from "../../src/operations/services/context.ts";
import { Transfers } from "../../src/operations/services/transfers.ts";
import { Walks } from "../../src/operations/services/walks.ts";
import type { User } from "../../src/state/entities.ts";
import { Outdated } from "../../src/state/entities.ts";
import { machine } from "../../src/world/world.ts";
import { addUser } from "../state/contract.ts";
import { memoryState } from "../support/state.ts";

function world() {
  const state = memoryState(1000);
  const [messi, xavi] = ["messi", "xavi"].map((name) => addUser(state, name)) as [User, User];
  const session = state.sessions.add(messi, "hash", 1, { address: "", client: "" });
  void state.commit();
  const values = { id: "f", name: "a.txt", size: 1, sha256: "00", stored: "s", gone: false };
  const file = state.files.add({ ...values, owner: messi, created: 1, origin: undefined });
  const message = state.messages.append(state.messages.conversation(messi, messi), messi, 1, "", file);
  state.files.share({ file, from: messi, to: messi }, message);
  const intake = { refusal: () => undefined, count: () => {}, fill: () => {} };
  const services = { realm: "kampus", model: state, intake, now: () => 1 } as unknown as Services;
  const caller = { acting: session } as unknown as Caller;
  const sending = (): ReturnType<typeof sendFile> =>
    sendFile(services, caller, { user: { name: "xavi" }, filename: "a.txt", b64: undefined as never });
  return { state, messi, xavi, sending, services, caller };
}

it("a file that somebody has here already is not sent once the turn that has added it is undone", async () => {
  const { state, sending } = world();
  const finish = await sending();
  state.revert(0);
  expect(finish()).toMatchObject({ code: "file-not-found" });
});

it("nor is it to somebody whose account was deleted meanwhile", async () => {
  const { state, xavi, sending } = world();
  const finish = await sending();
  state.users.delete(xavi, false);
  expect(finish()).toMatchObject({ code: "user-not-found" });
});

it("a file whose content is gone before it could be given is not given, and its upload may begin anew", () => {
  const { state, xavi, services, caller } = world();
  const removed: string[] = [];
  const contents = { reclaim: () => false, remove: async (stored: string) => void removed.push(stored) };
  const content = { name: "b.txt", stored: "t", size: 1, sha256: "00" };
  const mark = state.mark();
  const given = giveNew({ ...services, contents } as unknown as Services, caller, [xavi], content, "g");
  expect([given, state.mark()]).toMatchObject([{ code: "storage" }, mark]);
  expect(removed).toEqual(["t"]);
});

it.each([
  ["is a fault in the log where its record is there", false],
  ["is none where it went with its record, while it was asked for", true],
])("a content that is missing %s", async (_, isLost) => {
  const { state, services, caller } = world();
  const faults: unknown[] = [];
  const missing = Object.assign(new Error("no such file"), { code: "ENOENT" });
  const contents = { reading: () => Promise.reject(new Error("uploads", { cause: missing })) };
  const parts = { contents, policy: { maxInline: 10 }, fault: (error: unknown) => faults.push(error) };
  const finish = await downloadFile({ ...services, ...parts } as unknown as Services, caller, { filename: "a.txt" });
  const [file] = state.files.all();
  if (isLost && file) state.files.lose(file);
  expect([finish(), faults.length]).toMatchObject([{ code: "file-not-found" }, isLost ? 0 : 1]);
});

it("a file that goes with a request behind the one that asks for it is not there, which is no fault", async () => {
  const { state, services, caller } = world();
  const missing = Object.assign(new Error("no such file"), { code: "ENOENT" });
  const asked: unknown[] = [];
  const reading = (stored: unknown): Promise<never> => {
    asked.push(stored);
    return Promise.reject(new Error("uploads", { cause: missing }));
  };
  const fault = vi.fn();
  const parts = {
    contents: { reading },
    policy: { maxInline: 10, maxTransfers: 1 },
    transfers: new Transfers(),
    fault,
  };
  const all = { ...services, ...parts } as unknown as Services;
  const finishing = [downloadFile(all, caller, { filename: "a.txt" }), download(all, caller, { id: "f" })];
  const [file] = state.files.all();
  if (file) state.files.lose(file);
  const finished = (await Promise.all(finishing)).map((finish) => finish());
  expect(finished).toMatchObject([{ code: "file-not-found" }, { code: "file-not-found" }]);
  expect([asked, fault.mock.calls]).toEqual([["s", "s"], []]);
});

it("an export that may hold what was undone while it waited to be sent is made anew", async () => {
  const { state, services, caller } = world();
  let open = 0;
  const part = { length: 1, write: () => Promise.resolve() };
  const contents = {
    free: () => 10,
    part: async () => part,
    keep: async () => "s",
    remove: () => Promise.resolve(),
    discard: () => Promise.resolve(),
    reading: async () => ({ size: ++open, held: 1, close: () => open-- }),
  };
  const transfers = new Transfers();
  const own = {
    contents,
    transfers,
    policy: { minFree: 1 },
    world: machine,
    walks: new Walks(machine),
    exportedLine: () => "-",
  };
  const exporting = (): ReturnType<typeof exportAll> =>
    exportAll({ ...services, ...own } as unknown as Services, caller);
  const finish = await exporting();
  vi.spyOn(state, "failures", "get").mockReturnValue(1);
  expect(finish).toThrow(Outdated);
  expect([open, transfers.exporting.size]).toEqual([0, 0]);
  expect((await exporting())()).toMatchObject({ size: 1 });
});
