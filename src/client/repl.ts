/** The prompt: a line is a request as the protocols have it, its reply comes in words, messages as they come. */
import chalk from "chalk";
import { type ChatClient, isOk, type Reply, type ServerEvent } from "./client.ts";
import type { Prompt } from "./prompt.ts";
import { eventInWords, replyInWords } from "./render.ts";
import { isLogin } from "./session.ts";

export interface Repl {
  readonly client: ChatClient;
  readonly prompt: Prompt;
  /** NDJSON instead of words. */
  readonly json: boolean;
}

/** @returns whether every request was answered with OK. @throws LinkError */
export async function repl({ client, prompt, json }: Repl): Promise<boolean> {
  let good = true;
  if (prompt.interactive) prompt.print(chalk.dim("type a request, such as: send bob halo · help · Ctrl-D ends"));
  for await (const line of prompt.lines()) {
    if (line.trim() === "") continue;
    if (/^(quit|exit)$/i.test(line.trim())) break;
    // One at a time, so that a script's replies stand in its order and a login counts for the next line.
    const reply = await client.request(line);
    good &&= isOk(reply);
    prompt.print(shown(reply, json));
    // From a login on, what others send is shown as it comes.
    if (isLogin(reply)) await client.request("watch on");
  }
  return good;
}

export function shown(reply: Reply, json: boolean): string {
  return json ? JSON.stringify(reply) : replyInWords(reply);
}

export function told(event: ServerEvent, json: boolean): string {
  return json ? JSON.stringify(event) : eventInWords(event);
}
