/**
 * What connections can begin with, made from a seed: requests, rubbish, handshakes that are whole, cut or spoilt, in any pieces.
 * A server that takes both ways must do with what is not a handshake what one does that takes no other.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duplex, duplexPair } from "node:stream";
import { connect } from "node:tls";
import { assemble } from "../../src/bin/assemble.ts";
import { serverSettings } from "../../src/bin/server.ts";
import { SETTLE_MS } from "../../src/protocol/frames.ts";
import { readProxyHeader } from "../../src/server/proxy-header.ts";
import { machine, type World } from "../../src/world/world.ts";
import { Chance } from "../simulator/chance.ts";
import { anyHeader } from "./proxy-headers.ts";
import { cleanEnv } from "./server.ts";

const HANDSHAKE = 0x16;
const HOUR_MS = 3_600_000;
const REQUESTS = ["ping", "hello", "inbox", "help ping", "", "PING", "gibberish é", "GET / HTTP/1.1"];
const ENDS = ["\r\n\r\n", "\n\n", "\n", "\r\n", ""];

/** A server that is knocked at within this process. */
interface Door {
  /** A connection, and its other end. */
  knock(): { readonly here: Duplex; readonly there: Duplex };
  log(): string;
  close(): Promise<void>;
}

/** One opening: the pieces it comes in. */
export function opening(chance: Chance, hello: Buffer): readonly Buffer[] {
  return inPieces(chance, bytesOf(chance, hello));
}

/** One opening as a proxy passes it on: with its header, which may be spoilt, in pieces that end anywhere. */
export function proxiedOpening(chance: Chance, hello: Buffer): readonly Buffer[] {
  return inPieces(chance, Buffer.concat([headerOf(chance), bytesOf(chance, hello)]));
}

/** What a client sends first that wants a handshake. */
export async function helloOf(ALPNProtocols: readonly string[] = []): Promise<Buffer> {
  const [here, there] = duplexPair();
  connect({
    socket: here,
    servername: "chat.example.org",
    rejectUnauthorized: false,
    ALPNProtocols: [...ALPNProtocols],
  }).on("error", () => {});
  const hello = await new Promise<Buffer>((resolve) => {
    there.once("data", resolve);
  });
  here.destroy();
  return hello;
}

/**
 * Knocks at both servers with so many openings. @returns what was wrong, in words that begin with the number of the opening
 * @param certificate options of the one that takes both ways
 */
export async function knockAtBoth(
  seed: number,
  count: number,
  certificate: readonly string[],
): Promise<readonly string[]> {
  return knock(seed, count, certificate, opening, compared);
}

/** The same, behind a proxy: whatever stands behind its header is answered as if it were all, and nothing without a header. */
export async function knockThroughProxy(
  seed: number,
  count: number,
  certificate: readonly string[],
): Promise<readonly string[]> {
  return knock(seed, count, [...certificate, "--proxy-from", "127.0.0.1"], proxiedOpening, comparedProxied);
}

async function knock(
  seed: number,
  count: number,
  options: readonly string[],
  make: typeof opening,
  compare: typeof compared,
): Promise<readonly string[]> {
  const [plain, both] = [await door([]), await door(options)];
  const hellos = [await helloOf(), await helloOf(["obrol-link/2"])];
  const wrong: string[] = [];
  try {
    const chance = new Chance(seed);
    const AT_ONCE = 50;
    for (let from = 0; from < count; from += AT_ONCE) {
      const batch = Array.from({ length: Math.min(AT_ONCE, count - from) }, () => make(chance, chance.one(hellos)));
      const found = await Promise.all(batch.map((pieces) => compare(pieces, plain, both)));
      for (const [i, what] of found.entries()) if (what !== undefined) wrong.push(`${from + i}: ${what}`);
    }
    if (/ (error|fault) /.test(both.log())) wrong.push(`the log: ${both.log()}`);
  } finally {
    await Promise.all([plain.close(), both.close()]);
  }
  return wrong;
}

async function compared(pieces: readonly Buffer[], plain: Door, both: Door, own = pieces): Promise<string | undefined> {
  const said = await answerOf(both, pieces);
  const shown = JSON.stringify(Buffer.concat(pieces).toString("latin1"));
  if (own[0]?.[0] === HANDSHAKE) {
    // Records of TLS: an alert, or its part of the handshake.
    return said.length === 0 || said[0] === 0x15 || said[0] === HANDSHAKE ? undefined : `${shown} is answered ${said}`;
  }
  const wanted = await answerOf(plain, own);
  return said.equals(wanted) ? undefined : `${shown} is answered ${said}, not ${wanted}`;
}

function comparedProxied(pieces: readonly Buffer[], plain: Door, both: Door): Promise<string | undefined> {
  const all = Buffer.concat(pieces);
  const header = readProxyHeader(all);
  const own = typeof header !== "object" ? [] : [all.subarray(header.length)];
  return compared(pieces, plain, both, own);
}

