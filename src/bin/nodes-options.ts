/** The options of `chat-server nodes`. */
import { flag, text } from "./options.ts";
import { serverOptions } from "./server-options.ts";

export const nodesOptions = {
  store: text("PostgreSQL that they share", "URL"),
  "store-file": serverOptions["store-file"],
  json: flag("print it as JSON"),
};

export const nodesAbout =
  "the nodes that share a PostgreSQL: since when, of which version, how far each is in the log, and what each has a lease of";
