/** What ends a transfer before its end. */
import type { Reply } from "../client.ts";

/** What keeps a file from being sent or fetched, where it is not the server that refuses or the disk that fails. */
export type Fault =
  /** There is no such file, here or there. */
  | "no-file"
  /** The command is wrong. */
  | "usage"
  /** Nobody is logged in. */
  | "login"
  /** What came, or was to be sent, is not what it should be. */
  | "content";

export class FileError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** The server has refused; `reply` says why. */
export class Refused extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(String(reply.message));
    this.reply = reply;
  }
}
