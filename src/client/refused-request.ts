import type { Reply } from "./client.ts";
import { refusalInWords } from "./render.ts";

/** The server has answered ERROR; the message says why, in the language that is spoken, and can act on no terminal. */
export class RefusedRequest extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(refusalInWords(reply));
    this.reply = reply;
  }
}
