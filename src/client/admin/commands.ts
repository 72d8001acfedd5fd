/**
 * What an operator types, in `chat-server admin` and in chat-client: how each command is written, and the request of `native` that
 * it is. A request that is typed as it stands works in chat-client, too.
 */

import { resolve } from "node:path";

/** The options behind a command, by their names without `--`; one without a value is "". */
export type AdminOptions = { readonly [O in AdminOption]?: string | undefined };
export type AdminOption = "uses" | "days" | "group" | "for" | "reason" | "since" | "messages" | "yes";

/** Options without a value. */
export const adminFlags: ReadonlySet<string> = new Set<AdminOption>(["messages", "yes"]);

export interface AdminCommand {
  /** Its words in lower case, then what it takes: `[x]` may be left out, `x...` goes to the end of the line. */
  readonly usage: string;
  readonly about: string;
  /** Those that it takes, besides `yes`. */
  readonly options?: readonly AdminOption[];
  /** It cannot be undone, and needs `yes`. */
  readonly irreversible?: true;
  /** It takes a password, which is asked for and is no word of the command. */
  readonly password?: true;
  says(words: readonly string[], options: AdminOptions, password: string): string;
}

const withOptions = ({ uses, days, group }: AdminOptions): string =>
  said("admin invite", uses && `uses ${uses}`, days && `days ${days}`, group && `group ${group}`);

export const adminCommands: readonly AdminCommand[] = [
  {
    usage: "users [PART]",
    about: "list the accounts, or those with this in their name",
    says: ([part]) => said("admin users", part),
  },
  {
    usage: "user NAME",
    about: "all of an account: sessions, connections, last seen, space, wrong passwords of late",
    says: ([name]) => said("admin user", name),
  },
  {
    usage: "password USER",
    about: "give a user another password, from standard input or asked for; ends the sessions",
    password: true,
    says: ([name], _, password) => said("admin password", name, password),
  },
  {
    usage: "register USER",
    about: "make an account, as --admin names it: its password comes as above",
    password: true,
    says: ([name], _, password) => said("register", name, password, name, "-"),
  },
  {
    usage: "kick NAME",
    about: "end a user's sessions and connections; he may log in again",
    says: ([name]) => said("admin kick", name),
  },
  {
    usage: "rename NAME NEW",
    about: "give a user another name; nobody else gets the old one",
    says: ([name, to]) => said("admin rename", name, to),
  },
  {
    usage: "delete NAME",
    about: "delete an account; nobody else gets its name. --messages: and what was said by it",
    options: ["messages"],
    irreversible: true,
    says: ([name], { messages }) => said("admin delete", name, messages !== undefined && "messages"),
  },
  {
    usage: "ban TARGET",
    about: "ban a user (alice, bob@realm), a @realm, or an address or network (192.0.2.0/24): --for, --reason",
    options: ["for", "reason"],
    says: ([target], options) => ban(target, options),
  },
  { usage: "unban TARGET", about: "lift a ban", says: ([target]) => said("admin unban", target) },
  { usage: "bans", about: "list the bans", says: () => "admin bans" },
  {
    usage: "invite",
    about: "make an invitation, and print its code: --uses, --days, --group",
    options: ["uses", "days", "group"],
    says: (_, options) => withOptions(options),
  },
  { usage: "invitations", about: "list the invitations that are open", says: () => "admin invitations" },
  { usage: "uninvite ID", about: "end an invitation", says: ([id]) => said("admin uninvite", id) },
  {
    usage: "groups [PART]",
    about: "list the groups, or those with this in their name",
    says: ([part]) => said("admin groups", part),
  },
  {
    usage: "group delete NAME",
    about: "delete a group, for all who are in it",
    irreversible: true,
    says: ([name]) => said("admin group delete", name),
  },
  {
    usage: "message delete ID",
    about: "delete a message, for all who have it",
    irreversible: true,
    says: ([id]) => said("admin message delete", id),
  },
  { usage: "realms", about: "list the realms, with their keys", says: () => "admin realms" },
  {
    usage: "addrealm NAME [HOST:PORT] [KEY]",
    about: "link with a realm; without an address it may call, by its key or, without one, whoever calls first",
    says: addRealm,
  },
  {
    usage: "delrealm NAME",
    about: "remove a realm: what waits for it is refused, its name is free",
    says: ([name]) => said("delrealm", name),
  },
  {
    usage: "realm remove NAME",
    about: "the same",
    irreversible: true,
    says: ([name]) => said("admin realm remove", name),
  },
  {
    usage: "realm pin NAME KEY",
    about: "a realm must have this key from now on",
    says: ([name, key]) => said("admin realm pin", name, key),
  },
  {
    usage: "realm ban NAME",
    about: "ban a realm: --for, --reason",
    options: ["for", "reason"],
    says: ([name = ""], options) => ban(`@${name.replace(/^@/, "")}`, options),
  },
  {
    usage: "announce TEXT...",
    about: "a message of the server to everybody who has an account",
    says: (words) => said("admin announce", ...words),
  },
  {
    usage: "reports [AFTER]",
    about: "list the messages that users have reported, as they were; those after number AFTER",
    says: ([after]) => said("admin reports", after && `after ${after}`),
  },
  {
    usage: "report done ID",
    about: "take a report from the list: it is seen to",
    says: ([id]) => said("admin report done", id),
  },
  {
    usage: "backup DIR",
    about: "back up everything into a folder of the server's machine, new or empty, while the server runs",
    says: ([folder]) => said("admin backup", folder && resolve(folder)),
  },
  {
    usage: "reload",
    about: "reread the options and the certificate; says what counts now, and what needs a restart",
    says: () => "admin reload",
  },
  { usage: "stats", about: "what there is of the server, and what it takes", says: () => "admin stats" },
  {
    usage: "audit [BEFORE]",
    about: "list what operators have done, the newest 100 acts, or those before number BEFORE: --since",
    options: ["since"],
    says: ([before], { since }) => said("admin audit", since && `since ${since}`, before && `before ${before}`),
  },
];

