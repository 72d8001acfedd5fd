/** A connection of somebody who speaks the protocol: requests in order, their replies, events. */
import type { Socket } from "node:net";
import type { World } from "../../src/world/world.ts";

export type Fields = Readonly<Record<string, unknown>>;

const END = "\r\n\r\n";

export interface LineOptions {
  readonly world: World;
  readonly port: number;
  onOpen?(): void;
  onEvent?(event: Fields): void;
  onLost?(): void;
}

export class Line {
  readonly #socket: Socket;
  readonly #options: LineOptions;
  readonly #waiting: ((reply: Fields | undefined) => void)[] = [];
  #text = "";
  #lost = false;

  constructor(options: LineOptions) {
    this.#options = options;
    const { world, port, onOpen } = options;
    this.#socket = world.connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.on("connect", () => onOpen?.());
    this.#socket.on("data", (bytes) => this.#read(bytes.toString()));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#end());
  }

  get isLost(): boolean {
    return this.#lost;
  }

  /** Undefined: the connection has ended, and what has become of it is not known. */
  ask(request: string): Promise<Fields | undefined> {
    return new Promise((resolve) => {
      if (this.#lost) {
        resolve(undefined);
        return;
      }
      this.#waiting.push(resolve);
      this.#socket.write(request + END);
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #read(text: string): void {
    const frames = (this.#text + text).split(END);
    this.#text = frames.pop() as string;
    for (const frame of frames) {
      const fields = JSON.parse(frame) as Fields;
      if (fields["event"] === undefined) this.#waiting.shift()?.(fields);
      else this.#options.onEvent?.(fields);
    }
  }

  #end(): void {
    if (this.#lost) return;
    this.#lost = true;
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
    this.#options.onLost?.();
  }
}
