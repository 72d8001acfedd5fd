/** A connection that keeps text: replies, and whatever else a server may say. */
import { StringDecoder } from "node:string_decoder";
import type { Reply } from "../../src/connection/errors.ts";
import { Connection, END } from "./connection.ts";

export class Wire extends Connection {
  readonly #decoder = new StringDecoder("utf8");
  readonly #frames: string[] = [];
  #text = "";
  /** What has come of a frame that has not ended, in its pieces: it may have many. */
  #rest: string[] = [];

  /** Everything received so far. */
  get text(): string {
    return this.#text;
  }

  /** The whole replies received so far. @throws Error when something is no reply. */
  get replies(): readonly Reply[] {
    return this.#frames.map((frame) => JSON.parse(frame) as Reply);
  }

  /** The first `count` replies, once they are here. @throws Error when the server ends before. */
  async first(count: number): Promise<readonly Reply[]> {
    return this.wait(`${count} replies are here`, () => {
      if (this.#frames.length >= count) return this.replies.slice(0, count);
      if (this.hasEnded) throw new Error(`the server ended after ${this.#frames.length} replies, not ${count}`);
      return undefined;
    });
  }

  /** All replies, once the server has ended its half. */
  async ended(): Promise<readonly Reply[]> {
    await this.over();
    return this.replies;
  }

  protected read(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    this.#text += text;
    if (text === "") return;
    this.#rest.push(text);
    // Its end may be in several pieces, each of which has a letter of it at least.
    if (!this.#rest.slice(-END.length).join("").includes(END)) return;
    const frames = this.#rest.join("").split(END);
    this.#rest = [frames.pop() as string];
    this.#frames.push(...frames);
  }
}
