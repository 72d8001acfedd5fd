/** Every option of chat-client. */
import { choice, flag, integer, text } from "./settings.ts";

export const clientOptions = {
  host: text("address of the server", "ADDRESS", "127.0.0.1"),
  port: integer("port of the server", 1, 65_535, 8889),
  user: { ...text("log in as", "NAME"), alias: "u" },
  "password-file": text("file whose first line is the password, - for standard input; else it is asked for", "FILE"),
  "token-file": text("file whose first line is a session's token, for one request", "FILE"),
  downloads: text("folder that files are saved in", "DIR", "downloads"),
  plain: flag("progress as lines, without a bar"),
  json: flag("print replies and events as JSON, one a line"),
  color: choice("colours", ["auto", "always", "never"], "auto"),
  config: text("JSON file of these options", "FILE"),
};
