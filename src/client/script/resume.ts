/** What a script does over a link that comes back: for whom, and how a new connection becomes what the last one was. */
import { type ChatClient, isOk, type Trace } from "../client.ts";
import { FinalError } from "../link.ts";
import { refusal } from "./exits.ts";
import type { Output } from "./output.ts";

export interface ReconnectingOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly reconnect: boolean;
  /** How long connecting, greeting, and each answer may take, in ms. */
  readonly timeout: number;
  readonly output: Output;
  readonly trace: Trace | undefined;
}

/** @throws FinalError when the session is no more, ExitError when the server refuses for another reason, LinkError */
export async function resume(client: ChatClient, token: string): Promise<void> {
  const dialect = await client.request("dialect auto");
  if (!isOk(dialect)) throw refusal(dialect);
  const resumed = await client.request(`resume ${token}`);
  if (resumed.code === "no-session") throw new FinalError(refusal(resumed).message);
  if (!isOk(resumed)) throw refusal(resumed);
}
