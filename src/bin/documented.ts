/** What shells and man(1) want to know of both programs, from the tables that the programs go by. */

import { adminCommands } from "../client/admin/commands.ts";
import { keyName } from "../client/help.ts";
import { wording } from "../client/language/wording.ts";
import { ExitError, exits, exitsAbout } from "../client/script/exits.ts";
import { type Manual, manualPage } from "../client/script/manual.ts";
import { type CompletedProgram, type Shell, shellCompletion, shells } from "../client/script/shell-completion.ts";
import { commands } from "../client/terminal/commands.ts";
import { aboutInEnglish, ownCommands, requests } from "../client/vocabulary.ts";
import { clientExamples, clientOptions, clientUsage } from "./client-options.ts";
import { dumpAbout } from "./dump-options.ts";
import { exportAbout } from "./export-options.ts";
import { importAbout } from "./import-options.ts";
import { nodesAbout } from "./nodes-options.ts";
import type { Table } from "./options.ts";
import { serverOptions } from "./server-options.ts";
import { shownDefault } from "./settings.ts";
import { verifyAbout } from "./verify-options.ts";
import { version } from "./version.ts";

/** @param of a shell, or one of the programs. @throws ExitError */
export function documented(what: "completion" | "man", of: string | undefined): string {
  if (what === "man") {
    if (of !== undefined && of !== "client" && of !== "server")
      throw new ExitError(exits.usage, "use: man [client|server]");
    return manualPage(of === "server" ? serverManual() : clientManual());
  }
  if (!shells.includes(of as Shell)) throw new ExitError(exits.usage, wording.use(`completion ${shells.join("|")}`));
  return shellCompletion(of as Shell, [
    optionsOf("chat-client", clientOptions),
    optionsOf("chat-server", serverOptions),
  ]);
}

function optionsOf(program: string, table: Table): CompletedProgram {
  const options = Object.entries(table).map(([name, { alias, describe, flag, value, choices }]) => ({
    name,
    alias,
    describe,
    value: flag ? undefined : (value ?? "VALUE"),
    choices: choices ?? [],
  }));
  const more = [
    { name: "help", alias: "h", describe: "show help", value: undefined, choices: [] },
    { name: "version", alias: undefined, describe: "show the version", value: undefined, choices: [] },
  ];
  return { program, options: [...options, ...more] };
}

function flagsOf(table: Table): Manual["options"] {
  return Object.entries(table).map(([name, option]) => {
    const short = option.alias === undefined ? "" : `-${option.alias}, `;
    const usual = shownDefault(option);
    return {
      flags: `${short}--${name}${option.flag ? "" : ` ${option.value ?? "VALUE"}`}`,
      about: usual === undefined ? option.describe : `${option.describe} (${usual})`,
    };
  });
}

const PRECEDENCE =
  "Flags win over variables (CHAT_HOST for --host, and so on), those over the config file, those over the defaults.";

function clientManual(): Manual {
  const named = (text: string): string => text.replace("$0", "chat-client");
  return {
    program: "chat-client",
    version,
    about: "a terminal client for chat-server",
    synopsis: clientUsage.map((line) => named(line).replace(/ {2,}.*/, "")),
    description: [
      "With a person at a terminal it is a prompt: messages appear above the line being typed. With a command, or lines of them, it does these and ends; data goes to standard output, everything else to standard error.",
      "A command is one of those below, or a request of the protocols as it stands.",
      PRECEDENCE,
    ],
    options: flagsOf(clientOptions),
    sections: [
      { title: "commands", rows: ownCommands.map(({ usage, about }) => [usage, about] as const) },
      { title: "requests", rows: requests.map((row) => [row.pattern.source, aboutInEnglish(row)] as const) },
      {
        title: "keys",
        rows: commands.flatMap(({ rows }) =>
          Object.values(rows).map(({ keys, about }) => [keys.map(keyName).join(", "), about] as const),
        ),
      },
      { title: "exit status", rows: exitsAbout.map(([code, about]) => [String(code), about] as const) },
      {
        title: "files",
        rows: [
          ["$XDG_CONFIG_HOME/obrol/client.json", "options, and profiles of them (~/.config)"],
          [
            "$XDG_STATE_HOME/obrol/",
            "history, saved logins, uploads that were begun, keys of servers (~/.local/state)",
          ],
        ],
      },
      {
        title: "environment",
        rows: [
          ["CHAT_…", "an option"],
          ["ACCESSIBLE", "as --accessible"],
          ["NO_COLOR", "no colours"],
          ["VISUAL, EDITOR", "what Ctrl-X Ctrl-E opens"],
          ["BROWSER", "what o opens links with"],
        ],
      },
    ],
    examples: clientExamples.map(([command, about]) => [named(command), about] as const),
  };
}

function serverManual(): Manual {
  return {
    program: "chat-server",
    version,
    about: "a small chat server over raw TCP that speaks five protocols",
    synopsis: [
      "chat-server [options]",
      "chat-server admin COMMAND",
      "chat-server dump [--data DIR] [--from SEQ]",
      "chat-server export --store URL --data DIR",
      "chat-server import [--data DIR] [--uploads DIR] --store URL",
      "chat-server nodes --store URL [--json]",
      "chat-server print WHAT [options]",
      "chat-server verify DIR [--uploads DIR]",
    ],
    description: [
      "Serves until it is ended by SIGINT or SIGTERM, or its terminal is closed; SIGHUP has it reread its options and its certificate. When it is ready it prints one line on standard output; logs go to standard error.",
      PRECEDENCE,
    ],
    options: flagsOf(serverOptions),
    sections: [
      {
        title: "commands",
        rows: [
          ["admin COMMAND", "ask a server that runs; chat-server admin --help says what"],
          ["dump", dumpAbout],
          ["export", exportAbout],
          ["import", importAbout],
          ["nodes", nodesAbout],
          [
            "print WHAT",
            "a file to run it with, for the options that follow: systemd, containerfile, fail2ban, logrotate, nginx-stream",
          ],
          ["verify DIR", `${verifyAbout}; 0: it is whole, 1: it is not, 2: wrong words`],
        ],
      },
      {
        title: "admin",
        rows: adminCommands.map(({ usage, about }) => [usage, about] as const),
      },
      {
        title: "exit status",
        rows: [
          ["0", "ended by a signal, everything it had received answered"],
          ["1", "it could not start; standard error says why"],
        ],
      },
    ],
    examples: [
      ["chat-server", "on 127.0.0.1:8889, with its data in ./data"],
      ["chat-server --host 0.0.0.0 --realm rumah --peer kampus=192.0.2.1:8889", "for others, linked with another"],
    ],
  };
}
