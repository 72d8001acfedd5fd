/**
 * Says what it is told: to whoever writes to it, and in its groups to whoever names it.
 *   OBROL_PASSWORD=rahasia node echo-bot.ts echo 127.0.0.1 8889
 */
import { connect } from "obrol";

const [user = "echo", host = "127.0.0.1", port = "8889"] = process.argv.slice(2);
const password = process.env["OBROL_PASSWORD"] ?? "";

await using chat = await connect({ host, port: Number(port), user, password });
console.log(`${chat.user} listens`);

const ended = new AbortController();
process.on("SIGINT", () => ended.abort());
process.on("SIGTERM", () => ended.abort());

for await (const message of chat.messages({ signal: ended.signal })) {
  if (message.group !== undefined && !message.message.includes(`@${user}`)) continue;
  // The id makes it one answer, also if this program is killed in between and sees the message again.
  await chat.send(message.group === undefined ? message.from : `#${message.group}`, message.message, message.id);
}
