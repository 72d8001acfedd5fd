import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real processes on a busy machine: a test waits for what it wants, and only a hang runs into this.
    // Most of the time is spent waiting, for timers of servers that are let down: more files than processors.
    maxWorkers: 4,
    // Most tests start programs, and those compile the same files: the second time that is done already.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "obrol-test-compile-cache") },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/support/reporter.ts"],
  },
});
