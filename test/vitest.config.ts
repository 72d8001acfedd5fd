import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real processes on a busy machine: a test waits for what it wants, and only a hang runs into this.
    // Most of the time is spent waiting, for timers of servers that are let down: more files than processors.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/support/reporter.ts"],
  },
});
