/** Somebody who speaks or listens over a plain socket, as cheap as it can be counted. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Bench, Running, Said } from "./servers.ts";

/** Connections that are being opened at once: of more than a server listens for the system drops some. */
const OPENING = 8;
const ENTERING = 200;
/** For every answer. */
const PATIENCE_MS = 120_000;

export class Person {
  readonly #socket: Socket;
  #seen: (chunk: Buffer) => void = () => {};
  #bytes = 0;
  /** Bytes of each message or answer; 0 while the first is not whole. */
  #frame = 0;
  #first: Buffer = Buffer.alloc(0);

  static async come(port: number): Promise<Person> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Person(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk) => this.#seen(chunk));
  }

  /** Resolves when it is answered. @throws Error when the connection ends before */
  async say(said: Said): Promise<void> {
    if (!said) return;
    this.#socket.write(said.say);
    await this.hears(said.answered);
  }

  /** Resolves when these bytes have come, from now on. @throws Error when the connection ends before, or they do not come */
  hears(wanted: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why} before ${JSON.stringify(wanted)} came`));
      const lost = (): void => fail("the connection ended");
      const timer = setTimeout(() => fail(`${PATIENCE_MS / 1000} s were over`), PATIENCE_MS);
      let tail = "";
      this.#socket.once("close", lost);
      this.#seen = (chunk) => {
        // They may be cut in two.
        const text = tail + chunk.toString("latin1");
        tail = text.slice(-wanted.length);
        if (!text.includes(wanted)) return;
        this.#seen = () => {};
        this.#socket.off("close", lost);
        clearTimeout(timer);
        resolve();
      };
    });
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** Counts what comes: in one run each message has the same length, so bytes are messages. @param end of each */
  count(end: string): void {
    this.#seen = (chunk) => this.#take(chunk, end);
  }

  /** Messages, or answers, that have come since they are counted. */
  get frames(): number {
    return this.#frame === 0 ? 0 : this.#bytes / this.#frame;
  }

  /** Bytes that have come at all. */
  get received(): number {
    return this.#socket.bytesRead;
  }

  /** Sends the batch again each time it has been answered, and counts the answers. @param end of each */
  pipeline(batch: string, answers: number, end: string): void {
    const bytes = Buffer.from(batch);
    let batches = 0;
    const send = (): void => {
      batches++;
      this.#socket.write(bytes);
    };
    this.#seen = (chunk) => {
      this.#take(chunk, end);
      if (this.#frame > 0 && this.#bytes >= batches * answers * this.#frame) send();
    };
    send();
  }

  leave(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer, end: string): void {
    this.#bytes += chunk.length;
    if (this.#frame > 0) return;
    this.#first = Buffer.concat([this.#first, chunk]);
    const at = this.#first.indexOf(end);
    if (at >= 0) this.#frame = at + end.length;
  }
}

/** Everybody is logged in, and then messages come to those who listen: nobody is told that another one has come. */
export async function company(
  bench: Bench,
  { port, nodes }: Pick<Running, "port" | "nodes">,
  { speakers, listeners }: { readonly speakers: readonly string[]; readonly listeners: readonly string[] },
): Promise<{ readonly speakers: readonly Person[]; readonly listeners: readonly Person[] }> {
  const users = [...speakers, ...listeners];
  const ports = nodes?.ports ?? [port];
  const people = await inTurns(users, async (_, i) => {
    // A pair is on two nodes, if there are more.
    const moved = Math.floor(i / Math.max(1, speakers.length));
    const person = await Person.come(ports[(i + moved) % ports.length] as number);
    await person.say(bench.arrive);
    return person;
  });
  // Some servers let people in once a second: all that have come.
  await inTurns(people, (person, i) => person.say(bench.enter(users[i] as string)), ENTERING);
  const come = { speakers: people.slice(0, speakers.length), listeners: people.slice(speakers.length) };
  await inTurns(come.listeners, (person, i) => person.say(bench.listen(listeners[i] as string)));
  return come;
}

/** The same for all, for some of them at a time. */
export async function inTurns<T, R>(
  all: readonly T[],
  one: (each: T, i: number) => Promise<R>,
  atOnce = OPENING,
): Promise<R[]> {
  const results: R[] = new Array(all.length);
  const next = all.entries();
  const worker = async (): Promise<void> => {
    for (const [i, each] of next) results[i] = await one(each, i);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
  return results;
}
