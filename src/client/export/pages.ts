/** All of a conversation, page by page, over a connection that comes back. */
import { Connection } from "../../connection/connection.ts";
import type { ConnectionSettings } from "../../connection/connection-options.ts";
import {
  connectionTexts,
  LinkError,
  orRefusal,
  RefusedRequest,
  type Reply,
  UnreadableReply,
} from "../../connection/errors.ts";
import type { Login } from "../../connection/login.ts";
import type { Input } from "../../contract/operations.ts";
import type { ReplyTo, ToldOrDeleted } from "../../protocol/replies.ts";
import { racedWith } from "../raced.ts";

/** Messages of one page of the protocol. */
const PAGE = 1000;

/** How long, in s, a server that has been asked too often is left alone if it does not say how long. */
const PAUSE_S = 1;

/** Asks for a page, however often the link is lost meanwhile. @throws RefusedRequest; LinkError when it is lost for good */
type Ask = (input: Input<"history">) => Promise<Reply & ReplyTo<"history">>;

export interface PagesOptions extends ConnectionSettings {
  readonly login: Login;
  readonly signal: AbortSignal;
  /** The connection is lost, and is tried again. */
  onLost(error: Error): void;
}

/**
 * The messages from a time on, oldest first, each once, and those that were deleted in their places; one page is held at a time.
 * @throws RefusedRequest, LinkError; what the signal was aborted with
 */
export async function* conversationPages(
  place: string,
  start: number,
  options: PagesOptions,
): AsyncGenerator<readonly ToldOrDeleted[]> {
  const link = openLink(options);
  const first = { with: place, start, limit: PAGE };
  try {
    let page = await link.ask(first);
    yield page.data;
    while (page.after !== undefined) {
      const last = page.after;
      const next = await orRefusal(link.ask({ with: place, after: last, limit: PAGE }));
      // A group may show messages for some days only: with the last of a page all before it are out of sight.
      const isOutOfSight = next instanceof RefusedRequest && next.code === "message-not-found";
      if (next instanceof RefusedRequest && !isOutOfSight) throw next;
      page = next instanceof RefusedRequest ? await link.ask(first) : next;
      // Ids sort in the order of the messages.
      if (page.after !== undefined && page.after <= last) throw new UnreadableReply(connectionTexts.garbled);
      yield page.data.filter(({ id }) => id > last);
    }
  } finally {
    link.close();
  }
}

function openLink({ login, signal, onLost, ...settings }: PagesOptions): { readonly ask: Ask; close(): void } {
  let up = Promise.withResolvers<void>();
  let wasUp = false;
  const connection = new Connection({
    ...settings,
    login,
    dialect: "native",
    pulse: "server",
    onState(state) {
      if (state.is === "up") up.resolve();
      else if (wasUp) up = Promise.withResolvers();
      wasUp = state.is === "up";
      if (state.is === "down" && state.at !== undefined) onLost(state.error);
    },
  });
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  const orEnd = racedWith(Promise.race([connection.lost, aborted]));
  connection.connect().catch(() => undefined);
  const ask: Ask = async (input) => {
    for (;;) {
      await orEnd(up.promise);
      const page = await orEnd(connection.call("history", input, { patient: true })).catch((error: Error) => error);
      if (!(page instanceof Error)) return page;
      if (page instanceof RefusedRequest && page.code === "rate-limited") {
        await orEnd(pause(page.reply.retry ?? PAUSE_S));
      } else if (!(page instanceof LinkError)) throw page;
    }
  };
  return { ask, close: () => connection.close() };
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}
