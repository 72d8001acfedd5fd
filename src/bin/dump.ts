/** `chat-server dump`: what was said, from the database, for tools that read JSON. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExitError, exitOfError, exits } from "../client/script/exits.ts";
import { inert } from "../client/terminal/inert.ts";
import { Dump } from "../logs/sqlite/dump.ts";
import { DATABASE } from "../logs/sqlite/index.ts";
import { rfc3339 } from "../protocol/time.ts";
import { dumpAbout, dumpOptions } from "./dump-options.ts";
import { UsageError } from "./options.ts";
import { settings } from "./settings.ts";
import { version } from "./version.ts";

/** @returns the exit code: as of chat-client */
export async function dump(args: readonly string[]): Promise<number> {
  // Who reads may have seen enough.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : exits.io));
  try {
    const usage = `$0 [--data DIR] [--from SEQ]\n\n${dumpAbout}`;
    const given = await settings(dumpOptions, { name: "chat-server dump", usage, version, args, env: process.env });
    if (given) await print(given.settings.data ?? "data", given.settings.from ?? 1);
    return exits.done;
  } catch (error) {
    process.stderr.write(`chat-server: ${(error as Error).message.split("\n")[0]}\n`);
    return error instanceof UsageError ? exits.usage : exitOfError(error);
  }
}

/** @throws ExitError */
async function print(folder: string, from: number): Promise<void> {
  const path = join(folder, DATABASE);
  if (!existsSync(path)) throw new ExitError(exits.noInput, `${path}: no such file; --data DIR says where it is`);
  let database: Dump | undefined;
  try {
    database = new Dump(path);
    for (const { time, ...fields } of database.from(from)) {
      const isTaken = process.stdout.write(`${inert(JSON.stringify({ ...fields, time: rfc3339(time) }))}\n`);
      if (!isTaken) await once(process.stdout, "drain");
    }
  } catch (error) {
    throw new ExitError(exits.io, `${path}: ${(error as Error).message}`);
  } finally {
    database?.close();
  }
}
