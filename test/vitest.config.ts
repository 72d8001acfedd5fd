import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** What depends on the turn: these also run against servers whose log takes its time for every commit. */
const turns = [
  "test/conversations/*.test.ts",
  "test/server/{order,limits,crash,full-disk,files,shutdown}.test.ts",
  "test/files/full-disk.test.ts",
];

export default defineConfig({
  test: {
    // Most of the time is spent waiting, for timers of servers that are let down: more files than processors.
    maxWorkers: 6,
    // Files of a worker share its modules: to load them for each was a fifth of the processors' work. Whoever sets what is
    // the process's (language, colours, folder, variables) sets it back.
    isolate: false,
    // Most tests start programs, and those compile the same files: the second time that is done already.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "obrol-test-compile-cache") },
    projects: [
      { extends: true, test: { name: "usual", include: ["test/**/*.test.ts"] } },
      { extends: true, test: { name: "slow log", include: turns, env: { OBROL_TEST_LOG: "slow" } } },
    ],
    // Real processes on a busy machine: a test waits for what it wants, and only a hang runs into this.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./test/support/reporter.ts"],
  },
});
