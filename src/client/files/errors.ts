/** What ends a transfer before its end, besides a refusal of the server and an error of the file system. */

/** Why a file cannot be sent or fetched. */
export type Fault =
  /** There is no such file, here or there. */
  | "no-file"
  /** The command is wrong. */
  | "usage"
  /** Nobody is logged in. */
  | "login"
  /** What came, or was to be sent, is not what it should be. */
  | "content";

/** It cannot be done; the message says why, in the language that is spoken. */
export class FileError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** It has stopped and can go on: asked to, or because the connection was lost, which is then the `cause`. */
export class TransferPaused extends Error {}
