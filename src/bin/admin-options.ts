/** The commands of `chat-server admin`, and its options. */
import { flag, once, optionalDuration, optionalInteger, text } from "./options.ts";

export const adminOptions = {
  data: text("folder of the server's data", "DIR", undefined, "./data"),
  control: text("the server's control socket", "PATH", undefined, "control.sock in --data"),
  uses: optionalInteger("accounts that can be made with the code of invite", 1, 100_000, "1"),
  days: optionalInteger("days after which it ends", 1, 3650, "7"),
  group: once(text("group that whoever comes by it joins", "NAME")),
  for: once(optionalDuration("of ban: when it ends, such as 30m, 12h or 7d; for good unless given")),
  reason: once(text("of ban: why, as it is told to whom it is for", "TEXT")),
  json: flag("print the server's answer as JSON"),
};

/** How each is written, and what it does. */
export const adminCommands = {
  users: ["users [PART]", "list the accounts, or those with this in their name"],
  password: ["password USER", "give a user another password, from standard input or asked for; ends the sessions"],
  register: ["register USER", "make an account, as --admin names it: its password comes as above"],
  realms: ["realms", "list the realms, with their keys"],
  addrealm: [
    "addrealm NAME [HOST:PORT] [KEY]",
    "link with a realm; without an address it may call, by its key or, without one, whoever calls first",
  ],
  delrealm: ["delrealm NAME", "remove a realm: what waits for it is refused, its name is free"],
  invite: ["invite", "make an invitation, and print its code: --uses, --days, --group"],
  invitations: ["invitations", "list the invitations that are open"],
  uninvite: ["uninvite ID", "end an invitation"],
  ban: ["ban TARGET", "ban a user (alice, bob@realm), a @realm, or an address or network (192.0.2.0/24)"],
  unban: ["unban TARGET", "lift a ban"],
  bans: ["bans", "list the bans"],
  backup: ["backup DIR", "back up everything into a folder of this machine, new or empty, while the server runs"],
  reports: ["reports [AFTER]", "list the messages that users have reported, as they were; those after number AFTER"],
  report: ["report done ID", "take a report from the list: it is seen to"],
} as const satisfies Readonly<Record<string, readonly [usage: string, about: string]>>;

export type AdminCommand = keyof typeof adminCommands;
