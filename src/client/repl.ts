/** The prompt: a line is a request as the protocols have it, its reply comes in words, messages as they come. */
import chalk from "chalk";
import { type ChatClient, isOk, type Reply, type ServerEvent } from "./client.ts";
import { fileCommand } from "./files.ts";
import type { Prompt } from "./prompt.ts";
import { eventInWords, replyInWords } from "./render.ts";
import { isLogin } from "./session.ts";
import type { Transfers } from "./transfers.ts";
import { wordsOf } from "./words.ts";

/** What this program adds to the server's requests. */
const FILES_HELP = `Here also:
  sendfile TO PATH…            send local files to a user or #group
  getfile ID|NAME [-o PATH]    fetch a file
  files, files received        list them
  transfers                    what is on its way, or paused
Ctrl-C on an empty line pauses what is on its way; the same command goes on.`;

export interface Repl {
  readonly client: ChatClient;
  readonly prompt: Prompt;
  readonly transfers: Transfers;
  /** NDJSON instead of words. */
  readonly json: boolean;
  /** Somebody has logged in. */
  onLogin(reply: Reply): void;
}

/** @returns whether everything that was asked for was done. @throws LinkError */
export async function repl({ client, prompt, transfers, json, onLogin }: Repl): Promise<boolean> {
  let good = true;
  if (prompt.interactive) prompt.print(chalk.dim("type a request, such as: send bob halo · help · Ctrl-D ends"));
  prompt.onInterrupt = () => {
    if (!transfers.busy) return false;
    transfers.pause();
    return true;
  };
  for await (const line of prompt.lines()) {
    if (line.trim() === "") continue;
    if (/^(quit|exit)$/i.test(line.trim())) break;
    const command = fileCommand(wordsOf(line));
    if (command) {
      const outcome = transfers.run(command);
      // A person goes on typing; a script's lines are done one after the other.
      if (!prompt.interactive) good = (await outcome) === "done" && good;
      continue;
    }
    // One at a time, so that a script's replies stand in its order and a login counts for the next line.
    const reply = await client.request(line);
    good &&= isOk(reply);
    prompt.print(shown(reply, json));
    if (prompt.interactive && /^\s*help\s*$/i.test(line)) prompt.print(FILES_HELP);
    if (!isLogin(reply)) continue;
    onLogin(reply);
    // From a login on, what others send is shown as it comes.
    await client.request("watch on");
  }
  transfers.pause();
  return good;
}

export function shown(reply: Reply, json: boolean): string {
  return json ? JSON.stringify(reply) : replyInWords(reply);
}

export function told(event: ServerEvent, json: boolean): string {
  return json ? JSON.stringify(event) : eventInWords(event);
}
