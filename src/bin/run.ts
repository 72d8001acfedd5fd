/**
 * Starts a program, or says in one line why not. It imports nothing that an old Node could not
 * read, so that it is the program that says so and not a stack.
 */
const WANTED = [24, 7] as const;

/** @param load imports the program; only then is the rest of it read. */
export async function run(
  name: string,
  load: () => Promise<{ main(args: readonly string[]): Promise<number> }>,
): Promise<void> {
  // Left to Node, the signal opens a debugger to whoever is on this machine.
  process.on("SIGUSR1", () => {});
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < WANTED[0] || (major === WANTED[0] && minor < WANTED[1])) {
    console.error(
      `${name}: needs Node ${WANTED.join(".")} or newer, this is ${process.versions.node}; in its folder, npx ${name} runs it with its own`,
    );
    process.exit(1);
  }
  try {
    const { main } = await load();
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}`.split("\n")[0]);
    process.exitCode = 1;
  }
}
