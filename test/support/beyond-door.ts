/**
 * Inside a network of its own: a server, and a door into it. The door is a unix socket, which leads out of the network as
 * nothing else does: a connection that begins with `ADDRESS HOST PORT` and a line end goes on to that place, from that address.
 * Started by beyond.ts: `PATH-OF-DOOR OPTIONS-OF-CHAT-SERVER…`. It ends when its standard input does.
 */
import { connect, createServer } from "node:net";
import { startServer } from "./server.ts";

const [path = "", ...options] = process.argv.slice(2);
const server = await startServer(options);

const door = createServer((outer) => {
  outer.on("error", () => {});
  outer.once("data", (bytes: Buffer) => {
    const end = bytes.indexOf(10);
    const [localAddress = "", host = "", port = ""] = bytes.toString("latin1", 0, end).split(" ");
    const inner = connect({ host, port: Number(port), localAddress });
    inner.on("error", () => outer.destroy());
    outer.on("close", () => inner.destroy());
    inner.write(bytes.subarray(end + 1));
    outer.pipe(inner).pipe(outer);
  });
});
door.listen(path, () => console.log(`ready ${server.port} ${server.control}`));

process.stdin.resume();
process.stdin.on("end", () => {
  void server.stop().then(() => process.exit());
});
