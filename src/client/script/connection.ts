/** A script's connection: each request in the time it may take; and the wire, for who wants to see it. */

import { ChatClient, type LinkError, type Reply, type ServerEvent, type Trace } from "../client.ts";
import { wording } from "../language/wording.ts";
import { MAX_REPLY } from "../link.ts";
import { masked, maskedReply } from "../secrets.ts";
import { inert } from "../terminal/inert.ts";

export interface ScriptConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** How long connecting, and each answer, may take, in ms. */
  readonly timeout: number;
  readonly trace: Trace | undefined;
  readonly onEvent?: (event: ServerEvent) => void;
}

export class ScriptConnection {
  readonly #client: ChatClient;
  readonly #timeout: number;
  /** Rejects with a LinkError when the connection is lost. */
  readonly lost: Promise<never>;

  /** Connects, and makes sure that the words of every dialect are understood. @throws LinkError */
  static async open({ timeout, ...options }: ScriptConnectionOptions): Promise<ScriptConnection> {
    let lose: (error: LinkError) => void = () => {};
    const lost = new Promise<never>((_, reject) => {
      lose = reject;
    });
    // Whoever does not look is not told.
    lost.catch(() => undefined);
    const client = await ChatClient.connect({
      ...options,
      connectTimeout: timeout,
      maxReply: MAX_REPLY,
      onLost: (error) => lose(error),
    });
    const connection = new ScriptConnection(client, timeout, lost);
    await connection.request("dialect auto");
    return connection;
  }

  private constructor(client: ChatClient, timeout: number, lost: Promise<never>) {
    this.#client = client;
    this.#timeout = timeout;
    this.lost = lost;
  }

  /** @throws LinkError when no answer comes, or not in time */
  readonly request = async (text: string): Promise<Reply> => {
    const late = wording.link.late(this.#timeout / 1000);
    const patience = setTimeout(() => this.#client.fail(late), this.#timeout);
    try {
      return await this.#client.request(text);
    } finally {
      clearTimeout(patience);
    }
  };

  close(): void {
    this.#client.close();
  }
}

/** What goes and what comes, a frame a line; passwords and tokens are masked. */
export function traceTo(write: (text: string) => void): Trace {
  return (direction, frame) => {
    const shown = direction === ">" ? masked(frame) : maskedReply(frame);
    write(`${direction} ${inert(shown.replaceAll("\n", "\\n"))}\n`);
  };
}
