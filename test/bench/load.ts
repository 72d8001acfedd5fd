/** Load: people who speak and listen over plain sockets, as cheap as it can be counted. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, cpuSeconds, type Running } from "./servers.ts";

export interface Figure {
  /** Messages that reached a receiver, per second. */
  readonly delivered: number;
  /** Microseconds of the server's processor time for each. */
  readonly cpu: number;
}

const TEXT = "a message of some sixty bytes, as people send them to people";
const BATCH = 64;
const WARM_UP_MS = 500;
const MEASURE_MS = 2500;

/** 16 pairs, each speaker with 64 messages under way. */
export async function pairs(bench: Bench, server: Running, count: number): Promise<Figure> {
  const listeners = await Promise.all(range(count).map((i) => enter(bench, server, `r${i}`)));
  const speakers = await Promise.all(range(count).map((i) => enter(bench, server, `s${i}`)));
  return measure(bench, server, listeners, speakers, (i) => bench.send(`r${i}`, TEXT));
}

/** One speaker with 64 messages under way, to a group of so many members. */
export async function group(bench: Bench, server: Running, members: number): Promise<Figure> {
  const speaker = await enter(bench, server, "s0");
  await speaker.say(bench.joinGroup("g"));
  const listeners: Person[] = [];
  for (const i of range(members)) {
    const person = await enter(bench, server, `r${i}`);
    await person.say(bench.joinGroup("g"));
    listeners.push(person);
  }
  return measure(bench, server, listeners, [speaker], () => bench.sendGroup("g", TEXT));
}

/** One pair: the speaker at one server, with so many messages under way, the listener at the other. */
export async function across(
  bench: Bench,
  here: Running,
  there: Running,
  realm: string,
  batch: number,
): Promise<Figure> {
  const listener = await enter(bench, there, "r0");
  const speaker = await enter(bench, here, "s0");
  return measure(bench, here, [listener], [speaker], () => bench.send(`r0@${realm}`, TEXT), batch);
}

async function measure(
  bench: Bench,
  server: Running,
  listeners: readonly Person[],
  speakers: readonly Person[],
  message: (speaker: number) => string,
  batch = BATCH,
): Promise<Figure> {
  // Joins and presence are still being told: they must not be counted.
  await sleep(200);
  for (const listener of listeners) listener.count();
  for (const [i, speaker] of speakers.entries()) {
    speaker.pipeline(message(i).repeat(batch) + bench.barrier, bench.answers(batch));
  }
  await sleep(WARM_UP_MS);
  const before = { frames: total(listeners), cpu: cpuSeconds(server.pid), time: performance.now() };
  await sleep(MEASURE_MS);
  const frames = total(listeners) - before.frames;
  const cpu = cpuSeconds(server.pid) - before.cpu;
  const seconds = (performance.now() - before.time) / 1000;
  for (const person of [...listeners, ...speakers]) person.leave();
  return { delivered: frames / seconds, cpu: (cpu / frames) * 1e6 };
}

async function enter(bench: Bench, server: Running, user: string): Promise<Person> {
  const person = new Person(server.port, bench.end);
  await person.say(bench.enter(user));
  return person;
}

class Person {
  readonly #socket: Socket;
  readonly #end: string;
  #seen: (chunk: Buffer) => void = () => {};
  #bytes = 0;
  #frame = 0;

  constructor(port: number, end: string) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk) => this.#seen(chunk));
    this.#end = end;
  }

  async say({ say, answered }: { say: string; answered: string }): Promise<void> {
    let text = "";
    const done = new Promise<void>((resolve) => {
      this.#seen = (chunk) => {
        text += chunk.toString("latin1");
        if (text.includes(answered)) resolve();
      };
    });
    this.#socket.write(say);
    await done;
  }

  /** Counts what comes: in one run each message has the same length, so bytes are messages. */
  count(): void {
    this.#seen = (chunk) => {
      if (this.#frame === 0) this.#frame = chunk.indexOf(this.#end) + this.#end.length;
      this.#bytes += chunk.length;
    };
  }

  get frames(): number {
    return this.#frame === 0 ? 0 : this.#bytes / this.#frame;
  }

  /** Sends the batch again each time it has been answered. */
  pipeline(batch: string, answers: number): void {
    const bytes = Buffer.from(batch);
    let open = 0;
    let size = 0;
    let got = 0;
    const send = (): void => {
      open = answers;
      this.#socket.write(bytes);
    };
    this.#seen = (chunk) => {
      if (size === 0) size = chunk.indexOf(this.#end) + this.#end.length;
      got += chunk.length;
      if (got >= open * size) {
        got -= open * size;
        send();
      }
    };
    send();
  }

  leave(): void {
    this.#socket.destroy();
  }
}

function total(people: readonly Person[]): number {
  return people.reduce((sum, person) => sum + person.frames, 0);
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
