/** The options of `chat-server dump`. */
import { optionalInteger, text } from "./options.ts";

export const dumpOptions = {
  data: text("folder of the server's data", "DIR", undefined, "./data"),
  from: optionalInteger("number of the first message", 1, Number.MAX_SAFE_INTEGER, "1"),
};

export const dumpAbout =
  "print every message that is kept, as a JSON object a line; it only reads, also while the server runs";
