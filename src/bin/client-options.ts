/** Every option of chat-client. */
import { notificationKinds } from "../client/chat/notification.ts";
import { languages } from "../client/language/wording.ts";
import { readPin } from "../connection/pin.ts";
import { choice, duration, flag, integer, type Option, once, type Settings, text } from "./options.ts";
import { version } from "./version.ts";

function texts(describe: string, value: string): Option<readonly string[]> {
  return { describe, value, default: [], repeatable: true, read: (given) => [given] };
}

export const clientOptions = {
  host: text("address of the server", "ADDRESS", "127.0.0.1"),
  port: integer("port of the server", 1, 65_535, 8889),
  tls: flag("encrypt; a server that no authority confirms is known by its key, from the first time on"),
  "tls-ca": text("file of the authorities (PEM), of which one must confirm the server", "FILE"),
  "tls-pin": {
    ...text("SHA-256 of the server's public key, base64 or hexadecimal: it alone counts", "SHA256"),
    read: readPin,
  },
  user: { ...text("log in as", "NAME"), alias: "u" },
  profile: { ...text("settings of that name in the config file", "NAME"), alias: "P" },
  config: text("JSON file of these options, or none", "FILE", undefined, "obrol/client.json in XDG_CONFIG_HOME"),
  "password-file": text("file whose first line is the password, - for standard input", "FILE"),
  "password-command": text("command that prints the password", "CMD"),
  "token-file": text("file whose first line is a session's token", "FILE"),
  "save-login": flag("stay logged in on this machine"),
  "no-save-login": flag("do not, and do not ask"),
  command: { ...once(texts("run a command; may be repeated", "CMD")), alias: "c" },
  file: { ...once(text("run a file of commands, one a line; - for standard input", "FILE")), alias: "f" },
  "keep-going": flag("go on after a command that has failed"),
  "each-line": once(flag("with - as the text: each line of standard input is a message")),
  json: flag("print JSON objects, one a line"),
  plain: flag("print tab separated fields, and progress as lines"),
  quiet: { ...flag("print nothing of what only says that it was done"), alias: "q" },
  trace: flag("print what goes over the wire on standard error; passwords and tokens are masked"),
  "dry-run": { ...once(flag("print the exact bytes of the request, for nc; send nothing")), alias: "n" },
  timeout: duration("how long to wait for an answer", "10"),
  "no-reconnect": flag("end when the link is lost"),
  downloads: text("folder that files are saved in", "DIR", "downloads"),
  notify: choice("how to tell of messages when the window is not looked at", notificationKinds, "auto"),
  accessible: flag("move no cursor, say states in words; also ACCESSIBLE=1"),
  ascii: flag("draw with ASCII signs only; also where LC_ALL, LC_CTYPE or LANG say that there are no others"),
  lang: choice("language: auto (as LC_ALL, LC_MESSAGES or LANG say), en, id", languages, "auto"),
  color: choice("colours", ["auto", "always", "never"], "auto"),
  "no-history": flag("do not keep what was typed"),
};

/** What it calls itself. */
export const client = `chat-client ${version}`;

export type ClientSettings = Settings<typeof clientOptions>;

export const clientUsage = [
  "$0 [options]                    a prompt, where a person sits at a terminal",
  "$0 [options] COMMAND [ARG …]    one command",
  "$0 [options] -f FILE|-          a script, one command a line",
];

export const clientExamples: readonly (readonly [string, string])[] = [
  ["$0 -u alice", "log in and chat"],
  ["$0 -u alice --password-file pw send bob halo", "one message"],
  ["df -h | $0 -u alice send bob -", "what a program has printed"],
  ["$0 -u bob listen --from alice -C 1 -W 60", "wait a minute for a message of alice"],
  ["$0 -u alice sendfile bob a.iso", "a file of any size; Ctrl-C pauses it"],
  ["$0 -u bob getfile a.iso -o -", "its bytes on standard output"],
  ["$0 -n --token-file token send bob halo | nc -N HOST PORT", "the same by hand"],
  ["$0 help", "every command"],
];
