/**
 * chat-server as tests stage it: with a log that takes up to 10 ms for every commit, where they are run so, and with time
 * that whoever has started it may let pass, by messages of so many ms.
 */
import { run } from "../../src/bin/run.ts";
import { slowLog } from "./slow-log.ts";
import { Time } from "./time.ts";

await run("chat-server", async () => {
  const { main } = await import("../../src/bin/server.ts");
  const time = new Time();
  process.on("message", (ms: number) => time.pass(ms));
  process.channel?.unref();
  const isSlow = process.env["OBROL_TEST_LOG"] === "slow";
  const log = isSlow ? { through: (log: Parameters<typeof slowLog>[0]) => slowLog(log, 10) } : {};
  return { main: (args) => main(args, { world: time.world, ...log }) };
});
