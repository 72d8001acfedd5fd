/** Requests are answered in order, to the last one, however they are cut; and nothing else is ever said. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newUser, ok, PASSWORD } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const END = "\r\n\r\n";
const NAMES = ["alice", "bob", "carol"] as const;

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startServer();
  for (const name of NAMES) ({ token } = await newUser(server, name));
});
afterAll(() => server.stop());

it("pipelined requests are answered in order, those that must wait among them", async () => {
  const requests: string[] = [`auth alice ${PASSWORD}`];
  const expected: object[] = [{ status: "OK", user: "alice" }];
  for (let i = 0; i < 300; i++) {
    const name = NAMES[i % NAMES.length] as string;
    if (i % 10 === 3) {
      requests.push(`auth ${name} ${PASSWORD}`, "whoami", `auth ${name} wrong`, "ping");
      expected.push({ user: name }, { data: { username: name } }, { code: "bad-credentials" }, { message: "pong" });
    } else if (i % 10 === 7) {
      requests.push(`sendfile bob foto${i} YQ==`, `download_file foto${i}`);
      expected.push({ file: { name: `foto${i}` } }, { filename: `foto${i}` });
    }
    requests.push(`info ${name}`);
    expected.push({ data: { username: name } });
  }
  const wire = new Wire(server).request(...requests);
  expect(await wire.first(requests.length)).toMatchObject(expected);
  wire.close();
});

it("a login that is under way holds back nobody else", async () => {
  const busy = new Wire(server).request(...Array.from({ length: 50 }, () => `auth alice ${PASSWORD}`));
  const other = new Wire(server).request("ping");
  expect(await other.first(1)).toMatchObject([{ message: "pong" }]);
  expect(await busy.first(50)).toHaveLength(50);
  busy.close();
  other.close();
});

describe("a peer that has ended its half is answered, then the server closes", () => {
  it.each([
    ["one request", `ping${END}`, 1],
    ["several, a login among them", `auth alice ${PASSWORD}${END}whoami${END}ping${END}`, 3],
    ["a last request without its end", `ping${END}ping`, 2],
    ["a last login without its end", `ping${END}auth alice ${PASSWORD}`, 2],
    ["only one request, without its end", `auth alice ${PASSWORD}`, 1],
    ["lines", "ping\nping\n", 2],
    ["lines, the last without its end", `ping\nauth alice ${PASSWORD}`, 2],
    ["nothing", "", 0],
    ["nothing but blanks", " \r\n\r\n \r\n", 0],
  ])("%s", async (_, bytes, count) => {
    const replies = await new Wire(server).send(bytes).end().ended();
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => "OK"));
  });

  it("many replies reach a peer that has ended its half before the first of them", async () => {
    const names = Array.from({ length: 5000 }, (_, i) => NAMES[i % 3] as string);
    const requests = [`auth alice ${PASSWORD}`, ...names.map((name) => `info ${name}`)];
    const [, ...replies] = await new Wire(server)
      .request(...requests)
      .end()
      .ended();
    expect(replies.map(({ data }) => (data as { username: string }).username)).toEqual(names);
  });
});

describe("a line typed into netcat is a request", () => {
  it.each([
    ["ended by LF", "\n", ""],
    ["ended by CR LF", "\r\n", ""],
    ["ended by CR LF, and an empty line typed after the answer", "\r\n", "\r\n"],
    ["ended by LF, and an empty line typed after the answer", "\n", "\n"],
    ["with a blank before its end, as older clients send it", " \r\n", ""],
  ])("%s", async (_, end, after) => {
    const wire = new Wire(server);
    const lines = [`auth bob ${PASSWORD}`, "whoami", "ping", "sned", "ping"];
    for (const [i, line] of lines.entries()) {
      wire.send(line + end);
      await wire.first(i + 1);
      wire.send(after);
    }
    const replies = await wire.end().ended();
    expect(replies.map((reply) => reply.code ?? reply.status)).toEqual(["OK", "OK", "OK", "unknown-request", "OK"]);
  });

  it.each(["\n", "\r\n"])(
    "also when a file of them comes at once, longer than one request may be (%j)",
    async (end) => {
      const wire = new Wire(server).send(`ping${end}`.repeat(4000));
      expect(await wire.first(4000)).toHaveLength(4000);
      expect(await wire.end().ended()).toHaveLength(4000);
    },
  );

  it("ended by an empty line, all of it at once, as the protocol has it", async () => {
    const wire = new Wire(server);
    for (let i = 1; i <= 3; i++) await wire.request("ping").first(i);
    expect(await wire.end().ended()).toHaveLength(3);
  });
});

describe("nothing is said unasked", () => {
  it("to a connection that does not watch, whatever happens to its user", async () => {
    const silent = new Wire(server);
    const bob = new Wire(server).request(`auth bob ${PASSWORD}`, "addgroup ramai");
    await bob.first(2);
    const alice = new Wire(server).request(
      `auth alice ${PASSWORD}`,
      "joingroup ramai",
      "send bob halo",
      "sendgroup ramai halo",
      "sendfile bob foto YQ==",
      "leave ramai",
      "logout",
    );
    await alice.first(7);
    for (const wire of [bob, silent]) wire.request("ping").end();
    await Promise.all([bob.ended(), silent.ended()]);
    expect(
      bob.text
        .split(END)
        .slice(2)
        .map((frame) => frame && JSON.parse(frame)),
    ).toMatchObject([{ message: "pong" }, ""]);
    expect(silent.replies).toMatchObject([{ message: "pong" }]);
  });

  it("to one that watched and does no longer", async () => {
    const carol = new Wire(server).request(`auth carol ${PASSWORD}`, "watch on", "watch off");
    await carol.first(3);
    const other = new Wire(server).request(`send ${token} carol halo`);
    await other.first(1);
    expect(await carol.request("ping").end().ended()).toHaveLength(4);
    other.close();
  });
});

it("a password or a token is never in the log, whatever is done with it", async () => {
  const own = await started("--log-level", "debug", "--max-request", "1K");
  const { client } = await newUser(own, "alice");
  const secrets = ["Rahas1a-one", "Rahas1a-two", "Rahas1a-three", "Rahas1a-four", "Rahas1a-five"];
  const [first, second, third, fourth, fifth] = secrets;
  const registered = await ok(client.request(`register bob ${first} bob indonesia`));
  const login = await ok(client.request(`auth bob ${first}`));
  await ok(client.request(`passwd ${first} ${second}`));
  const tokens = [registered["tokenid"], login["tokenid"]].map(String);
  const refusals = [
    `auth bob ${third}`,
    `auth bob ${third} extra`,
    `register ?! ${third} x y`,
    `register bob ${fourth} x y`,
  ];
  for (const request of refusals) expect((await client.request(request)).status).toBe("ERROR");
  for (const request of [`send ${tokens[1]} bob halo`, `inbox ${tokens[0]}`, `send ${tokens[0]} bob`])
    await client.request(request);
  const tooLarge = new Wire(own).request(
    `auth alice ${PASSWORD}`,
    `send ${tokens[1]} bob ${fifth} ${"x".repeat(2000)}`,
  );
  expect((await tooLarge.ended()).at(-1)).toMatchObject({ code: "too-large" });
  await until("the log tells of all of it", () => /request-too-large[\s\S]*disconnected/.test(own.log()));
  for (const secret of [...secrets, ...tokens, PASSWORD]) expect(own.log()).not.toContain(secret);
});
