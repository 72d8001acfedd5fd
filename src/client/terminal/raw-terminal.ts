/** The terminal in raw mode: what is typed comes as keys. However the program ends, it is left as it was found. */
import { type Key, KeyDecoder } from "./keys.ts";

/**
 * Bracketed paste, and to be told of focus. A mouse that a program before us has left on would type: X10 and VT200
 * reports, drags, motion, and the forms of their coordinates go off.
 */
const MODES_ON = `\u001b[?9;1000;1002;1003;1005;1006;1015;1016l\u001b[?2004h\u001b[?1004h`;
const MODES_OFF = "\u001b[?2004l\u001b[?1004l";

export interface RawTerminalOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  onKey(key: Key): void;
  /** It is ours: at first, and again after others had it. */
  onTaken(): void;
  /** The window is closed. */
  onEnd(): void;
}

export class RawTerminal {
  isClosed = false;
  readonly #options: RawTerminalOptions;
  readonly #keys: KeyDecoder;
  #taken = false;
  readonly #onData = (bytes: Buffer | string): void => this.#keys.push(Buffer.from(bytes));
  readonly #onEnd = (): void => {
    this.#keys.end();
    this.#options.onEnd();
  };

  constructor(options: RawTerminalOptions) {
    this.#options = options;
    this.#keys = new KeyDecoder((key) => {
      if (!this.isClosed) options.onKey(key);
    });
    process.on("exit", this.leave);
    process.on("SIGCONT", this.take);
    options.input.on("data", this.#onData);
    options.input.on("end", this.#onEnd);
    this.take();
  }

  readonly take = (): void => {
    if (this.isClosed) return;
    const { input, output, onTaken } = this.#options;
    // While it was stopped, the shell may have changed the mode.
    input.setRawMode(true);
    if (this.#taken) return;
    this.#taken = true;
    input.resume();
    output.write(MODES_ON);
    onTaken();
  };

  /** Gives it to others. */
  readonly leave = (): void => {
    if (!this.#taken) return;
    this.#taken = false;
    const { input, output } = this.#options;
    output.write(MODES_OFF);
    input.setRawMode(false);
    input.pause();
  };

  /** Stops the program; it takes the terminal again when it goes on. */
  suspend(): void {
    this.leave();
    // The whole group of processes stops (npx, which waits for this one, too), as when the terminal itself reads the key.
    // Without a shell to go back to nothing stops; else what follows is done when it goes on.
    process.kill(0, "SIGTSTP");
    setImmediate(this.take);
  }

  close(): void {
    this.isClosed = true;
    this.leave();
    const { input } = this.#options;
    input.off("data", this.#onData);
    input.off("end", this.#onEnd);
    input.pause();
    process.off("exit", this.leave);
    process.off("SIGCONT", this.take);
  }
}
