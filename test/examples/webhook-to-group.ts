/**
 * Whatever is posted to it over HTTP is said in a group.
 *   OBROL_TOKEN=9b2f8c1e-… node webhook-to-group.ts kelas 8080
 *   curl -d 'the build is green' -H 'Idempotency-Key: build-17' http://127.0.0.1:8080/
 */
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { connect } from "obrol";

const [group = "kelas", port = "8080", chatPort = "8889"] = process.argv.slice(2);
const chat = await connect({ port: Number(chatPort), token: process.env["OBROL_TOKEN"] ?? "" });

/** A webhook that is tried again by the same key is said once. */
async function say(request: IncomingMessage): Promise<string> {
  const { id } = await chat.send(`#${group}`, await text(request), request.headers["idempotency-key"]?.toString());
  return id;
}

const server = createServer((request, response) => {
  say(request).then(
    (id) => response.end(`${id}\n`),
    (error: Error) => response.writeHead(502).end(`${error.message}\n`),
  );
});
server.listen(Number(port), "127.0.0.1", () =>
  console.log(`${chat.user} listens on ${JSON.stringify(server.address())}`),
);

process.once("SIGTERM", () => {
  server.close();
  void chat.close();
});
