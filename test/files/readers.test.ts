/** Downloads whose readers go away, or whose turn cannot be written: nothing of them stays. */
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { ContentReader } from "../../src/contents/content-reader.ts";
import { canFillDisk, fillDatabase, freeDisk } from "../support/disk.ts";
import { testFolder } from "../support/folder.ts";
import { newUser, ok } from "../support/people.ts";
import { startProcess, startServer, type TestServer } from "../support/server.ts";
import { startedLean, startedProcess } from "../support/started.ts";
import { meanwhile } from "../support/time.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const CONTENT = Buffer.alloc(100_000, "isi");

interface Sent {
  readonly token: string;
  readonly id: string;
}

/** A user who has sent himself a file. */
async function sent(server: TestServer, name: string): Promise<Sent> {
  const { client, token } = await newUser(server, name);
  const { file } = await ok(client.request(`sendfile ${name} a.bin ${CONTENT.toString("base64")}`));
  return { token, id: (file as { id: string }).id };
}

/** Contents that the server has open. */
function openContents(pid: number, uploads: string): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return path.startsWith(uploads) && path.endsWith("a.bin") ? [path] : [];
    } catch {
      return [];
    }
  });
}

it("a reader who asks and is gone at once uses up no transfer, and leaves no file open", async () => {
  const uploads = join(testFolder(), "uploads");
  const server = await startedProcess("--uploads", uploads, "--max-transfers", "4");
  const { token, id } = await sent(server, "alice");
  for (let i = 0; i < 60; i++) {
    const socket = connect({ host: server.host, port: server.port });
    await once(socket, "connect");
    socket.write(`download ${token} ${id}\r\n\r\n`);
    // Now, or when it is being opened, or when it is going out.
    if (i % 3 > 0) await new Promise<void>((resolve) => void setImmediate(() => resolve()));
    if (i % 3 > 1) await once(socket, "data");
    socket.resetAndDestroy();
  }
  await until("none is open any more", () => openContents(server.pid, uploads).length === 0);
  const wire = new Wire(server).request(`download ${token} ${id}`);
  await until("it comes", () => wire.text.length > CONTENT.length);
  expect(wire.text).toContain(`"length":${CONTENT.length}`);
  wire.close();
});

it("a content that a slow disk opens only when the server has ended is closed all the same", async () => {
  const server = await startServer();
  onTestFinished(() => server.stop());
  const { token, id } = await sent(server, "alice");
  const { promise: gate, resolve: go } = Promise.withResolvers<void>();
  const open = ContentReader.open.bind(ContentReader);
  const opened: Promise<ContentReader>[] = [];
  const spy = vi.spyOn(ContentReader, "open").mockImplementation((...asked) => {
    const opening = gate.then(() => open(...asked));
    opened.push(opening);
    return opening;
  });
  onTestFinished(() => spy.mockRestore());
  const wires = [`download ${token} ${id}`, `download_file ${token} a.bin`].map((one) => new Wire(server).request(one));
  await until("it is being opened", () => opened.length === wires.length);
  await meanwhile(server, server.end());
  go();
  await Promise.all(opened);
  await until("none is open any more", () => openContents(process.pid, server.uploads).length === 0);
  for (const wire of wires) wire.close();
});

it.skipIf(!canFillDisk)(
  "a download in a turn that cannot be written is refused, and the connection goes on",
  async () => {
    const folder = testFolder();
    const data = join(folder, "data");
    const server = await startProcess(["--data", data, "--uploads", join(folder, "uploads")]);
    const { token, id } = await sent(server, "alice");
    for (let i = 0; i < 10; i++) {
      fillDatabase(server.pid, data);
      const wire = new Wire(server).request(
        `send ${token} alice hilang`,
        `download ${token} ${id}`,
        `download ${token} ${id}`,
      );
      await until("the first is answered", () => wire.text.includes('"storage"'));
      freeDisk(server.pid);
      wire.request("ping");
      await until("the last is answered", () => wire.text.includes("pong"));
      wire.close();
    }
    await server.stop();
  },
);

it("a file that was given ten thousand times is listed at once", async () => {
  const server = await startedProcess("--memory");
  const { client } = await newUser(server, "bob");
  await ok(client.request("sendfile bob a.txt YQ=="));
  const start = performance.now();
  await Promise.all(Array.from({ length: 10_000 }, () => client.request("sendfile bob a.txt")));
  const giving = performance.now() - start;
  let quickest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10; i++) {
    const began = performance.now();
    const { data } = await ok(client.request("files"));
    quickest = Math.min(quickest, performance.now() - began);
    expect(data).toHaveLength(1);
  }
  // It looks at each once; a look at all for each took as long as giving them. The quickest of several tries says how
  // long it takes whatever else the machine does, and giving only gets longer by that.
  expect(quickest).toBeLessThan(giving / 3);
});

it("a megabyte in pieces of one byte takes no more than some megabytes", async () => {
  const server = await startedLean("--memory");
  const { token } = await sent(server, "carl");
  const before = resident(server.pid);
  const socket = connect({ host: server.host, port: server.port, noDelay: true });
  await once(socket, "connect");
  const size = 300_000;
  socket.write(`upload ${token} carl a.bin ${size + 1}\r\n\r\n`);
  for (let i = 0; i < size; i++) {
    if (!socket.write("x")) await once(socket, "drain");
    if (i % 50 === 0) await new Promise<void>((resolve) => void setImmediate(() => resolve()));
  }
  expect(resident(server.pid) - before).toBeLessThan(64);
  socket.end("x");
  let reply = "";
  for await (const chunk of socket) reply += String(chunk);
  expect(reply).toContain(`"size":${size + 1}`);
});

/** Megabytes. */
function resident(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}
