/** A script's connection: it is made once, and each request has the time that it may take. */
import { ChatClient, type Reply, type ServerEvent } from "../client.ts";
import { type LinkSettings, MAX_REPLY } from "../link.ts";

export interface ScriptConnectionOptions extends Omit<LinkSettings, "reconnect"> {
  readonly onEvent?: (event: ServerEvent) => void;
}

export class ScriptConnection {
  readonly #client: ChatClient;
  readonly #timeout: number | undefined;
  /** Rejects with a LinkError when the connection is lost. */
  readonly lost: Promise<never>;

  /** Connects, and asks for the dialect `auto`: requests may be in any. @throws LinkError */
  static async open({ timeout, ...options }: ScriptConnectionOptions): Promise<ScriptConnection> {
    const { promise: lost, reject: lose } = Promise.withResolvers<never>();
    // Where nobody awaits it, its rejection must not end the process.
    lost.catch(() => undefined);
    const client = await ChatClient.connect({
      ...options,
      connectTimeout: timeout,
      maxReply: MAX_REPLY,
      onLost: lose,
    });
    const connection = new ScriptConnection(client, timeout, lost);
    await connection.request("dialect auto");
    return connection;
  }

  private constructor(client: ChatClient, timeout: number | undefined, lost: Promise<never>) {
    this.#client = client;
    this.#timeout = timeout;
    this.lost = lost;
  }

  /** @throws LinkError when no answer comes, or not in time */
  readonly request = (text: string): Promise<Reply> => this.#client.within(this.#timeout, this.#client.request(text));

  close(): void {
    this.#client.close();
  }
}
