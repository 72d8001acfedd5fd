/** What watching connections are told as it happens. */
import type { Alteration, Altering, FileInfo, Message } from "./shapes.ts";

/** An event, as a connection is told of it. */
export type Event =
  | { readonly kind: "message"; readonly message: Message }
  /** One has said it oneself, on another connection. */
  | { readonly kind: "sent"; readonly message: Message }
  /** One has read a conversation up to a message, on another connection. */
  | { readonly kind: "read"; readonly with: string; readonly id: string }
  /** What became of a message of one's own that waited for another realm; `id` is what its sender was told. */
  | {
      readonly kind: "fate";
      readonly id: string;
      readonly state: "delivered" | "refused" | "expired";
      readonly detail?: string;
    }
  | { readonly kind: Alteration; readonly altering: Altering }
  | { readonly kind: "join" | "leave"; readonly group: string; readonly user: string }
  /** A file was withdrawn by its sender. */
  | { readonly kind: "unsend"; readonly file: FileInfo; readonly from: string; readonly group: string | undefined }
  | { readonly kind: "presence"; readonly user: string; readonly online: boolean }
  /** This server calls the server on that connection, which has linked with it; `body` is JSON. */
  | { readonly kind: "call"; readonly call: number; readonly method: string; readonly body: string };

/** What was said, and what became of messages: what a user is told whether he watches or asks for it later. */
export type Said = Event & { readonly kind: "message" | "sent" | Alteration };
