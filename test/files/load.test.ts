/** Many transfers at once, and large ones: all intact, in little memory, and nobody waits for them. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../support/folder.ts";
import { inbox, newUser, ok, type Person } from "../support/people.ts";
import { started } from "../support/started.ts";
import { type Body, begin, download, fileId, sha256Of, Transfer, uploadStatus } from "../support/transfer.ts";
import { until } from "../support/until.ts";
import { contentsIn, partsIn } from "../support/uploads.ts";

const MIB = 2 ** 20;

/** A large file, without ever being in memory: one block again and again. */
class Large {
  readonly size: number;
  readonly sha256: string;
  readonly #block = randomBytes(MIB);
  readonly #blocks: number;

  constructor(mebibytes: number) {
    this.#blocks = mebibytes;
    this.size = mebibytes * MIB;
    const hash = createHash("sha256");
    for (let i = 0; i < mebibytes; i++) hash.update(this.#block);
    this.sha256 = hash.digest("hex");
  }

  /** As fast as the other side takes it. */
  async sendOver(transfer: Transfer): Promise<void> {
    for (let i = 0; i < this.#blocks; i++) await transfer.send(this.#block);
  }

  /** Uploads it. @returns its id. */
  async upload(place: { host: string; port: number }, token: string, to: string): Promise<string> {
    const transfer = new Transfer(place);
    void transfer.request(`upload ${token} ${to} besar ${this.size}`);
    await this.sendOver(transfer);
    const reply = await ok(transfer.reply());
    transfer.close();
    expect(reply).toMatchObject({ file: { size: this.size, sha256: this.sha256 } });
    return fileId(reply);
  }
}

/** Bytes of memory that the process has now, or had at the most. */
function memoryOf(pid: number, which: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
}

it("200 transfers at once, by 20 users, all finish intact, up and down", async () => {
  const uploads = join(testFolder(), "uploads");
  const server = await started("--uploads", uploads, "--max-transfers", "16");
  const people: Person[] = [];
  for (let i = 0; i < 20; i++) people.push(await newUser(server, `user${i}`));
  const files = people.flatMap((person, i) => {
    return Array.from({ length: 10 }, (_, k) => {
      const id = `berkas-${i}-${k}`;
      return { person, to: `user${(i + k + 1) % 20}`, id, name: id, content: randomBytes(100_000 + 1000 * i + k) };
    });
  });
  const half = files.map(({ content }) => Math.floor(content.length / 2));
  const transfers = files.map((file, i) => begin(server, file.person.token, file, half[i] as number));
  await until("all of them are under way", async () => {
    const all = await Promise.all(files.map(({ person, id }) => uploadStatus(person.client, id)));
    return all.every(({ state, received }, i) => state === "receiving" && received === half[i]);
  });
  const replies = await Promise.all(
    files.map(async ({ content }, i) => {
      const transfer = transfers[i] as Transfer;
      void transfer.send(content.subarray(half[i]));
      return ok(transfer.reply());
    }),
  );
  for (const transfer of transfers) transfer.close();
  expect(contentsIn(uploads)).toHaveLength(files.length);
  expect(partsIn(uploads)).toEqual([]);

  const downloads = await Promise.all(
    files.map(({ to }, i) => {
      const reader = people[Number(to.slice("user".length))] as Person;
      return download(server, reader.token, fileId(replies[i] as Awaited<(typeof replies)[number]>));
    }),
  );
  for (const [i, { content, name }] of files.entries()) {
    expect(downloads[i]).toMatchObject({ reply: { status: "OK", filename: name }, sha256: sha256Of(content) });
  }
  for (const { client } of people) expect(await inbox(client, "all")).toHaveLength(10);
});

describe.skipIf(process.platform !== "linux")("the memory of the server", () => {
  it("hardly grows with a large file that comes in as fast as it can", async () => {
    const server = await started();
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    const large = new Large(160);
    const before = memoryOf(server.pid, "VmRSS");
    const id = await large.upload(server, alice.token, "bob");
    expect(memoryOf(server.pid, "VmHWM") - before).toBeLessThan(large.size / 2);
    expect(await download(server, bob.token, id)).toMatchObject({ bytes: large.size, sha256: large.sha256 });
    expect(memoryOf(server.pid, "VmHWM") - before).toBeLessThan(large.size / 2);
  });

  it("does not hold what readers do not take in", async () => {
    const server = await started();
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    const large = new Large(64);
    const id = await large.upload(server, alice.token, "bob");
    const before = memoryOf(server.pid, "VmRSS");
    const idle = Array.from({ length: 8 }, () => {
      const transfer = new Transfer(server);
      void transfer.request(`download ${bob.token} ${id}`);
      return transfer;
    });
    for (const transfer of idle) await ok(transfer.reply());
    // In the time that one who reads takes, the others would have got theirs too.
    expect(await download(server, alice.token, id)).toMatchObject({ bytes: large.size });
    expect(memoryOf(server.pid, "VmHWM") - before).toBeLessThan(large.size);
    const rest: Body = await (idle[0] as Transfer).body(large.size);
    expect(rest).toEqual({ bytes: large.size, sha256: large.sha256 });
    for (const transfer of idle) transfer.close();
  });

  it("does not hold bodies that it has refused", async () => {
    const server = await started("--max-file", "1M");
    const alice = await newUser(server, "alice");
    const large = new Large(256);
    const before = memoryOf(server.pid, "VmRSS");
    const transfer = new Transfer(server);
    void transfer.request(`upload ${alice.token} alice besar ${large.size}`);
    await large.sendOver(transfer);
    void transfer.request("ping");
    expect(await transfer.reply()).toMatchObject({ status: "ERROR", code: "too-large" });
    expect(await transfer.reply()).toMatchObject({ status: "OK", message: "pong" });
    transfer.close();
    expect(memoryOf(server.pid, "VmHWM") - before).toBeLessThan(large.size / 2);
  });
});

describe("while files go up and down at full speed", () => {
  it("messages of others come at once", async () => {
    const events: unknown[] = [];
    const server = await started();
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    const carol = await newUser(server, "carol");
    const dina = await newUser(server, "dina", { onEvent: ({ data: { message } }) => events.push(message) });
    await ok(dina.client.request("watch on"));
    const large = new Large(96);
    let busy = true;
    const transfers = (async () => {
      const id = await large.upload(server, alice.token, "bob");
      expect(await download(server, bob.token, id)).toMatchObject({ bytes: large.size, sha256: large.sha256 });
    })().finally(() => (busy = false));
    let slowest = 0;
    let count = 0;
    while (busy) {
      const begun = Date.now();
      const text = `halo ${count++}`;
      await ok(carol.client.request(`send dina ${text}`));
      await until("it has come", () => events.at(-1) === text);
      slowest = Math.max(slowest, Date.now() - begun);
    }
    await transfers;
    expect(count).toBeGreaterThan(5);
    expect(slowest).toBeLessThan(500);
  });
});
