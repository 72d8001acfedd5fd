/**
 * Somebody who sends and fetches files as raw bytes, on connections of their own: broken off at any point, gone on with, on other
 * nodes too, and at the same time on two.
 */
import { hash } from "node:crypto";
import type { Socket } from "node:net";
import type { Chance } from "../chance.ts";
import type { Fields } from "../line.ts";
import type { Machine } from "../machine.ts";

const END = "\r\n\r\n";

/** In ms: how long an answer may take, and the longest pause before it is tried again. */
const PATIENCE_MS = 9000;
const AGAIN_MS = 3000;
const TRIES = 5;

/** How many ids of uploads there are: the same file has the same id. */
const IDS = 8;
const LARGEST = 3000;

/** How many files are remembered. */
const FILES = 40;

export interface CourierOptions {
  readonly machine: Machine;
  readonly ports: readonly number[];
  readonly chance: Chance;
  readonly trace: (line: string) => void;
}

export class Courier {
  /** What it was given that cannot be right. */
  readonly wrong: string[] = [];
  readonly #options: CourierOptions;
  readonly #files: string[] = [];

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** Learns which files there are. */
  learn(reply: unknown): void {
    for (const [, id] of JSON.stringify(reply).matchAll(/"file":\{"id":"([0-9a-f-]{36})"/g)) {
      this.#files.push(id as string);
      if (this.#files.length > FILES) this.#files.shift();
    }
  }

  /** Sends a file, if need be in several goes. */
  async upload(token: string, to: string, n = this.#options.chance.below(IDS)): Promise<void> {
    const { chance } = this.#options;
    // On another connection, too, at the same time.
    if (chance.isIn(0.2)) void this.upload(token, to, n);
    const id = chance.isIn(0.8) ? `u${n}` : undefined;
    const content = Buffer.alloc(Math.floor((LARGEST * n * n) / IDS ** 2), `${n} isi `);
    for (let tries = 0; tries < TRIES; tries++) {
      const offset = id === undefined || chance.isIn(0.2) ? 0 : await this.#received(token, id);
      const words = ["upload", token, to, "berkas.bin", content.length];
      if (chance.isIn(0.5)) words.push("sha256", hash("sha256", content));
      if (id !== undefined) words.push("id", id);
      if (offset > 0) words.push("offset", offset);
      const reply = await this.#ask(words.join(" "), content.subarray(offset));
      if (reply) this.learn(reply.fields);
      const code = reply?.fields["code"];
      if (id === undefined || (reply && code !== "incomplete" && code !== "storage" && code !== "bad-request")) return;
      await this.#wait(chance.below(AGAIN_MS));
    }
  }

  /** Fetches a file, or the end of it. */
  async download(token: string): Promise<void> {
    const { chance } = this.#options;
    if (this.#files.length === 0) return;
    const offset = chance.isIn(0.3) ? chance.below(20) : 0;
    const reply = await this.#ask(`download ${token} ${chance.one(this.#files)} offset ${offset}`);
    const sha256 = reply?.fields["sha256"];
    if (!reply?.bytes || sha256 === undefined || offset > 0 || hash("sha256", reply.bytes) === sha256) return;
    this.wrong.push(`a file of ${reply.bytes.length} bytes is not the one of ${sha256}`);
  }

  /** Fetches all that there is of a user. */
  async exportAll(token: string): Promise<void> {
    const reply = await this.#ask(`export-all ${token}`);
    if (reply?.fields["length"] === undefined || !reply.bytes) return;
    try {
      for (const line of reply.bytes.toString().trimEnd().split("\n")) JSON.parse(line);
    } catch (error) {
      this.wrong.push(
        `an export is wrong: ${(error as Error).message} in ${JSON.stringify(reply.bytes.toString().slice(0, 3000))} ${reply.bytes.length}`,
      );
    }
  }

  async #received(token: string, id: string): Promise<number> {
    const reply = await this.#ask(`upload-status ${token} ${id}`);
    return Number((reply?.fields["data"] as Fields | undefined)?.["received"] ?? 0);
  }

  /** @returns the reply and the bytes that it has announced, if all have come; undefined if it has not come */
  #ask(request: string, body = Buffer.alloc(0)): Promise<{ fields: Fields; bytes?: Buffer } | undefined> {
    const { machine, ports, chance, trace } = this.#options;
    const port = chance.one(ports);
    const breaks = chance.isIn(0.3) ? chance.below(body.length + 200) : undefined;
    return new Promise((resolve) => {
      const socket: Socket = machine.connect({ port });
      let got = Buffer.alloc(0);
      let fields: Fields | undefined;
      let isOver = false;
      const end = (bytes?: Buffer): void => {
        if (isOver) return;
        isOver = true;
        machine.cancel(late);
        trace(`  to ${port}: ${request} +${body.length} -> ${JSON.stringify(fields)} +${bytes?.length}`);
        socket.destroy();
        resolve(fields && { fields, ...(bytes && { bytes }) });
      };
      const late = machine.after(PATIENCE_MS, () => end());
      socket.on("error", () => {});
      socket.on("close", () => end());
      socket.on("data", (chunk: Buffer) => {
        got = Buffer.concat([got, chunk]);
        const at = got.indexOf(END);
        if (!fields && at >= 0) {
          fields = JSON.parse(got.subarray(0, at).toString()) as Fields;
          got = got.subarray(at + END.length);
        }
        const length = Number(fields?.["length"] ?? 0);
        if (breaks !== undefined && fields && length > 0 && got.length >= breaks) end();
        else if (fields && got.length >= length) end(got);
      });
      socket.write(request + END);
      void this.#send(socket, body, breaks).then((isWhole) => {
        if (isWhole) return;
        if (chance.isIn(0.4)) socket.end();
        else if (chance.isIn(0.7)) end();
      });
    });
  }

  /** In pieces, now and then with a pause. @returns false if it breaks off */
  async #send(socket: Socket, body: Buffer, breaks = body.length): Promise<boolean> {
    const { chance } = this.#options;
    for (let at = 0; at < Math.min(breaks, body.length); ) {
      const piece = body.subarray(at, Math.min(breaks, at + 1 + chance.below(LARGEST)));
      socket.write(piece);
      at += piece.length;
      if (chance.isIn(0.3)) await this.#wait(chance.one([1, 100, 2000]));
      if (socket.destroyed) return true;
    }
    return breaks >= body.length;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.machine.after(ms, resolve));
  }
}
