/** What concerns one's own account and sessions: part of the list of operations. */
import type { Address, Content, ErasedAt, Person, SessionInfo, UserInfo } from "./shapes.ts";

type Nothing = Record<never, never>;
/** An output without fields. Unlike `Nothing`, a refusal does not have this type. */
type Done = Readonly<Record<string, never>>;

/** As of `Operations`. */
export interface AccountOperations {
  register: {
    input: {
      user: string;
      /** An invitation's code and `:` before it are no part of it. */
      password: string;
      /** The same code, where it has a place of its own. */
      code?: string;
      name?: string;
      country?: string;
      /** `login`: also logs the connection in. `token`: only hands out a token. */
      session: "none" | "token" | "login";
      /** Refused with `logged-in` on a connection that is logged in (spec 003). */
      onlyLoggedOut?: boolean;
    };
    output: { user: Person; token?: string };
  };
  login: { input: { user: Address; password: string }; output: { user: string; token: string } };
  logout: { input: Nothing; output: Done };
  /** Ends a session of one's own, by its number. */
  endSession: { input: { session: number }; output: Done };
  /** All that there is of the user: `Exported`, piece by piece, as raw bytes. */
  exportAll: { input: Nothing; output: { size: number; content: Content } };
  /** What the client on this connection is; `sessions` shows it. */
  client: { input: { client: string }; output: Done };
  changePassword: { input: { old: string; new: string }; output: { closed: number } };
  /** `until`: when all that is his begins to go, ms since 1970; `realms`: those that may have words of his. */
  erase: { input: { password: string }; output: { until: number; realms: readonly ErasedAt[] } };
  cancelErase: { input: Nothing; output: Done };
  sessions: { input: Nothing; output: { sessions: readonly SessionInfo[] } };
  /** Makes the session of the request's token the connection's own. */
  resume: { input: Nothing; output: UserInfo };
}
