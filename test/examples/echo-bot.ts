/**
 * Says what it is told: to whoever writes to it, and in its groups to whoever names it.
 *   OBROL_PASSWORD=rahasia node echo-bot.ts echo 127.0.0.1 8889
 */
import { connect } from "obrol";

const [user = "echo", host = "127.0.0.1", port = "8889"] = process.argv.slice(2);
const password = process.env["OBROL_PASSWORD"] ?? "";

const chat = await connect({ host, port: Number(port), user, password });
console.log(`${chat.user} listens`);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void chat.close());

for await (const message of chat.messages()) {
  if (message.group !== undefined && !message.message.includes(`@${user}`)) continue;
  const to = message.group === undefined ? message.from : `#${message.group}`;
  try {
    // The id makes it one answer, also if this program is killed in between and sees the message again.
    await chat.send(to, message.message, message.id);
  } catch (error) {
    // Who may not be written to does not keep it from answering others.
    console.error(`${to}: ${(error as Error).message}`);
  }
}
