/** The commands about files in a script. What runs them is loaded when the first is asked for: most scripts have none. */
import { join } from "node:path";
import type { Account } from "../files/account.ts";
import type { View } from "../files/running-transfers.ts";
import type { Transfers } from "../files/transfers.ts";
import { type Program, written } from "../program.ts";
import { stateFolder } from "../state-files.ts";
import { inAscii } from "../terminal/ascii.ts";
import type { Output } from "./output.ts";

export interface ScriptTransfersOptions {
  readonly output: Output;
  readonly program: Program;
  /** Only what went wrong is said. */
  readonly quiet: boolean;
  readonly ascii: boolean;
  /** The terminal is read aloud: no bar is drawn on it. */
  readonly accessible: boolean;
  /** Folder that downloads go into. */
  readonly downloads: string;
  /** Who is logged in; undefined if nobody is. */
  account(): Account | undefined;
}

export class ScriptTransfers {
  readonly #options: ScriptTransfersOptions;
  #transfers: Transfers | undefined;
  #isPaused = false;

  constructor(options: ScriptTransfersOptions) {
    this.#options = options;
  }

  async load(): Promise<Transfers> {
    if (this.#transfers) return this.#transfers;
    const [{ Transfers }, { PausedUploads }] = await Promise.all([
      import("../files/transfers.ts"),
      import("../files/paused-uploads.ts"),
    ]);
    const { output, program, quiet, ascii, downloads, account } = this.#options;
    const { stdout, stderr } = program;
    const view = this.#view;
    const clear = view === "bar" ? "\r\u001b[K" : "";
    const drawn = ascii ? inAscii : (text: string) => text;
    const transfers = new Transfers({
      view,
      plain: output.form === "plain",
      columns: () => stdout.columns,
      downloads,
      account,
      // What is asked for goes to stdout, how it is going to stderr; a file's own bytes have stdout for themselves.
      say(text, kind, aside) {
        if (!aside && (view === "json" || kind === "answer")) stdout.write(`${text}\n`);
        else if (kind === "failure" || !quiet) stderr.write(`${clear}${drawn(text)}\n`);
      },
      onMoved: () => void stderr.write(clear + drawn(transfers.status(stderr.columns ?? 80))),
      output: (bytes) => written(stdout, bytes),
      paused: new PausedUploads(join(stateFolder(program.env), "uploads")),
    });
    this.#transfers = transfers;
    return transfers;
  }

  /** Pauses those under way. @returns false if there are none, or they were paused already: who asks twice does not want to wait */
  pause(): boolean {
    if (this.#isPaused || !this.#transfers?.busy) return false;
    this.#isPaused = true;
    this.#transfers.pause();
    return true;
  }

  get #view(): View {
    const { output, program, accessible } = this.#options;
    if (output.form === "json") return "json";
    const isDrawn = program.stderr.isTTY && output.form === "words" && program.env["TERM"] !== "dumb" && !accessible;
    return isDrawn ? "bar" : "lines";
  }
}
