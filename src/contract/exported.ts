/** All that there is of a user, piece by piece, as `exportAll` gives it. All times are milliseconds since 1970. */
import type {
  Blocked,
  GroupAsked,
  GroupInfo,
  Message,
  Muted,
  OwnSettings,
  SessionInfo,
  SharedFile,
  WaitingRequest,
} from "./shapes.ts";

export type Exported =
  | {
      readonly kind: "account";
      readonly account: {
        readonly username: string;
        readonly name: string;
        readonly country: string;
        readonly realm: string;
        readonly created: number;
      };
    }
  | { readonly kind: "settings"; readonly settings: OwnSettings }
  | { readonly kind: "session"; readonly session: SessionInfo }
  | { readonly kind: "group"; readonly group: GroupInfo }
  | { readonly kind: "invitation"; readonly invitation: GroupAsked }
  | { readonly kind: "blocked"; readonly blocked: Blocked }
  | { readonly kind: "muted"; readonly muted: Muted }
  | { readonly kind: "request"; readonly request: WaitingRequest }
  /** `received`: by the user or his groups, from others. */
  | { readonly kind: "file"; readonly received: boolean; readonly file: SharedFile }
  /** `with`: the conversation that it is of: a user, or a `#group`. */
  | { readonly kind: "message"; readonly with: string; readonly message: Message };
