/**
 * `--each-line`: each line of standard input is a message, sent by `post` with an id of its own over a connection that comes
 * back: a line whose answer was lost is sent again, and arrives once.
 */
import { Connection } from "../../connection/connection.ts";
import type { ConnectionSettings } from "../../connection/connection-options.ts";
import { connectionTexts } from "../../connection/errors.ts";
import type { Login } from "../../connection/login.ts";
import { type Fate, type Post, Posts } from "../../connection/posts.ts";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { racedWith } from "../raced.ts";
import { receiverOf } from "../receiver.ts";
import { errorInWords } from "../refusal-words.ts";
import { type Exit, endOf, exitOf, exits } from "./exits.ts";
import { untilLost } from "./input.ts";
import type { Output } from "./output.ts";

/** Messages on their way at once. */
const AT_ONCE = 64;

const auto = dialectNamed("auto");

/** Whom a request without a token speaks to, as `post` names him. @returns undefined for one that is no message */
export function postReceiver(request: string): string | undefined {
  const read = auto.decode(request, { isToken: () => false, isRealm: () => true });
  return "input" in read && read.token === undefined ? receiverOf(read.row.operation, read.input) : undefined;
}

/** What `listen` and `--each-line` share: a connection that comes back, and a session that it resumes. */
export interface ReconnectingOptions extends ConnectionSettings {
  readonly login: Login;
  readonly output: Output;
}

/** @throws ExitError, LinkError; what reading the lines throws */
export async function sendEachLine(
  lines: AsyncIterable<string>,
  to: string,
  { output, ...options }: ReconnectingOptions,
): Promise<Exit> {
  let worst: Exit = exits.done;
  let wake: () => void = () => {};
  const moved = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const connection = new Connection({
    ...options,
    dialect: "auto",
    pulse: "server",
    onState(state) {
      if (state.is === "up") posts.resend();
      if (state.is === "down") output.aside(errorInWords(state.error));
    },
  });
  const lost = connection.lost.catch((error: Error) => {
    throw endOf(error);
  });
  const orLost = racedWith(lost);
  const posts = new Posts({
    call: connection.call,
    isUp: () => connection.isUp,
    onSettled(_post: Post, fate: Fate) {
      if ("reply" in fate) output.reply(fate.reply, "post");
      else output.complain(connectionTexts.garbled);
      worst ||= "reply" in fate ? exitOf(fate.reply) : exits.unknownFate;
    },
    onChanged: () => wake(),
  });
  try {
    await connection.connect().catch(() => undefined);
    for await (const line of untilLost(lines, lost)) {
      posts.send(to, line);
      while (posts.pending.length >= AT_ONCE) await orLost(moved());
    }
    while (posts.pending.length > 0) await orLost(moved());
    return worst;
  } finally {
    connection.close();
  }
}
