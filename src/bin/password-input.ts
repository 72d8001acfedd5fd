/** A password that somebody types unseen, or that a script hands over. */
import { isPassword } from "../client/secrets.ts";
import { UsageError } from "./options.ts";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const BACKSPACES = ["\u007f", "\b"];

/**
 * From a terminal it is asked for twice; else it is the first line of the input.
 * @throws UsageError when there is none, it is no password, or two times not the same
 */
export async function newPassword(input: NodeJS.ReadStream, output: NodeJS.WritableStream): Promise<string> {
  const password = input.isTTY ? await typedTwice(input, output) : await firstLine(input);
  if (!isPassword(password)) throw new UsageError("a password has 1 to 256 characters and no blank");
  return password;
}

async function typedTwice(input: NodeJS.ReadStream, output: NodeJS.WritableStream): Promise<string> {
  const first = await typed(input, output, "password: ");
  const second = await typed(input, output, "again: ");
  if (first !== second) throw new UsageError("the two are not the same; nothing was changed");
  return first;
}

async function typed(input: NodeJS.ReadStream, output: NodeJS.WritableStream, question: string): Promise<string> {
  output.write(question);
  input.setRawMode(true);
  input.resume();
  input.setEncoding("utf8");
  const line: string[] = [];
  try {
    for (;;) {
      const keys = await new Promise<string>((resolve) => {
        input.once("data", (chunk) => resolve(String(chunk)));
      });
      for (const key of keys) {
        if (key === "\r" || key === "\n") return line.join("");
        if (key === CTRL_C || key === CTRL_D) throw new UsageError("nothing was changed");
        if (BACKSPACES.includes(key)) line.pop();
        else line.push(key);
      }
    }
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write("\n");
  }
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  let all = "";
  for await (const chunk of input) {
    all += String(chunk);
    if (all.includes("\n")) break;
  }
  return (all.split("\n")[0] ?? "").replace(/\r$/, "");
}
