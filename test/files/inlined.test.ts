/** A file inside a reply: every dialect answers, byte for byte, what it answered when the reply was one text. */
import { beforeAll, describe, expect, it } from "vitest";
import { dialectNamed } from "../../src/protocol/dialects/index.ts";
import { newUser, ok, PASSWORD, type Person } from "../support/people.ts";
import { type LocalServer, startServer } from "../support/server.ts";
import { Wire } from "../support/wire.ts";

const CHUNK = 48 * 1024;
const sizes = [0, 1, 2, 3, 100, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 2, 1_000_000];
const NAME = "laporan-é😀.bin";

/** What they are asked, and what stood in the answer. */
const dialects: readonly (readonly [
  dialect: string,
  request: (file: string, token: string) => string,
  answer: (data: string, file: { readonly name: string }) => object,
])[] = [
  ["native", (name) => `download_file ${name}`, (data, file) => ({ data, filename: file.name, file })],
  ["auto", (name) => `download_file ${name}`, (data, file) => ({ data, filename: file.name, file })],
  ["unix", (name) => `download_file ${name}`, (data, file) => ({ filename: file.name, data })],
  ["native", (name) => `downloadgroup_file kelas ${name}`, (data, file) => ({ data, filename: file.name, file })],
  [
    "unix",
    (name, token) => `downloadgroup_file kelas ${token} ${name}`,
    (data, file) => ({ filename: file.name, data }),
  ],
  [
    "token",
    (name, token) => `download_file ${token} alice ${name}`,
    (data, file) => ({ "nama file": file.name, filename: file.name, data }),
  ],
  [
    "auto",
    (name, token) => `download file ${token} alice ${name}`,
    (data, file) => ({ "nama file": file.name, filename: file.name, data }),
  ],
];

/** RFC 8259, section 7. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

let server: LocalServer;
let alice: Person;
const files = new Map<number, { content: Buffer; file: { name: string } }>();

beforeAll(async () => {
  server = await startServer(["--memory"]);
  alice = await newUser(server, "alice");
  await ok(alice.client.request("addgroup kelas"));
  for (const size of sizes) {
    const content = Buffer.alloc(size, Buffer.from("isi \xff\0", "latin1"));
    const b64 = size === 0 ? "b''" : content.toString("base64");
    const { file } = await ok(alice.client.request(`sendfile alice ${size}-${NAME} ${b64}`));
    await ok(alice.client.request(`sendfilegroup kelas ${size}-${NAME} ${b64}`));
    files.set(size, { content, file: file as { name: string } });
  }
  return () => server.stop();
});

describe.each([
  ["a blank line", "\r\n\r\n"],
  ["a line end", "\n"],
])("of requests that end with %s", (_, end) => {
  it.each(dialects)("%s: %s", async (dialect, request, answer) => {
    for (const [size, { content, file }] of files) {
      const wire = new Wire(server).send(`auth alice ${PASSWORD}${end}`);
      await wire.first(1);
      wire.send(`dialect ${dialect}${end}`);
      await wire.first(2);
      const said = request(`${size}-${NAME}`, alice.token);
      wire.send(`${said}${end}`);
      await wire.first(3);
      const asked = answer(content.toString("base64"), withId(wire.replies[2], file));
      const json = JSON.stringify({ status: "OK", ...asked });
      const isAscii = dialectNamed(dialect).name !== "native" && (dialect !== "auto" || said.includes(alice.token));
      const frames = wire.text.split("\r\n\r\n");
      expect(frames[2] === (isAscii ? ascii(json) : json)).toBe(true);
      wire.close();
    }
  });
});

/** Each time a file is sent it gets an id. */
function withId(reply: unknown, file: { readonly name: string }): { readonly name: string } {
  const { file: told } = reply as { readonly file?: { readonly id: string } };
  return told ? { ...file, ...("id" in file && { id: told.id }) } : file;
}
