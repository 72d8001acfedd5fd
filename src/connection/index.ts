/** The library: `import { connect } from "obrol"`. What stands here keeps its form within a major version (semver.org). */
import { Client, type ConnectOptions } from "./client.ts";

export type { ReplyTo, ToldEvent as Event, ToldMessage as Message } from "../protocol/replies.ts";
export type { Client, ConnectOptions, MessagesOptions, SentMessage } from "./client.ts";
export type { ConnectionState } from "./connection-options.ts";
export { LinkError, RefusedRequest, type Reply, UnreadableReply, UntrustedServer } from "./errors.ts";
export type { Tls } from "./tls.ts";

/**
 * Connects and logs in. @throws LinkError when the server cannot be reached; RefusedRequest, with `code` `bad-credentials` or
 * `no-session`; TypeError without a token, or a user and a password
 */
export const connect: (options: ConnectOptions) => Promise<Client> = Client.connect;
