/** The account that transfers files, and the connections of its own that it does so on. */
import type { Input, Operation } from "../../contract/operations.ts";
import { dialectNamed } from "../../protocol/dialects/index.ts";
import { ChatClient, isOk, LinkError, type Reply, type Trace } from "../client.ts";
import { RefusedRequest } from "../refused-request.ts";
import { TransferPaused } from "./errors.ts";

/** Who transfers, and where. */
export interface Account {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly token: string;
  readonly trace?: Trace | undefined;
  /** How long connecting, and what moves no file, may take, in ms. */
  readonly timeout?: number | undefined;
}

/** A connection on which nothing moves for so long, in ms, is lost. The server syncs a whole file before it answers. */
const IDLE_MS = 120_000;

/** Bytes of a reply: a thousand files with long names have less than one MiB. */
const MAX_REPLY = 16 * 2 ** 20;

/** Runs something on a connection of its own. @throws TransferPaused when it is stopped or the connection is lost; what `run` throws */
export async function withConnection<T>(
  { host, port, trace, timeout }: Account,
  signal: AbortSignal,
  run: (client: ChatClient) => Promise<T>,
): Promise<T> {
  let client: ChatClient | undefined;
  const stop = (): void => client?.close();
  try {
    signal.throwIfAborted();
    signal.addEventListener("abort", stop);
    client = await ChatClient.connect({
      host,
      port,
      trace,
      connectTimeout: timeout,
      idleTimeout: IDLE_MS,
      maxReply: MAX_REPLY,
    });
    signal.throwIfAborted();
    await client.within(timeout, client.request("dialect native"));
    return await run(client);
  } catch (error) {
    if (signal.aborted) throw new TransferPaused("paused");
    if (error instanceof LinkError) throw new TransferPaused(error.message, { cause: error });
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    client?.close();
  }
}

/** One request on a connection of its own. @throws TransferPaused when it is lost or told to stop, RefusedRequest */
export function requestOnce<O extends Operation>(
  account: Account,
  operation: O,
  input: Input<O>,
  signal: AbortSignal,
): Promise<Reply> {
  return withConnection(account, signal, (client) => {
    return client.within(account.timeout, requestOn(client, account, operation, input));
  });
}

/** Bytes of an upload that the server has; 0 if it does not say. */
export async function receivedOf(account: Account, id: string, signal: AbortSignal): Promise<number> {
  const reply = await requestOnce(account, "uploadStatus", { "client-id": id }, signal).catch(() => undefined);
  const { received } = (reply?.data ?? {}) as { received?: unknown };
  return typeof received === "number" ? received : 0;
}

/** One request on a connection there is. @throws LinkError, RefusedRequest */
export async function requestOn<O extends Operation>(
  client: ChatClient,
  account: Account,
  operation: O,
  input: Input<O>,
): Promise<Reply> {
  const reply = await client.call(operation, input, account.token);
  if (!isOk(reply)) throw new RefusedRequest(reply);
  return reply;
}

/** A request in the words of `native`, with the token. */
export function encoded<O extends Operation>(operation: O, input: Input<O>, { token }: Account): string {
  return dialectNamed("native").encode(operation, input, token);
}

/** `alice@host:port`: what tells accounts apart. */
export function accountName({ host, port, user }: Account): string {
  return `${user.toLowerCase()}@${host}:${port}`;
}
