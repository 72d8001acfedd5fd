/** Many transfers at once, and large ones: all intact, in little memory, and nobody waits for them. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { begin, content, download, reaches, type Sent, sent, sha256, stalled } from "../support/bodies.ts";
import type { Place } from "../support/connection.ts";
import { testFolder } from "../support/folder.ts";
import { butPresence, inbox, newUser, ok, type Person, textIn } from "../support/people.ts";
import { type Answer, RawWire } from "../support/raw.ts";
import { startedLean, startedProcess } from "../support/started.ts";
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
  async sendOver(wire: RawWire): Promise<void> {
    for (let i = 0; i < this.#blocks; i++) await wire.pour(this.#block);
  }

  /** Uploads it. @returns its id. */
  async upload(place: Place, token: string, to: string): Promise<string> {
    const wire = new RawWire(place).request(`upload ${token} ${to} besar ${this.size}`);
    await this.sendOver(wire);
    const { file } = sent(await wire.reply());
    wire.close();
    expect(file).toMatchObject({ size: this.size, sha256: this.sha256 });
    return file.id;
  }
}

/** Bytes of memory that the process has now, or had at the most. */
function memoryOf(pid: number, which: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
}

it("200 transfers at once, by 20 users, all finish intact, up and down", async () => {
  const uploads = join(testFolder(), "uploads");
  const server = await startedProcess("--uploads", uploads, "--max-transfers", "16");
  const people: Person[] = [];
  for (let i = 0; i < 20; i++) people.push(await newUser(server, `user${i}`));
  const files = people.flatMap((person, i) => {
    return Array.from({ length: 10 }, (_, k) => {
      const id = `berkas-${i}-${k}`;
      return { person, to: `user${(i + k + 1) % 20}`, id, name: id, content: randomBytes(100_000 + 1000 * i + k) };
    });
  });
  const half = files.map(({ content }) => Math.floor(content.length / 2));
  const wires = files.map((file, i) => begin(server, file.person.token, file, half[i]));
  for (const [i, { person, id }] of files.entries()) {
    await reaches(server, person.token, id, "receiving", half[i] as number);
  }
  const replies = await Promise.all(
    files.map(async ({ content }, i) => {
      const wire = wires[i] as RawWire;
      return sent(await wire.send(content.subarray(half[i])).reply());
    }),
  );
  for (const wire of wires) wire.close();
  expect(contentsIn(uploads)).toHaveLength(files.length);
  expect(partsIn(uploads)).toEqual([]);

  const downloads = await Promise.all(
    files.map(({ to }, i) => {
      const reader = people[Number(to.slice("user".length))] as Person;
      return download(server, reader.token, (replies[i] as Sent).file.id);
    }),
  );
  for (const [i, { content, name }] of files.entries()) {
    const { reply, body } = downloads[i] as Answer;
    expect(reply).toMatchObject({ status: "OK", filename: name });
    expect(sha256(body)).toBe(sha256(content));
  }
  for (const { client } of people) expect(await inbox(client, "all")).toHaveLength(10);
});

describe.skipIf(process.platform !== "linux")("the memory of the server", () => {
  it("hardly grows with a large file that comes in as fast as it can", async () => {
    const server = await startedLean();
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    const large = new Large(160);
    const before = memoryOf(server.pid, "VmRSS");
    const id = await large.upload(server, alice.token, "bob");
    expect(memoryOf(server.pid, "VmHWM") - before).toBeLessThan(large.size / 2);
    expect(sha256(await content(server, bob.token, id))).toBe(large.sha256);
    expect(memoryOf(server.pid, "VmHWM") - before).toBeLessThan(large.size / 2);
  });

  it("does not hold what readers do not take in", async () => {
    const server = await startedLean();
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    const large = new Large(64);
    const id = await large.upload(server, alice.token, "bob");
    const before = memoryOf(server.pid, "VmRSS");
    const idle = await Promise.all(Array.from({ length: 8 }, () => stalled(server, bob.token, id)));
    // In the time that one who reads takes, the others would have got theirs too.
    expect(await content(server, alice.token, id)).toHaveLength(large.size);
    expect(memoryOf(server.pid, "VmHWM") - before).toBeLessThan(large.size);
    const { body } = await (idle[0] as RawWire).resume().answer();
    expect(sha256(body)).toBe(large.sha256);
    for (const wire of idle) wire.close();
  });

  it("does not hold bodies that it has refused", async () => {
    const server = await startedLean("--max-file", "1M");
    const alice = await newUser(server, "alice");
    const large = new Large(256);
    const before = memoryOf(server.pid, "VmRSS");
    const wire = new RawWire(server).request(`upload ${alice.token} alice besar ${large.size}`);
    await large.sendOver(wire);
    expect(await wire.request("ping").replies(2)).toMatchObject([{ code: "too-large" }, { message: "pong" }]);
    wire.close();
    expect(memoryOf(server.pid, "VmHWM") - before).toBeLessThan(large.size / 2);
  });
});

describe("while files go up and down at full speed", () => {
  it("messages of others come at once", async () => {
    const events: unknown[] = [];
    const server = await startedProcess();
    const [alice, bob] = [await newUser(server, "alice"), await newUser(server, "bob")];
    const carol = await newUser(server, "carol");
    const dina = await newUser(server, "dina", {
      onEvent: butPresence((event) => events.push(textIn(event))),
    });
    await ok(dina.client.request("watch on"));
    const large = new Large(96);
    let busy = true;
    const transfers = (async () => {
      const id = await large.upload(server, alice.token, "bob");
      expect(sha256(await content(server, bob.token, id))).toBe(large.sha256);
    })().finally(() => (busy = false));
    let count = 0;
    while (busy) {
      const text = `halo ${count++}`;
      await ok(carol.client.request(`send dina ${text}`));
      await until("it has come", () => events.at(-1) === text);
    }
    await transfers;
    // One that waited for the end of a file would be the only one meanwhile: there are two, up and down.
    expect(count).toBeGreaterThan(5);
  });
});
