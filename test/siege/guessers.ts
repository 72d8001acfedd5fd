/** The besiegers of guessing.ts, in a process of their own: each guesses again as soon as it is answered. */
import { connect } from "node:net";

const [port, connections, names] = process.argv.slice(2).map(Number) as [number, number, number];
const END = "\r\n\r\n";

let guesses = 0;
let asked = 0;
const answers = new Map<string, number>();

for (let i = 0; i < connections; i++) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => {
    guess();
    if (++asked === connections) console.log("all have asked");
  });
  const guess = (): void => {
    const name = names === 1 ? "alice" : `user${Math.floor(Math.random() * names)}`;
    socket.write(`auth ${name} guess${guesses++}${END}`);
  };
  let text = "";
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    text += chunk;
    const frames = text.split(END);
    text = frames.pop() as string;
    for (const frame of frames) {
      const { code } = JSON.parse(frame) as { code: string };
      answers.set(code, (answers.get(code) ?? 0) + 1);
      guess();
    }
  });
}

setInterval(() => {
  process.stderr.write(`      answered: ${JSON.stringify(Object.fromEntries(answers))}\n`);
  answers.clear();
}, 5000);
