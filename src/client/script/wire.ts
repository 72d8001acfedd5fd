/** A script's connection: each request in the time it may take; shown as it goes over the wire, if somebody wants to see it. */
import { MAX_REPLY } from "../chat/link.ts";
import { ChatClient, type Reply, type ServerEvent } from "../client.ts";
import { masked, maskedReply } from "../secrets.ts";

export interface WireOptions {
  readonly host: string;
  readonly port: number;
  /** How long connecting, and each answer, may take, in ms. */
  readonly timeout: number;
  /** Told of each frame, secrets masked. */
  readonly trace: ((direction: ">" | "<", frame: string) => void) | undefined;
  readonly onEvent?: (event: ServerEvent) => void;
}

export class Wire {
  readonly #client: ChatClient;
  readonly #options: WireOptions;

  /** Connects, and makes sure that the words of every dialect are understood. @throws LinkError */
  static async open(options: WireOptions): Promise<Wire> {
    const { host, port, timeout, trace, onEvent } = options;
    const client = await ChatClient.connect({
      host,
      port,
      connectTimeout: timeout,
      maxReply: MAX_REPLY,
      onEvent(event) {
        trace?.("<", JSON.stringify(event));
        onEvent?.(event);
      },
    });
    const wire = new Wire(client, options);
    await wire.request("dialect auto");
    return wire;
  }

  private constructor(client: ChatClient, options: WireOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** @throws LinkError when no answer comes, or not in time */
  readonly request = async (text: string): Promise<Reply> => {
    const { timeout, trace } = this.#options;
    trace?.(">", masked(text));
    const patience = setTimeout(() => this.#client.fail(`no answer within ${timeout / 1000} s`), timeout);
    try {
      const reply = await this.#client.request(text);
      trace?.("<", maskedReply(JSON.stringify(reply)));
      return reply;
    } finally {
      clearTimeout(patience);
    }
  };

  close(): void {
    this.#client.close();
  }
}

/** A trace of the wire, as `--trace` has it: what goes and what comes, a frame a line. */
export function tracing(write: (text: string) => void): NonNullable<WireOptions["trace"]> {
  return (direction, frame) => write(`${direction} ${frame.replaceAll("\n", "\\n")}\n`);
}
