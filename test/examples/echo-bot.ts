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
    // By the id of what it answers there is one answer, also where two of these run.
    await chat.send(to, message.message, message.id);
  } catch (error) {
    // Who may not be written to does not keep it from answering others.
    console.error(`${to}: ${(error as Error).message}`);
  }
}
