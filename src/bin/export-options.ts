/** The options of `chat-server export`. */
import { flag, text } from "./options.ts";
import { serverOptions } from "./server-options.ts";

export const exportOptions = {
  store: text("PostgreSQL that nodes share, running or not", "URL"),
  "store-file": serverOptions["store-file"],
  data: text("folder to make, or to put the database into", "DIR"),
  json: flag("print how many of what as JSON"),
};

export const exportAbout =
  "make a folder of data from what nodes share, as it is at one moment: a server starts on it without PostgreSQL";
