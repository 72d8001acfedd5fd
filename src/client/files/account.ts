/** The account that transfers files, and the connections of its own that it does so on. */
import { Connection } from "../../connection/connection.ts";
import type { ConnectionSettings, RequestExtras } from "../../connection/connection-options.ts";
import { LinkError, type Reply, UnreadableReply } from "../../connection/errors.ts";
import type { Input } from "../../contract/operations.ts";
import type { Native, ReplyTo } from "../../protocol/replies.ts";
import { FileError, TransferPaused } from "./errors.ts";

/** Who transfers, and where. */
export interface Account extends Omit<ConnectionSettings, "reconnect"> {
  readonly user: string;
  readonly token: string;
}

/** A connection on which nothing moves for so long, in ms, is lost. The server syncs a whole file before it answers. */
const IDLE_MS = 120_000;

/** Asks for an operation as the account. @throws RefusedRequest, LinkError */
type AccountCall = <O extends Native>(
  operation: O,
  input: Input<O>,
  extras?: RequestExtras,
) => Promise<Reply & ReplyTo<O>>;

/** Runs something on a connection of its own. @throws TransferPaused when it is stopped or the connection is lost; FileError; what `run` throws */
export async function withConnection<T>(
  { token, ...account }: Account,
  signal: AbortSignal,
  run: (call: AccountCall) => Promise<T>,
): Promise<T> {
  const { host, port, tls, trace, client, timeout } = account;
  const settings = { host, port, tls, trace, client, timeout, reconnect: false, idleTimeout: IDLE_MS } as const;
  const connection = new Connection({ ...settings, dialect: "native", pulse: "none" });
  const stop = (): void => connection.close();
  try {
    signal.throwIfAborted();
    signal.addEventListener("abort", stop);
    await connection.connect();
    signal.throwIfAborted();
    return await run((operation, input, extras) => connection.call(operation, input, { token, ...extras }));
  } catch (error) {
    if (signal.aborted) throw new TransferPaused("paused");
    if (error instanceof UnreadableReply) throw new FileError("content", error.message);
    if (error instanceof LinkError) throw new TransferPaused(error.message, { cause: error });
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    connection.close();
  }
}

/** One request on a connection of its own. @throws TransferPaused when it is lost or told to stop, FileError, RefusedRequest */
export function requestOnce<O extends Native>(
  account: Account,
  operation: O,
  input: Input<O>,
  signal: AbortSignal,
): Promise<Reply & ReplyTo<O>> {
  return withConnection(account, signal, (call) => call(operation, input));
}

/** Bytes of an upload that the server has; 0 if it does not say. */
export async function receivedOf(account: Account, id: string, signal: AbortSignal): Promise<number> {
  const status = await requestOnce(account, "uploadStatus", { "client-id": id }, signal).catch(() => undefined);
  return status?.data.received ?? 0;
}

/** `alice@host:port`: what tells accounts apart. */
export function accountName({ host, port, user }: Account): string {
  return `${user.toLowerCase()}@${host}:${port}`;
}
