import { readFileSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** What depends on the turn: these also run against servers whose log takes its time for every commit. */
const turns = [
  "test/conversations/*.test.ts",
  "test/server/{order,limits,crash,full-disk,files,shutdown}.test.ts",
  "test/files/full-disk.test.ts",
];

const GIB = 1024 ** 3;

/** Where files in memory have a lot of room, and may be run; undefined where there is no such place. */
function memory(): string | undefined {
  const place = "/dev/shm";
  try {
    const isFit = new RegExp(`^\\S+ ${place} tmpfs (?!\\S*noexec)`, "m").test(readFileSync("/proc/mounts", "utf8"));
    const { bavail, bsize } = statfsSync(place);
    return isFit && bavail * bsize > 4 * GIB ? place : undefined;
  } catch {
    return undefined;
  }
}

const files = memory();

export default defineConfig({
  test: {
    // Most of the time is spent waiting, for timers of servers that are let down: more files than processors.
    maxWorkers: 6,
    // Files of a worker share its modules: to load them for each was a fifth of the processors' work. Whoever sets what is
    // the process's (language, colours, folder, variables) sets it back.
    isolate: false,
    // Node reads TypeScript itself, and keeps what it has compiled; what vitest makes of a module looks up each name that was
    // imported every time, which is a fifth of what the worlds of the simulator take.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    globalSetup: "test/support/bundle.ts",
    // Most tests start programs, and those compile the same files: the second time that is done already.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "obrol-test-compile-cache") },
    projects: [
      // A kill leaves what was written either way: what the tests keep is in memory, for disks take their time to sync. The
      // others keep it on a disk.
      {
        extends: true,
        test: { name: "usual", include: ["test/**/*.test.ts"], ...(files && { env: { TMPDIR: files } }) },
      },
      { extends: true, test: { name: "slow log", include: turns, env: { OBROL_TEST_LOG: "slow" } } },
    ],
    // Real processes on a busy machine: a test waits for what it wants, and says for what in vain (a link that pauses, for up to
    // four minutes). Only a hang runs into this.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ["default", "./test/support/reporter.ts"],
  },
});
