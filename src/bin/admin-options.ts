/** The options of `chat-server admin`; its commands are those of client/admin/commands.ts. */
import { flag, once, optionalDuration, optionalInteger, text } from "./options.ts";

export const adminOptions = {
  data: text("folder of the server's data", "DIR", undefined, "./data"),
  control: text("the server's control socket", "PATH", undefined, "control.sock in --data"),
  uses: optionalInteger("accounts that can be made with the code of invite", 1, 100_000, "1"),
  days: optionalInteger("days after which it ends", 1, 3650, "7"),
  group: once(text("group that whoever comes by it joins", "NAME")),
  for: once(optionalDuration("of ban: when it ends, such as 30m, 12h or 7d; for good unless given")),
  reason: once(text("of ban: why, as it is told to whom it is for", "TEXT")),
  since: once(text("of audit: from this day or moment on, such as 2026-11-21", "DATE")),
  messages: once(flag("of delete: what was said by it, too")),
  yes: once(flag("do what cannot be undone without asking")),
  json: flag("print the server's answer as JSON"),
};
