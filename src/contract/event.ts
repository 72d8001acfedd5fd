import type { FileInfo, Message } from "./shapes.ts";

/** What a watching connection is told as it happens. */
export type Event =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "join" | "leave"; readonly group: string; readonly user: string }
  /** A file was withdrawn by its sender. */
  | { readonly kind: "unsend"; readonly file: FileInfo; readonly from: string; readonly group: string | undefined }
  | { readonly kind: "presence"; readonly user: string; readonly online: boolean }
  /** A call of this server to the one that has linked with it; `body` is JSON. */
  | { readonly kind: "call"; readonly call: number; readonly method: string; readonly body: string };
