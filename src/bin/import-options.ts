/** The options of `chat-server import`. */
import { flag, text } from "./options.ts";
import { serverOptions } from "./server-options.ts";

export const importOptions = {
  data: text("folder of the data that is brought in; its server is stopped", "DIR", undefined, "./data"),
  uploads: text("folder of its files: nothing is brought in unless all are there", "DIR"),
  "realm-key": serverOptions["realm-key"],
  store: text("PostgreSQL to bring it into, in which there is nothing yet", "URL"),
  "store-file": serverOptions["store-file"],
  json: flag("print how many of what as JSON"),
};

export const importAbout =
  "bring the database of a server into an empty PostgreSQL, for nodes that share it: the same ids, tokens, read markers and files' records, and the realm's key";
