/** A person's prompt at a server under test: logged in, in a terminal of its own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "./folder.ts";
import { PASSWORD } from "./people.ts";
import { Pty, type PtyOptions } from "./pty.ts";

export interface PromptOptions extends Partial<PtyOptions> {
  readonly port: number;
  readonly user: string;
}

/** A file that only its owner reads, with everyone's password. */
export function passwordFile(folder: string, password = PASSWORD): string {
  const path = join(folder, "password");
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return path;
}

/** Options that log somebody in. */
export function as(user: string, folder: string): readonly string[] {
  return ["-u", user, "--password-file", passwordFile(folder)];
}

/** The program begun, whatever it does. */
export function began({ port, user, folder = testFolder(), args = [], ...more }: PromptOptions): Pty {
  return new Pty({ ...more, folder, args: ["--port", String(port), ...as(user, folder), ...args] });
}

/** The program with its prompt. */
export async function prompted(options: PromptOptions): Promise<Pty> {
  const pty = began(options);
  await pty.stands(new RegExp(`^${options.user} (\\[.*\\] )?[›>]$`));
  return pty;
}

let made = 0;

/** A name that nobody else has at a server. */
export function unique(name: string): string {
  return `${name}${++made}`;
}
