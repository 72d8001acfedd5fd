/** A person's prompt at a server under test: logged in, in a terminal of its own. It runs in the test's own process unless told otherwise. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { testFolder } from "./folder.ts";
import { newUser, PASSWORD, type Person } from "./people.ts";
import { Pty, type PtyOptions } from "./pty.ts";
import { startServer, type TestServer } from "./server.ts";
import type { Window, WindowOptions } from "./window.ts";
import { WindowHere } from "./window-here.ts";

export interface PromptOptions extends Partial<WindowOptions> {
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
export function began(options: PromptOptions): WindowHere {
  return new WindowHere(loggingIn(options));
}

/** The same as a process of its own, in a real pty: for what only they can go through. */
export function beganProcess(options: PromptOptions & Partial<PtyOptions>): Pty {
  return new Pty(loggingIn(options));
}

/** The program with its prompt. */
export async function prompted(options: PromptOptions): Promise<WindowHere> {
  return atPrompt(began(options), options);
}

/** The same as a process of its own. */
export async function promptedProcess(options: PromptOptions): Promise<Pty> {
  return atPrompt(beganProcess(options), options);
}

function loggingIn({ port, user, folder = testFolder(), args = [], ...more }: PromptOptions): WindowOptions {
  return { ...more, folder, args: ["--port", String(port), ...as(user, folder), ...args] };
}

async function atPrompt<W extends Window>(window: W, { user }: PromptOptions): Promise<W> {
  await window.stands(new RegExp(`^${user} (\\[.*\\] )?[›>]$`));
  return window;
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
  prompt(more?: Partial<PromptOptions>): Promise<Window>;
  /** The same as a process of its own. */
  promptProcess(more?: Partial<PromptOptions>): Promise<Pty>;
}

/** @param accounts whether alice and bob have accounts. @param options of the server */
export function newPromptScene({ accounts = true, options = ["--memory"] as readonly string[] } = {}): PromptScene {
  const ofAlice = (): PromptOptions => ({ port: scene.server.port, user: scene.alice, folder: scene.folder });
  const scene = {
    prompt: (more) => prompted({ ...ofAlice(), ...more }),
    promptProcess: (more) => promptedProcess({ ...ofAlice(), ...more }),
  } as Pick<PromptScene, "prompt" | "promptProcess"> as { -readonly [K in keyof PromptScene]: PromptScene[K] };
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
