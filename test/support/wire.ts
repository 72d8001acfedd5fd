/** A connection that keeps text: replies, and whatever else a server may say. */
import { StringDecoder } from "node:string_decoder";
import type { Reply } from "../../src/client/client.ts";
import { Connection, END } from "./connection.ts";

export class Wire extends Connection {
  readonly #decoder = new StringDecoder("utf8");
  #text = "";

  /** Everything received so far. */
  get text(): string {
    return this.#text;
  }

  /** The whole replies received so far. @throws Error when something is no reply. */
  get replies(): readonly Reply[] {
    return this.#text
      .split(END)
      .slice(0, -1)
      .map((frame) => JSON.parse(frame) as Reply);
  }

  /** The first `count` replies, once they are here. @throws Error when the server ends before. */
  async first(count: number): Promise<readonly Reply[]> {
    return this.wait(`${count} replies are here`, () => {
      const { replies } = this;
      if (replies.length >= count) return replies.slice(0, count);
      if (this.hasEnded) throw new Error(`the server ended after ${replies.length} replies, not ${count}`);
      return undefined;
    });
  }

  /** All replies, once the server has ended its half. */
  async ended(): Promise<readonly Reply[]> {
    await this.over();
    return this.replies;
  }

  protected read(chunk: Buffer): void {
    this.#text += this.#decoder.write(chunk);
  }
}
