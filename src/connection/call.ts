/** Asking for an operation in the words of `native`, and reading the answer in its form. */
import type { Input } from "../contract/operations.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { Unsayable } from "../protocol/pattern.ts";
import { type Native, type ReplyTo, replies } from "../protocol/replies.ts";
import { connectionTexts, isOk, RefusedRequest, type Reply, UnreadableReply } from "./errors.ts";

/** Asks for an operation. @param extras whose session asks, the connection's own unless given. @throws RefusedRequest, LinkError */
export type Call = <O extends Native>(
  operation: O,
  input: Input<O>,
  extras?: { readonly token?: string | undefined },
) => Promise<Reply & ReplyTo<O>>;

const native = dialectNamed("native");

/**
 * @param ask sends a request's text, and gives the answer. @param token of the session that asks; the connection's own unless given
 * @throws RefusedRequest, `bad-request` also for what no request could say; UnreadableReply for an answer without the operation's form; what `ask` throws
 */
export async function callBy<O extends Native>(
  ask: (text: string) => Promise<Reply>,
  operation: O,
  input: Input<O>,
  token?: string,
): Promise<Reply & ReplyTo<O>> {
  const reply = await ask(encoded(operation, input, token));
  if (!isOk(reply)) throw new RefusedRequest(reply);
  const told = replies[operation].read(reply);
  if (told === undefined) throw new UnreadableReply(connectionTexts.garbled);
  return told as Reply & ReplyTo<O>;
}

function encoded<O extends Native>(operation: O, input: Input<O>, token: string | undefined): string {
  try {
    return native.encode(operation, input, token);
  } catch (error) {
    if (!(error instanceof Unsayable)) throw error;
    throw new RefusedRequest({ status: "ERROR", code: "bad-request", detail: error.message });
  }
}
