/** `npm run conversations -- HOST:PORT`: every conversation against a server that runs there. */
import { play } from "./play.ts";
import { scripts } from "./scripts.ts";

const [, host, port] = /^(.+):(\d+)$/.exec(process.argv[2] ?? "") ?? [];
if (!host || !port) {
  console.error("usage: npm run conversations -- HOST:PORT");
  process.exit(64);
}
let failed = 0;
for (const { name, dialect, text } of scripts) {
  try {
    await play(name, text, { host, port: Number(port), dialect });
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`failed  ${(error as Error).message}`);
  }
}
console.log(`${scripts.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
