/** What watching connections are told as it happens. */
import type { Alteration, Altering, FileInfo, GroupSettings, Message, MuteMode, Role } from "./shapes.ts";

/** What has changed of a group. `name`: its new name; `gone`: it was deleted. */
export interface GroupNews extends Partial<GroupSettings> {
  readonly topic?: string;
  readonly slow?: number;
  readonly name?: string;
  readonly gone?: true;
}

/** An event, as a connection is told of it. */
export type Event =
  | { readonly kind: "message"; readonly message: Message }
  /** The user has sent it himself, on another connection. */
  | { readonly kind: "sent"; readonly message: Message }
  /** The user has read a conversation up to a message, on another connection. */
  | { readonly kind: "read"; readonly with: string; readonly id: string }
  /** The user has muted a conversation, or unmuted it, on another connection. */
  | { readonly kind: "muted"; readonly with: string; readonly muted: false | MuteMode }
  /** What became of a message of the user's that waited for another realm; `id` as its sender was told. */
  | {
      readonly kind: "fate";
      readonly id: string;
      readonly state: "delivered" | "refused" | "expired";
      readonly detail?: string;
    }
  | { readonly kind: Alteration; readonly altering: Altering }
  /** `by`: who added or removed him, unless he did so himself. */
  | {
      readonly kind: "join" | "leave";
      readonly group: string;
      readonly user: string;
      readonly by?: string | undefined;
      readonly why?: string | undefined;
    }
  /** Settings of a group have changed, and who changed them. */
  | { readonly kind: "group"; readonly group: string; readonly by: string | undefined; readonly changed: GroupNews }
  | {
      readonly kind: "role";
      readonly group: string;
      readonly user: string;
      readonly role: Role;
      readonly by: string | undefined;
    }
  /** The user is invited to a group. */
  | { readonly kind: "invite"; readonly group: string; readonly by: string }
  | {
      readonly kind: "ban" | "unban" | "silence" | "unsilence";
      readonly group: string;
      readonly user: string;
      readonly by: string | undefined;
      readonly until?: number | undefined;
    }
  /** A file was withdrawn by its sender. */
  | { readonly kind: "unsend"; readonly file: FileInfo; readonly from: string; readonly group: string | undefined }
  /** Somebody whom the user has not let in yet has written (`requests`). */
  | { readonly kind: "request"; readonly user: string }
  /** A user came online, went offline, or changed what he shows. */
  | {
      readonly kind: "presence";
      readonly user: string;
      readonly online: boolean;
      /** As of `UserShown`, of one who is online. */
      readonly away?: string | undefined;
      readonly status?: string | undefined;
    }
  /** Somebody types. `with`: the conversation as whoever is told this calls it, a user or `#group`. */
  | { readonly kind: "typing"; readonly with: string; readonly user: string }
  /** The server is being stopped: what has arrived is still answered, then the connection ends. */
  | { readonly kind: "closing" }
  /** This server calls the server on that connection, which has linked with it; `body` is JSON. */
  | { readonly kind: "call"; readonly call: number; readonly method: string; readonly body: string };

/** What was said, and what became of messages: what a user is told whether he watches or asks for it later. */
export type Said = Event & { readonly kind: "message" | "sent" | Alteration };
