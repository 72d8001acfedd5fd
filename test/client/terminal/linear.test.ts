/** The console that draws nothing twice: each thing that is said is a line. */
import { PassThrough } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { LinearConsole, readHidden } from "../../../src/client/terminal/linear.ts";
import { until } from "../../support/until.ts";

class Desk {
  readonly given: string[] = [];
  readonly acts: string[] = [];
  prompt = "to: nobody";
  isRaw = false;
  written = "";
  readonly keys = new PassThrough();
  readonly input: NodeJS.ReadStream;
  readonly console: LinearConsole;

  constructor(isTTY = true) {
    const setRawMode = (isRaw: boolean): void => {
      this.isRaw = isRaw;
    };
    this.input = Object.assign(this.keys, { isTTY, setRawMode }) as unknown as NodeJS.ReadStream;
    const output = new PassThrough();
    output.on("data", (bytes: Buffer) => {
      this.written += bytes.toString();
    });
    this.console = new LinearConsole({ input: this.input, output: output as unknown as NodeJS.WriteStream });
    onTestFinished(() => this.console.close());
  }

  start(): void {
    this.console.start({
      accept: (line) => this.given.push(line),
      act: (action) => this.acts.push(action),
      complete: () => undefined,
      lines: () => [],
      prompt: () => this.prompt,
      status: () => ["never shown"],
      masked: (clusters) => clusters,
      typed() {},
      onFocus: () => {},
    });
  }
}

test("each text is a line, and nothing that is written moves or colours anything", async () => {
  const desk = new Desk();
  desk.start();
  desk.console.print("05:41 bob: halo");
  desk.console.clear();
  desk.console.signal("\u001b]9;x\u0007");
  await until("it is written", () => desk.written.endsWith("halo\n"));
  expect(desk.written).toBe("to: nobody\n05:41 bob: halo\n");
  expect(desk.written).not.toContain("\u001b");
});

test("a bell rings", async () => {
  const desk = new Desk();
  desk.console.signal("\u0007");
  await until("it rings", () => desk.written === "\u0007");
});

test("who writes to whom is said when it changes, and once for each line", async () => {
  const desk = new Desk();
  desk.start();
  desk.console.changed();
  desk.prompt = "to: bob";
  desk.console.changed();
  desk.console.changed();
  desk.keys.write("halo\n");
  await until("the line is given", () => desk.given.length > 0);
  desk.console.changed();
  desk.console.changed();
  await until("it is said", () => desk.written.split("to: bob\n").length === 3);
  expect(desk.written).toBe("to: nobody\nto: bob\nto: bob\n");
});

test("lines that come in one are given one by one, and the end is told", async () => {
  const desk = new Desk();
  desk.start();
  desk.keys.end("one\ntwo\n");
  await until("the end is told", () => desk.acts.length > 0);
  expect(desk.given).toEqual(["one", "two"]);
  expect(desk.acts).toEqual(["end"]);
});

test("Ctrl-C is told, and no longer after the end", () => {
  const desk = new Desk();
  const before = process.listeners("SIGINT");
  desk.start();
  const [listener] = process.listeners("SIGINT").filter((one) => !before.includes(one));
  listener?.("SIGINT");
  expect(desk.acts).toEqual(["interrupt"]);
  desk.console.close();
  expect(process.listeners("SIGINT")).toEqual(before);
});

test("an answer is the next line; at the end there is none", async () => {
  const desk = new Desk();
  const asked = desk.console.ask("your name: ");
  await until("it is asked", () => desk.written === "your name: \n");
  desk.keys.write("alice\n");
  expect(await asked).toBe("alice");
  const other = desk.console.ask("the same again: ");
  desk.keys.end();
  expect(await other).toBeUndefined();
});

test("answers that come in one are all heard, and what comes after them too", async () => {
  const desk = new Desk(false);
  const asked = desk.console.ask("your name: ");
  desk.keys.write("alice\nrahasia\nhalo\n");
  expect(await asked).toBe("alice");
  const other = desk.console.ask("password: ", true);
  expect(await Promise.race([other, new Promise((resolve) => setImmediate(resolve, "lost"))])).toBe("rahasia");
  desk.start();
  await until("the line is given", () => desk.given.length > 0);
  expect(desk.given).toEqual(["halo"]);
});

test("an answer is no line, even when the conversation has begun; then lines go on", async () => {
  const desk = new Desk();
  desk.start();
  const asked = desk.console.ask("sure? ");
  desk.keys.write("yes\n");
  expect(await asked).toBe("yes");
  desk.keys.write("halo\n");
  await until("the line is given", () => desk.given.includes("halo"));
  expect(desk.given).toEqual(["halo"]);
});

test("a secret is no line, even when the conversation has begun; then lines go on", async () => {
  const desk = new Desk();
  desk.start();
  const asked = desk.console.ask("password: ", true);
  desk.keys.write("rahasia\r");
  expect(await asked).toBe("rahasia");
  expect(desk.isRaw).toBe(false);
  desk.keys.write("halo\n");
  await until("the line is given", () => desk.given.includes("halo"));
  expect(desk.given).toEqual(["halo"]);
  expect(desk.written).not.toContain("rahasia");
});

test.each([
  ["letters", "rahasia\r", "rahasia"],
  ["Ctrl-J ends it too", "rahasia\n", "rahasia"],
  ["Backspace and Ctrl-H take the last away", "rahasiaxx\u007f\b\r", "rahasia"],
  ["Backspace takes a family whole", "a👩‍👩‍👧\u007f\r", "a"],
  ["Ctrl-U takes all away", "wrong\u0015rahasia\r", "rahasia"],
  ["what is pasted counts", "\u001b[200~rahasia\u001b[201~\r", "rahasia"],
  ["arrows do not", "ra\u001b[Dhasia\r", "rahasia"],
  ["a mouse does not", "ra\u001b[<0;1;5Mha\u001b[M !!sia\r", "rahasia"],
  ["answers of the terminal do not", "ra\u001b]11;rgb:0/0/0\u0007ha\u001bP1+r0\u001b\\sia\r", "rahasia"],
  ["Ctrl-C", "rah\u0003", undefined],
  ["Ctrl-D", "rah\u0004", undefined],
])("a hidden line: %s", async (_what, keys, answer) => {
  for (const pieces of [[keys], Array.from(keys)]) {
    const desk = new Desk();
    const asked = readHidden(desk.input, () => {});
    expect(desk.isRaw).toBe(true);
    for (const piece of pieces) desk.keys.write(piece);
    expect(await asked).toBe(answer);
    expect(desk.isRaw).toBe(false);
  }
});

test("a window that is closed while a secret is asked for gives none", async () => {
  const desk = new Desk();
  const asked = desk.console.ask("password: ", true);
  desk.keys.end("rah");
  let answer: string | undefined = "none yet";
  void asked.then((given) => {
    answer = given;
  });
  await until("it is given up", () => answer === undefined);
  expect(desk.isRaw).toBe(false);
});

test("a secret is asked for only when nothing that is typed is shown any more", () => {
  const desk = new Desk(false);
  const done: string[] = [];
  const setRawMode = (on: boolean): NodeJS.ReadStream => {
    done.push(on ? "hides" : "shows");
    return desk.input;
  };
  const input = Object.assign(desk.input, { setRawMode });
  void readHidden(input, () => done.push("asks"));
  expect(done).toEqual(["hides", "asks"]);
  desk.keys.write("\u0003");
});
