/** Starts crowds of connections that mean ill, each crowd a process of its own: what they do costs the one that measures nothing. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What they do; it goes to another process. */
export interface Crowd {
  readonly port: number;
  /** The address that they come from. */
  readonly from: string;
  readonly connections: number;
  /** Bytes that each begins with. */
  readonly first?: string;
  /** Bytes that each says again and again. */
  readonly drip?: { readonly text: string; readonly everyMs: number };
  /**
   * A request that each asks again and again, so many of them at once; `{number}` and `{code}` in it change. Who does not read
   * what he is answered asks as much as the connection takes.
   */
  readonly ask?: { readonly request: string; readonly underWay: number };
  /** Whether whoever is closed comes again; nobody does unless told so. */
  readonly returns?: boolean;
  /** Whether they read; they do unless told otherwise. */
  readonly reads?: boolean;
}

/** How it has gone for them so far. */
export interface Report {
  /** Connections that are open, that the server has closed, and that have never come. */
  readonly open: number;
  readonly closed: number;
  readonly failed: number;
  /** Answers by their code. */
  readonly answers: Readonly<Record<string, number>>;
  /** Seconds that those lived which the server has closed. */
  readonly lived?: readonly [least: number, most: number] | undefined;
}

const program = new URL("crowd.ts", import.meta.url).pathname;

export class Besiegers {
  readonly #child: ChildProcess;

  /** Resolves when all have come and have begun. */
  static async come(crowd: Crowd): Promise<Besiegers> {
    const child = fork(program);
    // It may be too long for a command line.
    child.send(crowd);
    await once(child, "message");
    return new Besiegers(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  async report(): Promise<Report> {
    const answered = once(this.#child, "message");
    this.#child.send("report");
    const [report] = (await answered) as [Report];
    return report;
  }

  /** Ends them all at once, as a process that dies does. @returns their last report */
  async leave(): Promise<Report> {
    const report = await this.report();
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
    return report;
  }
}