/** A command that was typed, and what stands behind its own words. */
export interface TypedAdmin {
  readonly command: AdminCommand;
  readonly words: readonly string[];
}

/** What is wrong with a command, in one line. */
export class AdminSlip extends Error {}

/** @param words without options. @returns undefined where no command is called so. @throws AdminSlip where it takes other words */
export function typedAdmin(words: readonly string[]): TypedAdmin | undefined {
  const found = adminCommands.filter(({ usage }) => {
    return namesOf(usage).every((name, at) => words[at]?.toLowerCase() === name);
  });
  const [command] = found;
  if (!command) {
    const near = adminCommands.filter(({ usage }) => namesOf(usage)[0] === words[0]?.toLowerCase());
    if (near.length > 0) throw new AdminSlip(near.map(({ usage }) => usage).join(" | "));
    return undefined;
  }
  const rest = words.slice(namesOf(command.usage).length);
  const wanted = command.usage.split(" ").slice(namesOf(command.usage).length);
  const least = wanted.filter((word) => !word.startsWith("[")).length;
  const most = wanted.at(-1)?.endsWith("...") ? Number.POSITIVE_INFINITY : wanted.length;
  if (rest.length < least || rest.length > most) throw new AdminSlip(command.usage);
  return { command, words: rest };
}

/** The option that a command does not take, and the usages of those that do. */
export function wrongOption(
  command: AdminCommand,
  options: AdminOptions,
): { readonly option: AdminOption; readonly of: string } | undefined {
  const given = Object.keys(options).filter((name) => options[name as AdminOption] !== undefined) as AdminOption[];
  const option = given.find((one) => one !== "yes" && !command.options?.includes(one));
  if (option === undefined) return undefined;
  const takers = adminCommands.filter((one) => one.options?.includes(option));
  return { option, of: takers.map(({ usage }) => namesOf(usage).join(" ")).join(", ") };
}

function namesOf(usage: string): readonly string[] {
  return usage.split(" ").filter((word) => /^[a-z]+$/.test(word));
}

function said(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter(Boolean).join(" ");
}

function ban(target: string | undefined, { for: duration, reason }: AdminOptions): string {
  return said("admin ban", target, duration && `for ${duration}`, reason);
}

/** A key has no colon. @throws AdminSlip */
function addRealm([name, place, key]: readonly string[]): string {
  const [, host = "", digits] = /^(.+):(\d+)$/.exec(place ?? "") ?? [];
  if (digits !== undefined) return said("addrealm", name, host.replace(/^\[(.*)\]$/, "$1"), digits, key);
  if (key !== undefined) throw new AdminSlip(`${place}: not HOST:PORT`);
  return place === undefined ? said("addrealm", name) : said("addrealm", name, "key", place);
}
