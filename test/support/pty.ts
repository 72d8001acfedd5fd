/** chat-client as a process of its own in a real pty: for signals, modes of the terminal, how it ends, other programs. */
import { type IPty, spawn } from "@lydell/node-pty";
import { onTestFinished } from "vitest";
import { program } from "./programs.ts";
import { Window, type WindowOptions } from "./window.ts";

const chatClient = program("chat-client");

export interface PtyOptions extends WindowOptions {
  /** Under an interactive shell: for job control. */
  readonly shell?: boolean;
}

export class Pty extends Window {
  protected readonly exited: Promise<number>;
  protected ended = false;
  readonly #pty: IPty;

  /** Killed with the test. */
  constructor(options: PtyOptions) {
    super(options);
    const { args = [], folder, columns = 100, rows = 30, shell = false } = options;
    const [file, given] = shell ? ["sh", ["-i"]] : [process.execPath, [chatClient, ...args]];
    this.#pty = spawn(file, [...given], {
      name: this.env["TERM"] as string,
      cols: columns,
      rows,
      cwd: folder,
      env: {
        ...this.env,
        ...(shell && { PS1: "shell$ ", ENV: "", CLIENT: [process.execPath, chatClient, ...args].join(" ") }),
      },
    });
    this.#pty.onData((text) => this.written(text));
    this.exited = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        this.ended = true;
        resolve(exitCode + (signal ? 128 + signal : 0));
      });
    });
    onTestFinished(async () => {
      if (!this.ended) process.kill(this.#pty.pid, "SIGKILL");
      await this.exited;
      this.emulator.dispose();
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  type(text: string): this {
    if (!this.ended) this.#pty.write(text);
    return this;
  }

  typeBytes(bytes: Buffer): this {
    if (!this.ended) this.#pty.write(bytes as unknown as string);
    return this;
  }

  protected sized(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }
}
