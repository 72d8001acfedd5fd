/** A person's prompt at a server under test: logged in, in a terminal of its own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { testFolder } from "./folder.ts";
import { newUser, PASSWORD, type Person } from "./people.ts";
import { Pty, type PtyOptions } from "./pty.ts";
import { startServer, type TestServer } from "./server.ts";

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

/** What the tests of a file have: one server, and for each of them a folder and names that nobody else has. */
export interface PromptScene {
  readonly server: TestServer;
  readonly folder: string;
  readonly alice: string;
  readonly bob: string;
  readonly group: string;
  /** Of alice; she is nowhere logged in. */
  readonly aliceToken: string;
  /** Bob, who is. */
  readonly bobSession: Person;
  /** Alice's prompt, in the folder of the test. */
  prompt(more?: Partial<PromptOptions>): Promise<Pty>;
}

/** @param accounts whether alice and bob have accounts. @param options of the server */
export function newPromptScene({ accounts = true, options = ["--memory"] as readonly string[] } = {}): PromptScene {
  const scene = {
    prompt: (more) => prompted({ port: scene.server.port, user: scene.alice, folder: scene.folder, ...more }),
  } as { -readonly [K in keyof PromptScene]: PromptScene[K] };
  beforeAll(async () => {
    scene.server = await startServer(options);
  });
  afterAll(() => scene.server.stop());
  beforeEach(async () => {
    scene.folder = testFolder();
    scene.alice = unique("alice");
    scene.bob = unique("bob");
    scene.group = unique("kelas");
    if (!accounts) return;
    const { client, token } = await newUser(scene.server, scene.alice);
    client.close();
    scene.aliceToken = token;
    scene.bobSession = await newUser(scene.server, scene.bob);
  });
  return scene;
}
