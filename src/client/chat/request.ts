/** A request that was typed as the protocols have it: its answer, and what that changes in the chat. */

import { isOk } from "../../connection/errors.ts";
import { loginOf } from "../../connection/login.ts";
import type { Operation } from "../../contract/operations.ts";
import * as lists from "../lists.ts";
import { replyInWords } from "../render.ts";
import { splitWords } from "../shell-words.ts";
import type { Console } from "../terminal/console.ts";
import { operationOf } from "../vocabulary.ts";
import type { Conversations } from "./conversations.ts";
import type { Feed } from "./feed.ts";
import type { Session } from "./session.ts";

/** Requests after which a name may be new, or gone. */
const CHANGE_NAMES: ReadonlySet<Operation> = new Set([
  "createGroup",
  "joinGroup",
  "acceptGroup",
  "renameGroup",
  "leaveGroup",
  "register",
  "addRealm",
] as const);

/** Requests by which one says something: the reply has the id of that. */
const SAYS: ReadonlySet<Operation | undefined> = new Set([
  ...(["send", "sendGroup", "sendToRealm", "sendToRealmGroup", "post", "reply", "postReply", "forward"] as const),
  ...(["sendFile", "sendFileGroup", "sendFileToRealm", "sendFileToRealmGroup"] as const),
] satisfies Operation[]);

/** Where a request is made, and what it changes. */
export interface RequestContext {
  readonly session: Session;
  readonly console: Console;
  readonly conversations: Conversations;
  readonly feed: Feed;
}

/** Asks, shows the answer, and follows a login, a logout, reading, and leaving the open group. @throws LinkError */
export async function makeRequest(
  text: string,
  { session, console, conversations, feed }: RequestContext,
): Promise<void> {
  const reply = await session.request(text);
  const operation = operationOf(text);
  const [, , altered = "", said] = /^(\S+)\s+(\S+)(?:\s([\s\S]*))?$/.exec(text) ?? [];
  const about = operation === "react" || operation === "unreact" ? feed.recent.get(altered.toLowerCase()) : undefined;
  // The message is quoted: it may have been named by a number.
  if (about && isOk(reply)) feed.did(operation === "react" ? "reacted" : "unreacted", about, said?.trim() ?? "");
  else {
    const { columns, redraws: isDrawn } = console;
    console.print(replyInWords(reply, { me: session.user, columns, isDrawn, lists }, operation));
  }
  if (!isOk(reply)) return;
  // What one has done here is no news when it is asked what was missed.
  for (const id of [reply["alteration"], SAYS.has(operation) && reply["id"]])
    if (typeof id === "string") feed.accepted(id);
  if (operation === "editMessage" || operation === "deleteMessage") feed.recent.alter(altered.toLowerCase(), said);
  const [word = "", second = ""] = splitWords(text.toLowerCase());
  const login = loginOf(reply);
  if (login) await session.loggedIn(login);
  else if (operation === "logout") session.loggedOut();
  else if (word === "inbox" && second !== "all" && second !== "since") conversations.readAll();
  else if (operation === "leaveGroup" && isOpenGroup(String(reply["group"]), session, conversations)) {
    // Nothing can be said in a group that was left; its draft is dropped with it.
    console.draft = conversations.enter(undefined, "");
  }
  if (operation !== undefined && CHANGE_NAMES.has(operation)) void session.refresh().catch(() => undefined);
  console.changed();
}

/** A group of another realm may also be open by its bare name, where no group here has it. */
function isOpenGroup(group: string, { names }: Session, conversations: Conversations): boolean {
  const bare = group.replace(/@.*$/, "");
  return conversations.isOpen(`#${group}`) || (conversations.isOpen(`#${bare}`) && !names.hasGroup(bare));
}
