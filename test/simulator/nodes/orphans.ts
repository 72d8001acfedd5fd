/** The files that a program has open when it dies, which the system would close: here it is this process that has them open. */
import type { FileHandle } from "node:fs/promises";
import type { Assembled } from "../../../src/bin/assemble.ts";
import type { Content } from "../../../src/contract/shapes.ts";
import { fieldOf } from "../../support/private-fields.ts";

export function closeOrphans({ services, listener }: Assembled): void {
  const parts = fieldOf(fieldOf(services.contents, "#parts") as object, "#open") as ReadonlyMap<string, object>;
  for (const part of parts.values()) {
    if (part && fieldOf(part, "#closed") === false) void (fieldOf(part, "#file") as FileHandle).close().catch(() => {});
  }
  for (const connection of fieldOf(listener, "#connections") as ReadonlySet<object>) {
    const stream = fieldOf(fieldOf(connection, "#output") as object, "#stream") as object;
    (fieldOf(stream, "#content") as Content | undefined)?.close(false);
  }
}
