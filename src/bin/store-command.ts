/** What the commands have in common that work on a store, and not on a server: `import`, `export`, `nodes`. */
import { type Exit, ExitError, exitOfError, exits } from "../client/script/exits.ts";
import type { Copied } from "../logs/postgres/transfer.ts";
import { type Settings, type Table, UsageError } from "./options.ts";
import type { ServerSettings } from "./server-options.ts";
import { settings } from "./settings.ts";
import { storeUrl } from "./store.ts";
import { version } from "./version.ts";

type Store = Pick<ServerSettings, "store" | "store-file">;

interface Command<T extends Table> {
  readonly name: "import" | "export" | "nodes";
  readonly usage: string;
  readonly about: string;
  readonly options: T;
  /** @param url of the store. @throws Error in one line, of which the exit code follows */
  work(options: Settings<T>, url: string): Promise<void>;
}

/** @returns the exit code: as of chat-client */
export async function storeCommand<const T extends Table>(
  { name, usage, about, options, work }: Command<T>,
  args: readonly string[],
): Promise<number> {
  try {
    const call = { name: `chat-server ${name}`, usage: `$0 ${usage}\n\n${about}`, version, args, env: process.env };
    const given = await settings(options, call);
    if (!given) return exits.done;
    const url = storeUrl({ ...(given.settings as unknown as Store), memory: false });
    if (url === undefined) throw new UsageError("--store URL or --store-file FILE says which PostgreSQL");
    await work(given.settings, url);
    return exits.done;
  } catch (error) {
    process.stderr.write(`chat-server: ${(error as Error).message.split("\n")[0]}\n`);
    return error instanceof UsageError ? exits.usage : exitOfError(error);
  }
}

/** @throws ExitError in place of what PostgreSQL, and a store that is not as it should be, have thrown */
export async function onStore<T>(work: () => Promise<T>): Promise<T> {
  const [{ EngineError }, { UnfitStore }] = await Promise.all([
    import("../logs/postgres/client.ts"),
    import("../logs/postgres/transfer.ts"),
  ]);
  try {
    return await work();
  } catch (error) {
    if (error instanceof ExitError) throw error;
    const isAway = error instanceof EngineError && error.code === undefined;
    const code: Exit = error instanceof UnfitStore ? exits.data : isAway ? exits.unavailable : exits.io;
    throw new ExitError(code, `store: ${(error as Error).message}`);
  }
}

/** `3 users, 4 sessions, …`. */
export function copiedInWords(copied: Copied): string {
  return Object.entries(copied)
    .map(([what, n]) => `${n} ${n === 1 ? what.slice(0, -1) : what}`)
    .join(", ");
}
