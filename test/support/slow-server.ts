/** chat-server with a log that takes up to 10 ms for every commit. */
import { run } from "../../src/bin/run.ts";
import { slowLog } from "./slow-log.ts";

await run("chat-server", async () => {
  const { main } = await import("../../src/bin/server.ts");
  return { main: (args) => main(args, (log) => slowLog(log, 10)) };
});
