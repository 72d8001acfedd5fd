/**
 * `node test/run.ts CHECK [FILTER …]`: an npm script that looks at the source, and beside it the tests. What is wrong with the
 * source is said at once, and ends the tests; when all goes well it says nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const [check = "check", ...filters] = process.argv.slice(2);

const checking = spawn("npm", ["run", "--silent", check], { stdio: ["ignore", "pipe", "pipe"] });
const testing = spawn("vitest", ["run", "--config", "test/vitest.config.ts", "--root", ".", ...filters], {
  stdio: "inherit",
});

async function checked(): Promise<number> {
  let said = "";
  for (const stream of [checking.stdout, checking.stderr])
    stream.on("data", (text: Buffer) => (said += text.toString()));
  const code = await endOf(checking);
  if (code !== 0) {
    testing.kill("SIGINT");
    await endOf(testing);
    process.stdout.write(`\n${said}\nnpm run ${check} has failed\n`);
  }
  return code;
}

async function endOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return child.exitCode ?? 1;
}

// The terminal sends Ctrl-C to all three; the last word is the tests'.
process.on("SIGINT", () => {});
const codes = await Promise.all([checked(), endOf(testing)]);
process.exitCode = codes.find((code) => code !== 0) ?? 0;
