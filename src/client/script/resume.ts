/** What `listen` and `--each-line` share: a link that comes back, whose every connection resumes the session. */
import { type ChatClient, isOk } from "../client.ts";
import { FinalError, type LinkSettings } from "../link.ts";
import { refusal } from "./exits.ts";
import type { Output } from "./output.ts";

export interface ReconnectingOptions extends LinkSettings {
  readonly token: string;
  readonly output: Output;
}

/** Makes the session that of a new connection. @throws FinalError when it has ended, ExitError when the server refuses for another reason, LinkError */
export async function resume(client: ChatClient, token: string): Promise<void> {
  const dialect = await client.request("dialect auto");
  if (!isOk(dialect)) throw refusal(dialect);
  const resumed = await client.request(`resume ${token}`);
  if (resumed.code === "no-session") throw new FinalError(refusal(resumed).message);
  if (!isOk(resumed)) throw refusal(resumed);
}
