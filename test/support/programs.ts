/** The programs that tests start as processes of their own. */
import { join } from "node:path";

/** Those of src, the one that stands in for chat-server where tests stage it, and the one that has a network of its own. */
const SOURCES = {
  "chat-server": "../../src/bin/chat-server.ts",
  "chat-client": "../../src/bin/chat-client.ts",
  "staged-server": "staged-server.ts",
  "beyond-door": "beyond-door.ts",
} as const;

/** What says where they are bundled; the run of vitest sets it: bundle.ts. */
export const BUNDLED = "OBROL_TEST_PROGRAMS";

/** @returns its path: its bundle, in a run that has made one; else its source */
export function program(name: keyof typeof SOURCES): string {
  const folder = process.env[BUNDLED];
  return folder === undefined ? source(name) : join(folder, `${name}.js`);
}

/** For a test of how its modules are loaded. */
export function source(name: keyof typeof SOURCES): string {
  return new URL(SOURCES[name], import.meta.url).pathname;
}
