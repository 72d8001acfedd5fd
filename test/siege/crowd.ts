/**
 * Those who mean ill, in a process of their own: connections that all do the same. Started by besiegers.ts, which says
 * first which Crowd they are. It says once when all have come, and answers whatever it is told later with its Report.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Crowd, Report } from "./besiegers.ts";

const END = "\r\n\r\n";
/** Connections that are being opened at once: of more the system drops some. */
const OPENING = 200;
const NUMBERS = 10_000;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

const [told] = (await once(process, "message")) as [Crowd];
const { port, from, connections, first = "", drip, ask, reads = true, returns = false } = told;
const open = new Set<Socket>();
const answers: Record<string, number> = {};
let [begun, arrived, closed, failed, count] = [0, 0, 0, 0, 0];
let lived: [least: number, most: number] | undefined;

process.on("message", () => process.send?.({ open: open.size, closed, failed, answers, lived } satisfies Report));
// Whoever has started it is gone.
process.on("disconnect", () => process.exit());
for (let i = 0; i < OPENING; i++) come();
if (drip) {
  setInterval(() => {
    for (const socket of open) socket.write(drip.text);
  }, drip.everyMs);
}

function come(): void {
  if (begun === connections) return;
  begun++;
  const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
  let came = 0;
  socket.once("connect", () => {
    came = performance.now();
    open.add(socket);
    socket.write(first);
    if (ask && reads) keepAsking(socket, ask.underWay);
    else if (ask) pour(socket, ask.underWay);
    arrive();
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    if (open.delete(socket)) {
      closed++;
      const seconds = (performance.now() - came) / 1000;
      lived = [Math.min(seconds, lived?.[0] ?? seconds), Math.max(seconds, lived?.[1] ?? seconds)];
    } else {
      failed++;
      arrive();
    }
    if (returns) {
      begun--;
      come();
    }
  });
  if (reads) listen(socket);
  else socket.pause();
}

function arrive(): void {
  arrived++;
  come();
  if (arrived === connections) process.send?.("all have come");
}

/** So many requests at once, and one more whenever one has been answered. */
function keepAsking(socket: Socket, underWay: number): void {
  socket.write(requests(underWay));
}

/** As many as the connection takes. */
function pour(socket: Socket, batch: number): void {
  const more = (): void => {
    while (open.has(socket) && socket.write(requests(batch)));
  };
  socket.on("drain", more);
  more();
}

function listen(socket: Socket): void {
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    const frames = (text + chunk).split(END);
    text = frames.pop() as string;
    for (const frame of frames) {
      const code = /"code":"([a-z-]+)"/.exec(frame)?.[1] ?? "OK";
      answers[code] = (answers[code] ?? 0) + 1;
    }
    if (ask && frames.length > 0 && !socket.writableEnded) socket.write(requests(frames.length));
  });
  // Whoever is sent away goes.
  socket.on("end", () => socket.end());
}

function requests(many: number): string {
  let text = "";
  for (let i = 0; i < many; i++) {
    text += (ask?.request ?? "").replaceAll("{number}", String(count++ % NUMBERS)).replace("{code}", code) + END;
  }
  return text;
}

function code(): string {
  return `inv-${Array.from({ length: 16 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join("")}`;
}
