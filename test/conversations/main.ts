/**
 * `npm run conversations -- HOST:PORT`: every conversation against a server that runs there. With two
 * or three addresses, of servers that are linked, those over several servers.
 */
import { play } from "./play.ts";
import { realmScripts, scripts } from "./scripts.ts";

const places = process.argv.slice(2).map((address) => {
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  return host && port ? { host, port: Number(port) } : usage();
});
if (places.length < 1 || places.length > 3) usage();
const all = places.length === 1 ? scripts : realmScripts.filter(({ servers }) => servers <= places.length);
let failed = 0;
for (const { name, dialect, text } of all) {
  try {
    await play(name, text, dialect, ...places);
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`failed  ${(error as Error).message}`);
  }
}
console.log(`${all.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function usage(): never {
  console.error("usage: npm run conversations -- HOST:PORT [HOST:PORT [HOST:PORT]]");
  process.exit(64);
}
