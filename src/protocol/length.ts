/** How long a reply will be at least, before it is made: one that must wait for room is not made for nothing. */
import type { Operation, Output } from "../contract/operations.ts";
import type { Page } from "../contract/shapes.ts";

/** UTF-16 units, about: of one item of a list without its texts, and of a name. */
const ITEM = 100;
const NAME = 10;

function page({ messages }: Pick<Page, "messages">): number {
  return messages.reduce((sum, { text }) => sum + ITEM + text.length, 0);
}

function names({ names: list }: { readonly names: { readonly length: number } }): number {
  return list.length * NAME;
}

/** Of operations whose reply may be long: all that answer with a list of any length. */
export const atLeast: { readonly [O in Operation]?: (output: Output<O>) => number } = {
  inbox: page,
  realmInbox: page,
  groupInbox: page,
  history: page,
  pins: page,
  versions: ({ versions }) => versions.reduce((sum, { text }) => sum + ITEM + text.length, 0),
  sync: ({ events }) =>
    events.reduce((sum, said) => sum + ITEM + ("message" in said ? said.message.text.length : 0), 0),
  chats: ({ chats }) => chats.reduce((sum, { last }) => sum + ITEM + (last?.text.length ?? 0), 0),
  search: ({ found }) =>
    found.reduce((sum, { message, snippet }) => sum + ITEM + message.text.length + snippet.length, 0),
  users: ({ users, elsewhere }) => (users.length + elsewhere.length) * NAME,
  loggedIn: names,
  userNames: names,
  groups: ({ all }) => all.length * NAME,
  members: ({ members }) => members.length * NAME,
  files: ({ files }) => files.length * ITEM,
  adminBans: ({ bans }) => bans.length * ITEM,
  realms: ({ realms }) => realms.length * ITEM,
};