/** All that is said to it until it is closed. */
async function answerOf(at: Door, pieces: readonly Buffer[]): Promise<Buffer> {
  const { here, there } = at.knock();
  const said: Buffer[] = [];
  here.on("data", (bytes: Buffer) => said.push(bytes));
  const ended = new Promise<void>((resolve) => {
    for (const end of ["end", "close", "error"]) here.on(end, () => resolve());
    there.on("close", () => resolve());
  });
  for (const piece of pieces) {
    here.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  here.end();
  await ended;
  here.destroy();
  return Buffer.concat(said);
}

function headerOf(chance: Chance): Buffer {
  const { bytes } = anyHeader(chance);
  const at = chance.below(bytes.length);
  switch (chance.one(["whole", "whole", "spoilt", "cut", "longer", "twice", "none"] as const)) {
    case "whole":
      return bytes;
    case "spoilt":
      return Buffer.from(bytes).fill(chance.below(256), at, Math.min(bytes.length, at + 1 + chance.below(3)));
    case "cut":
      return bytes.subarray(0, at);
    case "longer":
      return Buffer.concat([bytes.subarray(0, at), chance.bytes(1 + chance.below(200)), bytes.subarray(at)]);
    case "twice":
      // The second is what the client says.
      return Buffer.concat([bytes, anyHeader(chance).bytes]);
    case "none":
      return Buffer.alloc(0);
  }
}

function bytesOf(chance: Chance, hello: Buffer): Buffer {
  const request = (): string => chance.one(REQUESTS) + chance.one(ENDS);
  const cut = chance.below(hello.length);
  switch (chance.one(["requests", "rubbish", "hello", "cut", "spoilt", "almost", "late"] as const)) {
    case "requests":
      return Buffer.from(Array.from({ length: 1 + chance.below(4) }, request).join(""));
    case "rubbish":
      return chance.bytes(chance.below(200));
    case "hello":
      return hello;
    case "cut":
      return hello.subarray(0, cut);
    case "spoilt": {
      const spoilt = Buffer.from(hello);
      spoilt[cut] = chance.below(256);
      return spoilt;
    }
    case "almost":
      return Buffer.concat([Buffer.of(HANDSHAKE), chance.bytes(chance.below(50)), Buffer.from(request())]);
    case "late":
      return Buffer.concat([Buffer.from(request()), hello]);
  }
}

function inPieces(chance: Chance, bytes: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const size = chance.random() < 0.5 ? bytes.length : 1 + chance.below(8);
    pieces.push(bytes.subarray(from, from + size));
    from += size;
    // Pieces without end are all alike.
    if (pieces.length === 6) {
      pieces.push(bytes.subarray(from));
      break;
    }
  }
  return pieces.filter(({ length }) => length > 0);
}

async function door(options: readonly string[]): Promise<Door> {
  let accept: Parameters<World["createServer"]>[0] | undefined;
  const world: World = {
    ...machine,
    // Where a request ends must not depend on how long a piece takes: a busy machine would make the two differ.
    after: (ms, then) => machine.after(ms === SETTLE_MS ? HOUR_MS : ms, then),
    createServer(onConnection) {
      accept = onConnection;
      const nothing = (): void => {};
      return {
        listen: (_place, then) => then(),
        address: () => ({ address: "127.0.0.1", port: 1, family: "IPv4" }),
        close: (then) => then(),
        on: nothing,
        once: nothing,
        off: nothing,
      };
    },
  };
  // Made and removed here: a siege knocks too, and is no test.
  const uploads = mkdtempSync(join(tmpdir(), "obrol-test-"));
  const args = [
    "--memory",
    "--uploads",
    uploads,
    "--realm",
    "rumah",
    "--max-connections-per-ip",
    "10000",
    // Through a proxy others come, too.
    "--rate",
    "none",
    "--registration",
    "open",
    ...options,
  ];
  const settings = await serverSettings(args, cleanEnv());
  if (!settings) throw new Error("options that only print something start no server");
  let log = "";
  const server = await assemble(settings, { write: (line) => (log += line), world });
  let port = 1;
  return {
    knock() {
      const [here, there] = duplexPair();
      const socket = Object.assign(there, {
        remoteAddress: "127.0.0.1",
        remotePort: ++port,
        bytesRead: 0,
        bytesWritten: 0,
        setNoDelay() {},
        setKeepAlive() {},
        setTimeout() {},
        destroySoon: () => there.end(() => there.destroy()),
      });
      accept?.(socket as never);
      return { here, there };
    },
    log: () => log,
    async close() {
      await server.close();
      rmSync(uploads, { recursive: true, force: true });
    },
  };
}
