/**
 * `--each-line`: each line of standard input is a message, sent by `post` with an id of its own over a link that comes
 * back: a line whose answer was lost is sent again, and arrives once.
 */
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { isOk, type Reply } from "../client.ts";
import { FinalError, Link } from "../link.ts";
import { type Fate, type Post, Posts } from "../posts.ts";
import { receiverOf } from "../receiver.ts";
import { type Exit, ExitError, exitOf, exits } from "./exits.ts";
import { untilLost } from "./input.ts";
import { type ReconnectingOptions, resume } from "./resume.ts";

/** Messages on their way at once. */
const AT_ONCE = 64;

const auto = dialectNamed("auto");

/** Whom a request without a token speaks to, as `post` names him. @returns undefined for one that is no message */
export function postReceiver(request: string): string | undefined {
  const read = auto.decode(request, { isToken: () => false, isRealm: () => true });
  return "input" in read && read.token === undefined ? receiverOf(read.row.operation, read.input) : undefined;
}

/** @throws ExitError, LinkError; what reading the lines throws */
export async function sendEachLine(
  lines: AsyncIterable<string>,
  to: string,
  options: ReconnectingOptions,
): Promise<Exit> {
  const { token, output } = options;
  let worst: Exit = exits.done;
  /** Rejects when the link is lost for good: why. */
  const { promise: lost, reject: lose } = Promise.withResolvers<never>();
  // When all is sent nobody awaits it any more; unhandled, its rejection would end the process.
  lost.catch(() => undefined);
  let wake: () => void = () => {};
  const moved = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const link = new Link({
    ...options,
    onEvent: () => undefined,
    greet: (client) => resume(client, token),
    onState(state) {
      if (state.is === "up") posts.resend();
      if (state.is !== "down") return;
      output.aside(state.reason);
      if (state.at !== undefined) return;
      lose(new ExitError(state.error instanceof FinalError ? exits.login : exits.unknownFate, state.reason));
    },
  });
  const posts = new Posts({
    request: (text) => link.requestInTime(text),
    isUp: () => link.state.is === "up",
    onSettled(_post: Post, fate: Fate) {
      const { reply } = fate as { reply?: Reply };
      if (reply) output.reply(reply, "post");
      if (reply && !isOk(reply)) worst ||= exitOf(reply);
    },
    onChanged: () => wake(),
  });
  try {
    await link.connect();
    for await (const line of untilLost(lines, lost)) {
      posts.send(to, line);
      while (posts.pending.length >= AT_ONCE) await Promise.race([moved(), lost]);
    }
    while (posts.pending.length > 0) await Promise.race([moved(), lost]);
    return worst;
  } finally {
    link.close();
  }
}
