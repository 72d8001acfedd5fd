/** A connection that carries raw bodies, and whole transfers over one: PROTOCOL.md, "Raw bodies". It knows nothing of src. */
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { until } from "./until.ts";

const END = "\r\n\r\n";

interface Place {
  readonly host: string;
  readonly port: number;
}

interface Reply {
  readonly status: string;
  readonly code?: string;
  readonly [key: string]: unknown;
}

/** A reply, and the raw bytes that came after it; none after most. */
interface Answer {
  readonly reply: Reply;
  readonly body: Buffer;
}

/** A reply whose body is not whole yet. */
interface Opened {
  readonly reply: Reply;
  readonly length: number;
  readonly body: Buffer[];
  had: number;
}

/** Keeps what a server answers, bodies too, for one request after the other. */
class BytesWire {
  readonly #socket: Socket;
  readonly #answers: Answer[] = [];
  #head = Buffer.alloc(0);
  #open: Opened | undefined;
  #ended = false;

  /** What is sent at once waits for the connection. Closed with the test. */
  constructor({ host, port }: Place) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    for (const end of ["end", "error", "close"]) this.#socket.on(end, () => (this.#ended = true));
    onTestFinished(() => this.close());
  }

  /** One request, and the body that it announces. */
  request(text: string, body?: Uint8Array): void {
    this.#socket.write(text + END);
    if (body) this.#socket.write(body);
  }

  /** The next answer, once it is whole. @throws Error when the server ends before. */
  async next(): Promise<Answer> {
    return until("there is an answer", () => {
      const answer = this.#answers.shift();
      if (!answer && this.#ended) throw new Error("the server ended before it had answered");
      return answer;
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk;
    while (rest) rest = this.#open ? this.#fill(this.#open, rest) : this.#begin(rest);
  }

  /** @returns what comes after the reply, if it is whole. */
  #begin(chunk: Buffer): Buffer | undefined {
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(END);
    if (end < 0) return undefined;
    const reply = JSON.parse(this.#head.toString("utf8", 0, end)) as Reply;
    const rest = this.#head.subarray(end + END.length);
    this.#head = Buffer.alloc(0);
    this.#open = { reply, length: Number(reply["length"] ?? 0), body: [], had: 0 };
    return rest;
  }

  /** @returns what comes after the body, if there is something. */
  #fill(open: Opened, chunk: Buffer): Buffer | undefined {
    const part = chunk.subarray(0, open.length - open.had);
    open.body.push(part);
    open.had += part.length;
    if (open.had < open.length) return undefined;
    this.#open = undefined;
    this.#answers.push({ reply: open.reply, body: Buffer.concat(open.body) });
    const rest = chunk.subarray(part.length);
    return rest.length > 0 ? rest : undefined;
  }
}

/** The reply to an upload, on a connection of its own. */
export async function upload(at: Place, token: string, to: string, name: string, content: Uint8Array): Promise<Reply> {
  const wire = new BytesWire(at);
  wire.request(`upload ${token} ${to} ${encodeURIComponent(name)} ${content.length}`, content);
  const { reply } = await wire.next();
  wire.close();
  return reply;
}

/** The reply to a download and what it brought, on a connection of its own. */
export async function download(at: Place, token: string, id: string, offset?: number): Promise<Answer> {
  const wire = new BytesWire(at);
  wire.request(`download ${token} ${id}${offset === undefined ? "" : ` offset ${offset}`}`);
  const answer = await wire.next();
  wire.close();
  return answer;
}

/** A download of what may take long to come from another realm: asked for again as long as it is on its way. */
export async function downloadOnceThere(at: Place, token: string, id: string): Promise<Answer> {
  return until("the content is there", async () => {
    const answer = await download(at, token, id);
    return answer.reply.code !== "realm-unreachable" && answer;
  });
}
