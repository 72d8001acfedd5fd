/** The thread of pinging.ts: says once when it begins, and how long each ping took when it is told to end. */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Person } from "./person.ts";
import type { Pings } from "./pinging.ts";

const PAUSE_MS = 5;

const { port, enter, ping } = workerData as Pings;
const person = await Person.come(port);
await person.say(enter);
const times: number[] = [];
let begun = 0;
parentPort?.once("message", () => {
  parentPort?.postMessage(begun === 0 ? times : [...times, performance.now() - begun]);
});
parentPort?.postMessage("begun");
try {
  for (;;) {
    begun = performance.now();
    await person.say(ping);
    times.push(performance.now() - begun);
    begun = 0;
    await sleep(PAUSE_MS);
  }
} catch {
  // The connection has ended: he waits for ever.
  times.push(Number.POSITIVE_INFINITY);
  begun = 0;
}
