/** The balancer that other tests put before many nodes. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Balancer, type BalancerOptions } from "./balancer.ts";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

/** Says its name to whoever comes, and then what he says. */
async function backend(name: string, port = 0): Promise<{ readonly host: string; readonly port: number }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write(name);
    socket.pipe(socket);
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

async function balancing(
  places: readonly { readonly host: string; readonly port: number }[],
  options?: BalancerOptions,
): Promise<Balancer> {
  const balancer = await Balancer.before(places, options);
  onTestFinished(() => balancer.close());
  return balancer;
}

/** A connection, and all that it has heard so far. */
class Caller {
  heard = "";
  isClosed = false;
  readonly socket: Socket;

  constructor({ host, port }: Balancer) {
    this.socket = connect({ host, port });
    this.socket.on("data", (chunk: Buffer) => (this.heard += chunk.toString()));
    this.socket.on("error", () => {});
    this.socket.on("close", () => (this.isClosed = true));
    onTestFinished(() => void this.socket.destroy());
  }

  async hears(text: string): Promise<void> {
    await until(`${text} is heard`, () => this.heard === text);
  }

  async closes(): Promise<void> {
    await until("the connection is closed", () => this.isClosed);
  }
}

/** Who answers so many connections, one after the other. */
async function names(balancer: Balancer, count: number): Promise<string> {
  let all = "";
  for (let i = 0; i < count; i++) {
    const caller = new Caller(balancer);
    await until("somebody answers", () => caller.heard !== "");
    all += caller.heard;
  }
  return all;
}

test("connections go to the backends by turns, and past those that refuse", async () => {
  const nobody = { host: "127.0.0.1", port: await freePort() };
  const balancer = await balancing([await backend("a"), nobody, await backend("b")]);
  expect(await names(balancer, 6)).toBe("abbabb");
  await backend("c", nobody.port);
  expect(await names(balancer, 3)).toBe("acb");
});

test("a backend that is cut loses its connections and gets no new ones, until it is mended", async () => {
  const balancer = await balancing([await backend("a"), await backend("b")]);
  const [first, second] = [new Caller(balancer), new Caller(balancer)];
  await until("both are heard", () => first.heard !== "" && second.heard !== "");
  const [mine, other] = first.heard === "a" ? [first, second] : [second, first];
  balancer.cut(0);
  await mine.closes();
  expect(balancer.connections(0)).toBe(0);
  other.socket.write("!");
  await other.hears("b!");
  expect(await names(balancer, 2)).toBe("bb");
  balancer.mend(0);
  expect(["ab", "ba"]).toContain(await names(balancer, 2));
});

test("where every backend refuses, the connection is broken", async () => {
  const balancer = await balancing([await backend("a")]);
  balancer.cut(0);
  const caller = new Caller(balancer);
  await caller.closes();
  expect(caller.heard).toBe("");
});

test("who has said all still hears the rest, and then both are gone", async () => {
  const balancer = await balancing([await backend("a")]);
  const caller = new Caller(balancer);
  const long = "x".repeat(1_000_000);
  caller.socket.end(long);
  await caller.closes();
  expect(caller.heard).toBe(`a${long}`);
  await until("nobody is connected", () => balancer.connections(0) === 0);
});

test("it says where a connection comes from before the connection's first byte", async () => {
  const balancer = await balancing([await backend("")], { introduces: true });
  const caller = new Caller(balancer);
  caller.socket.write("hello");
  await once(caller.socket, "data");
  const { localAddress, localPort } = caller.socket;
  await caller.hears(`PROXY TCP4 ${localAddress} 192.0.2.80 ${localPort} 8889\r\nhello`);
});
