/** What a connection is made with, how it is, and what its requests may have. */
import type { ToldEvent } from "../protocol/replies.ts";
import type { World } from "../world/world.ts";
import type { Call } from "./call.ts";
import type { Reply } from "./errors.ts";
import type { Login } from "./login.ts";
import type { TlsSettings } from "./tls.ts";
import type { CallExtras, Trace } from "./wire-options.ts";

/** How a connection is. */
export type ConnectionState =
  | { readonly is: "up" }
  | { readonly is: "connecting" }
  /** `at`: when the next try is, in ms of `World.elapsed`; undefined for never. */
  | { readonly is: "down"; readonly error: Error; readonly at: number | undefined };

/** Where a connection goes, and how long it is waited for. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  /** It is encrypted, and how the server is known. */
  readonly tls?: TlsSettings | undefined;
  /** One that is lost is made anew. */
  readonly reconnect: boolean;
  readonly trace?: Trace | undefined;
  /** What the server is told that this program is. */
  readonly client?: string | undefined;
  /** How long connecting, greeting, and an answer may take, in ms; each. Then the connection counts as lost. */
  readonly timeout?: number | undefined;
}

export interface ConnectionOptions extends ConnectionSettings {
  /** Its sockets, timers and chance; the machine's own if it is left out. */
  readonly world?: World;
  /** The dialect that the server reads requests in. */
  readonly dialect: "auto" | "native";
  /** What is checked every few seconds: that the server answers, or also that the session is good. With `none` only a request finds out. */
  readonly pulse: "server" | "session" | "none";
  /** Milliseconds without a byte in either direction, after which it counts as lost. No limit unless given. */
  readonly idleTimeout?: number;
  /** The session that each new connection resumes; `enter` gives one later. */
  readonly login?: Login | undefined;
  onEvent?(event: ToldEvent): void;
  onState?(state: ConnectionState): void;
  /** The server has said why it ends the connection. */
  onDismissed?(refusal: Reply): void;
  /** Logs in on a new connection that has no session to resume, or none that is still good. @throws RefusedRequest, LinkError */
  logIn?(call: Call): Promise<Login>;
  /** Makes a new connection what the last one was. @param login whose session it has resumed. @throws RefusedRequest, LinkError */
  greet?(call: Call, login: Login | undefined): Promise<void>;
  /** The session has ended; it goes on without. Where this and `logIn` are missing, the connection ends with it. */
  onSessionEnded?(login: Login): void;
}

/** How a request is made. */
export interface RequestExtras extends CallExtras {
  /** It may take as long as the connection lasts. */
  readonly patient?: boolean;
}
