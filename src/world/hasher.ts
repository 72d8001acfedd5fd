/** The process that hashes passwords for a server: see hashing.ts. It runs until its parent ends it. */
import { type Argon2Parameters, argon2 } from "node:crypto";
import { getPriority, setPriority } from "node:os";

/** A hash can wait for a moment, people who chat should not. */
const NICENESS = 5;

try {
  // The priority of this thread and of those that it starts later, so before the first hash.
  setPriority(Math.min(19, getPriority() + NICENESS));
} catch {
  // Where that is not allowed, it hashes all the same.
}
// Ctrl-C in a terminal goes to every process in it. The server decides when this one ends: waiting hashes are answered first.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
process.on("message", ({ number, parameters }: { number: number; parameters: Argon2Parameters }) => {
  argon2("argon2id", parameters, (error, hash) => process.send?.({ number, hash, error: error?.message }));
});
