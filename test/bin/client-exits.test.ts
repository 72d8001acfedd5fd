/** Every exit code of chat-client, each from a run of it. */
import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { exits, exitsAbout } from "../../src/client/script/exits.ts";
import { operatorOf } from "../support/admin.ts";
import { newCertificate, written } from "../support/certificate.ts";
import { newScene } from "../support/chat-client.ts";
import { Gate } from "../support/gate.ts";
import { lyingServer, reply } from "../support/lying.ts";
import { newUser, ok } from "../support/people.ts";
import type { Ended, Running } from "../support/program-here.ts";
import { startServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";

const MIB = 1024 ** 2;
const ID = "d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00";

const scene = newScene();
const { as, run, start, startProcess, write } = scene;
const alice = (...words: readonly string[]): Promise<Ended> => run([...as(scene.alice), ...words]);
const bob = (...words: readonly string[]): Promise<Ended> => run([...as(scene.bob), ...words]);

/** It takes connections and says nothing. */
function silent(): Promise<number> {
  return lyingServer(() => undefined);
}

/** It answers every request so. */
function answering(said: object): Promise<number> {
  return lyingServer((request) => (request === "dialect auto" ? { status: "OK", message: "ok" } : said));
}

/** A file that bob was sent, and whose bytes are others than its SHA-256 says. */
function forging(): Promise<number> {
  return lyingServer((request, socket) => {
    const [word] = request.split(" ");
    if (word === "auth") return { status: "OK", tokenid: "token", user: "bob" };
    const file = { id: ID, name: "a.iso", size: 5, sha256: "0".repeat(64) };
    const listed = { ...file, time: "2026-11-21T11:15:00.000Z", from: "alice" };
    if (word === "files") return { status: "OK", data: [listed] };
    if (word !== "download") return { status: "OK", message: "ok" };
    const { name, size, sha256 } = file;
    reply(socket, { status: "OK", data: name, filename: name, size, sha256, offset: 0, length: 5, file });
    socket.write("hello");
    return undefined;
  });
}

/** A server that is killed once it has been asked. */
async function killedWhileWaiting(): Promise<Ended> {
  const gate = await Gate.before(scene.server);
  gate.allow("down", 0);
  const running = start(["ping"], { port: gate.port });
  await gate.full("down");
  gate.cut();
  return running.ended;
}

/** Over TLS, with a server whose key is not the one that was given. */
async function otherKey(): Promise<Ended> {
  const { host, port } = await started("--memory", ...written(scene.folder, newCertificate()));
  return run(["--host", host, "--tls-pin", newCertificate().pin, "ping"], { port });
}

/** `listen` of bob, once it listens. */
async function listening(options: readonly string[], port = scene.server.port, begin = start): Promise<Running> {
  const running = begin([...as(scene.bob), ...options], { port });
  await until("it listens", () => running.stderr.includes("listening\n"));
  return running;
}

/** Ended by a signal while it does something. */
const signalled = {
  async listening(signal: NodeJS.Signals) {
    const running = await listening(["listen"], scene.server.port, startProcess);
    running.kill(signal);
    return running.ended;
  },
  async sending(signal: NodeJS.Signals) {
    const gate = await Gate.before(scene.server);
    write("a.iso", Buffer.alloc(8 * MIB, "a"));
    gate.allow("up", 2 * MIB);
    const running = startProcess([...as(scene.alice), "sendfile", scene.bob, "a.iso"], { port: gate.port });
    await gate.full("up");
    running.kill(signal);
    return running.ended;
  },
  async asking(signal: NodeJS.Signals) {
    const asked = Promise.withResolvers<void>();
    const port = await lyingServer((request) => {
      if (request === "ping") asked.resolve();
      return request === "ping" ? undefined : { status: "OK", message: "ok" };
    });
    const running = startProcess(["ping"], { port });
    await asked.promise;
    running.kill(signal);
    return running.ended;
  },
  async reading(signal: NodeJS.Signals) {
    const running = startProcess([], { input: "open" });
    running.stdin.write("ping\n");
    await until("it reads the next line", () => running.stdout === "pong\n");
    running.kill(signal);
    return running.ended;
  },
};

/** The server's own words are for --json; what more it says of a refusal is shown behind ours. */
function refusedAs(code: string): object {
  return { status: "ERROR", code, message: "as the server words it", detail: "oops" };
}

type Case = readonly [code: number, cause: string, end: () => Promise<Ended>, says?: RegExp];

const cases: readonly Case[] = [
  [0, "it was done", () => run(["ping"])],
  [0, "a message came within -W", heard],
  [0, "--help", () => run(["--help"])],
  [1, "the server refuses", twice],
  [1, "a file is too large", tooLarge],
  [2, "nothing comes within -W", () => bob("listen", "-W", "0.2")],
  [2, "not enough comes within -W", () => bob("listen", "-C", "2", "-W", "0.2")],
  [2, "nothing is found", searched, /nothing was found/],
  [64, "no such command", () => alice("sned", scene.bob, "halo"), /did you mean send\?/],
  [64, "a request without its words", () => alice("send")],
  [64, "a command of the prompt", () => alice("open", scene.bob), /prompt/],
  [64, "a request that bytes follow", () => alice("upload", scene.bob, "a.iso", "5"), /sendfile/],
  [64, "an option that there is not", () => run(["--pasword", "x", "ping"])],
  [64, "a value that is none", () => run(["--timeout", "soon", "ping"]), /--timeout/],
  [64, "a command in two ways", () => run(["-c", "ping", "ping"]), /one of them/],
  [64, "a token and a user", () => alice("--token-file", "x", "ping"), /--token-file/],
  [64, "two forms of output", () => run(["--json", "--plain", "ping"]), /one of them/],
  [64, "history of a count that is none", () => alice("history", scene.bob, "many"), /use: history/],
  [64, "a shell that there is not", () => run(["completion", "csh"]), /bash/],
  [64, "a manual page that there is not", () => run(["man", "cat"]), /client/],
  [65, "a text that is not UTF-8", () => piped(Buffer.from([0x68, 0xe9])), /UTF-8/],
  [65, "no text at all", () => piped(""), /nothing/],
  [65, "nothing but line ends", () => piped("\r\n\n"), /nothing/],
  [65, "a script that is not UTF-8", () => run(["-f", write("s", Buffer.from([0xe9]))]), /UTF-8/],
  [65, "a script on standard input that is not UTF-8", () => run(["-f", "-"], { input: latin1() }), /UTF-8/],
  [66, "no such file here", () => alice("sendfile", scene.bob, "./nowhere"), /nowhere/],
  [66, "no such file there", () => alice("getfile", "nowhere"), /nowhere/],
  [66, "a folder instead of a file", () => alice("sendfile", scene.bob, "."), /not a file/],
  [66, "no such script", () => run(["-f", "nowhere"]), /nowhere/],
  [67, "no such user", () => alice("send", "nobody", "halo")],
  [67, "no such group", () => alice("joingroup", "kelas-nowhere")],
  [68, "a host that nobody knows", () => run(["--host", "tidak-ada.invalid", "ping"]), /tidak-ada\.invalid/],
  [69, "a server that is not there", refused, /cannot reach/],
  [70, "a fault in the server", () => serving(refusedAs("internal")), /a fault in the server.* \(oops\)/],
  [73, "a folder that cannot be made", intoNowhere, /blocked/],
  [73, "a file that cannot be made", () => got("-o", `${write("blocked", "")}/a.iso`), /blocked/],
  [74, "what came is not what was sent", forged, /SHA-256/],
  [74, "the server says so", () => serving(refusedAs("checksum")), /what came is not what was announced \(oops\)/],
  [75, "no answer in time", async () => run(["--timeout", "300ms", "ping"], { port: await silent() }), /0\.3 s/],
  [75, "the link is lost meanwhile", killedWhileWaiting],
  [75, "the link is lost, and is not to come back", lostForGood],
  [76, "a server with another key", otherKey, /another public key than it should/],
  [77, "a wrong password", () => run(["-u", scene.alice, "--password-file", write("w", "salah\n"), "ping"])],
  [77, "no password to be had", () => run(["-u", scene.alice, "ping"]), /--password-file/],
  [77, "a command that has no password to give", () => run(["-u", scene.alice, "--password-command", "false", "ping"])],
  [77, "who is banned", banned, /you are banned from this server \(spam\)/],
  [77, "a token that is none", () => run(["--token-file", write("t", `${ID}\n`), "ping"])],
  [77, "a request that needs a login", () => run(["whoami"])],
  [77, "listening as nobody", () => run(["listen"]), /as whom/],
  [78, "a config that is no JSON", () => configured("port: 9000")],
  [78, "a config with an option that there is not", () => configured('{ "prot": 9000 }'), /prot/],
  [78, "a config that is not there", () => run(["--config", "nowhere.json", "ping"]), /nowhere\.json/],
  [78, "a profile that there is not", () => run(["-P", "kampus", "ping"]), /kampus/],
  [78, "a password that others can read", () => openTo("--password-file", "-u", scene.alice), /chmod 600/],
  [78, "a token that others can read", () => openTo("--token-file"), /chmod 600/],
  [78, "saved logins that others can read", openLogins, /chmod 600/],
  [130, "SIGINT while it listens", () => signalled.listening("SIGINT")],
  [130, "SIGINT while a file is sent: it is paused", () => signalled.sending("SIGINT"), /paused; the same command/],
  [130, "SIGINT while it waits for an answer", () => signalled.asking("SIGINT")],
  [130, "SIGINT while it waits for a line", () => signalled.reading("SIGINT")],
  [143, "SIGTERM while it listens", () => signalled.listening("SIGTERM")],
  [143, "SIGTERM while a file is sent", () => signalled.sending("SIGTERM")],
  [143, "SIGTERM while it waits for an answer", () => signalled.asking("SIGTERM")],
  [143, "SIGTERM while it waits for a line", () => signalled.reading("SIGTERM")],
];

describe("chat-client ends with", () => {
  const all = cases.map(([code, cause, end, says = /(?:)/]) => [code, cause, end, says] as const);
  test.each(all)("%d: %s", async (code, _, end, says) => {
    const ended = await end();
    expect(ended).toMatchObject({ code });
    expect(ended.stderr).toMatch(says);
    // No stack, and all of it said by the program.
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
  });

  test("what the table says, of which each code has a case here", () => {
    const tried = new Set(cases.map(([code]) => code));
    expect(exitsAbout.map(([code]) => code).filter((code) => !tried.has(code))).toEqual([]);
    expect(exitsAbout.map(([code]) => code)).toEqual(Object.values(exits));
  });

  test("the first that failed, of several that go on", async () => {
    const lines = ["ping", "send nobody halo", "sned", "ping"].join("\n");
    const { code, stdout } = await run([...as(scene.alice), "--keep-going"], { input: lines });
    expect({ code, stdout }).toEqual({ code: 67, stdout: "pong\npong\n" });
  });
});

async function heard(): Promise<Ended> {
  const running = await listening(["listen", "-C", "1", "-W", "60"]);
  await alice("send", scene.bob, "halo");
  return running.ended;
}

async function banned(): Promise<Ended> {
  const server = await started();
  const { client } = await newUser(server, "alice");
  client.close();
  await ok((await operatorOf(server)).request("admin ban alice spam"));
  return run([...as("alice"), "ping"], { port: server.port });
}

async function twice(): Promise<Ended> {
  const group = `kelas-${scene.alice}`;
  await alice("addgroup", group);
  return alice("addgroup", group);
}

async function tooLarge(): Promise<Ended> {
  const small = await started("--memory", "--max-file", "1K");
  const client = await small.connect();
  for (const name of ["alice", "bob"]) await client.request(`register ${name} rahasia ${name} indonesia`);
  client.close();
  write("a.iso", "a".repeat(2048));
  return run([...as("alice"), "sendfile", "bob", "a.iso"], { port: small.port });
}

async function searched(): Promise<Ended> {
  await alice("send", scene.bob, "halo");
  return alice("search", scene.bob, "tugas");
}

function piped(input: string | Uint8Array): Promise<Ended> {
  return run([...as(scene.alice), "send", scene.bob, "-"], { input });
}

function latin1(): Buffer {
  return Buffer.from(`help\nsend ${scene.bob} caf\u00e9\n`, "latin1");
}

async function refused(): Promise<Ended> {
  const gone = await startServer(["--memory"]);
  await gone.stop();
  return run(["ping"], { port: gone.port });
}

async function serving(said: object): Promise<Ended> {
  return run(["ping"], { port: await answering(said) });
}

/** bob fetches what alice has sent. */
async function got(...words: readonly string[]): Promise<Ended> {
  await alice("sendfile", scene.bob, write("a.iso", "halo"));
  return bob("getfile", "a.iso", ...words);
}

async function intoNowhere(): Promise<Ended> {
  await alice("sendfile", scene.bob, write("a.iso", "halo"));
  return bob("--downloads", `${write("blocked", "")}/below`, "getfile", "a.iso");
}

async function forged(): Promise<Ended> {
  return run([...as("bob"), "getfile", ID], { port: await forging() });
}

async function lostForGood(): Promise<Ended> {
  const gate = await Gate.before(scene.server);
  const running = await listening(["--no-reconnect", "listen"], gate.port);
  gate.cut();
  return running.ended;
}

function configured(text: string): Promise<Ended> {
  return run(["--config", write("c.json", text), "ping"]);
}

function openTo(option: string, ...more: readonly string[]): Promise<Ended> {
  return run([...more, option, write("open", "rahasia\n", 0o644), "ping"]);
}

async function openLogins(): Promise<Ended> {
  mkdirSync(scene.path("state/obrol"), { recursive: true });
  write("state/obrol/logins.json", "{}", 0o640);
  return run(["-u", scene.alice, "ping"]);
}
