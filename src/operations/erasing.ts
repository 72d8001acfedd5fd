/**
 * Erasing: deletes what a user has said and sent, and then the account. The user asks for it; it begins some days later
 * (`Policy.eraseAfter`) and takes many turns, so that others need not wait. After a restart it begins anew and passes over what
 * is gone.
 */
import type { Input } from "../contract/operations.ts";
import type { FinishOf, ResultOf } from "../contract/refusals.ts";
import { Failure } from "../contract/result.ts";
import type { ErasedAt } from "../contract/shapes.ts";
import type { Progress, Realm, StoredMessage, User } from "../state/entities.ts";
import { alterAs } from "./messages/alter.ts";
import { altered, hindrance, type Wanted } from "./messages/alterations.ts";
import { isSaid } from "./messages/walk.ts";
import { ownPassword } from "./people/own-password.ts";
import { removeUser, shutOut } from "./removal.ts";
import { nextOf } from "./said.ts";
import { actor, type Caller, type Services } from "./services/context.ts";

/** In one turn: messages, reactions and files that are deleted, and messages that are looked at. */
const REMOVED_A_TURN = 200;
const LOOKS_A_TURN = 2000;

/** How long, in ms, an erasure waits for room in an outbox: an older server's may stay full for ever. */
const LONGEST_WAIT_MS = 7 * 24 * 3600_000;

/** UTF-16 units of the audit log's entry. */
const MOST_TARGET = 1000;

/** Schedules the erasure. Asked again, it answers the same `until` (ms since 1970), up to which the user can cancel. */
export async function erase(
  services: Services,
  caller: Caller,
  { password }: Input<"erase">,
): Promise<FinishOf<"erase">> {
  const user = actor(caller);
  const given = await ownPassword(services, caller, password);
  return () => {
    const wrong = given.wrong();
    if (wrong) return wrong;
    const { model, policy, now } = services;
    if (policy.admins.has(user.key)) return new Failure("forbidden", `${user.name} is an administrator`);
    if (user.erasing === undefined) {
      model.users.setErasing(user, now() + policy.eraseAfter);
      services.account("erasing", user.name, caller);
    }
    return { until: user.erasing as number, realms: realmsWith(services, user) };
  };
}

export function cancelErase(services: Services, caller: Caller): ResultOf<"cancelErase"> {
  const user = actor(caller);
  if (user.erasing === undefined) return new Failure("not-erasing");
  services.model.users.setErasing(user, undefined);
  services.account("not-erasing", user.name, caller);
  return {};
}

/**
 * Realms that may have the user's messages: the user has a conversation with somebody there, or is in, or has read in, a group
 * that is there too.
 */
function realmsWith(services: Services, user: User): readonly ErasedAt[] {
  const { messages, groups, realms } = services.model;
  const keys = new Set<string>();
  for (const other of messages.othersOf(user)) if (other.realm !== undefined) keys.add(other.realm);
  for (const group of groups.all()) {
    const elsewhere = group.realm === undefined ? [...group.realms.keys()] : [group.realm];
    if (elsewhere.length === 0) continue;
    const isIn = group.members.has(user) || messages.groupConversation(group).read.has(user);
    if (isIn) for (const key of elsewhere) keys.add(key);
  }
  const found = [...keys].map((key) => realms.find(key)).filter((realm) => realm !== undefined);
  return found.map((realm) => ({ realm: realm.name, deletes: deletes(services, realm) }));
}

/** Whether a realm is linked now, and understands deletions. */
function deletes({ neighbours }: Services, realm: Realm): boolean {
  const { isOlder, status } = neighbours.of(realm);
  return !realm.ended && !isOlder && status.state === "linked";
}

/** An erasure under way: whose it is, and how far. */
interface Erasure extends Progress {
  readonly user: User;
  /** `State.failures` when it began. After a turn that could not be kept, rows that it has passed may be back. */
  readonly failures: number;
  head: number;
  next: number;
  floor: number;
  /** An outbox had no room for something: everything is looked at again. */
  isWaiting: boolean;
  messages: number;
  reactions: number;
  files: number;
  /** Realms that have the user's messages or reactions, by key, and whether all of them can be deleted there. */
  readonly realms: Map<string, boolean>;
}

export class Erasing {
  readonly #services: Services;
  /** By user; the one whose turn was last is at the end. */
  readonly #erasures = new Map<User, Erasure>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** Goes on with one user who is due, for one turn. @returns whether there was one */
  step(): boolean {
    const { model, now } = this.#services;
    const due = [...model.users.erasing()].filter(({ erasing = 0 }) => erasing <= now());
    // The users take turns: one who waits for a realm's outbox holds up nobody else.
    const user = due.find((one) => !this.#erasures.has(one)) ?? this.#erasures.keys().next().value;
    if (!user) return false;
    const before = this.#erasures.get(user);
    this.#erasures.delete(user);
    // An operator has deleted the account meanwhile.
    if (!due.includes(user)) return false;
    // If this throws, its changes are undone, and the erasure begins anew: it is not kept.
    const erasure = this.#erasureOf(user, before);
    if (this.#isDone(erasure)) this.#end(erasure);
    else this.#erasures.set(user, erasure);
    return true;
  }

  #erasureOf(user: User, before: Erasure | undefined): Erasure {
    const { model } = this.#services;
    shutOut(this.#services, user);
    const { failures } = model;
    if (before?.failures === failures) return before;
    const { last } = model.messages;
    const none = { isWaiting: false, messages: 0, reactions: 0, files: 0, realms: new Map<string, boolean>() };
    return { user, failures, head: last, next: last, floor: 0, ...none };
  }

  #isDone(erasure: Erasure): boolean {
    return this.#removeMessages(erasure) && this.#removeFiles(erasure);
  }

  /** @returns whether no message and no reaction is left */
  #removeMessages(erasure: Erasure): boolean {
    const { messages } = this.#services.model;
    const budget = { looks: LOOKS_A_TURN };
    const gone = (): number => erasure.messages + erasure.reactions;
    const most = gone() + REMOVED_A_TURN;
    while (gone() < most) {
      const row = nextOf(this.#services, erasure.user, erasure, budget);
      if (row === "later") return false;
      if (row === undefined) {
        if (!erasure.isWaiting) return true;
        Object.assign(erasure, { head: messages.last, next: messages.last, floor: 0, isWaiting: false });
        return false;
      }
      if (row.alters?.what === "reacted") this.#withdraw(erasure, messages.get(row.alters.target));
      if (row.alters) continue;
      noteRealms(erasure, row);
      if (isSaid(row)) this.#remove(erasure, row);
    }
    return false;
  }

  /** Takes back the user's reactions to a message. */
  #withdraw(erasure: Erasure, message: StoredMessage | undefined): void {
    const { user } = erasure;
    const reactions = [...(message?.altered?.reactions.values() ?? [])].filter((by) => by.has(user));
    if (!message || reactions.length === 0) return;
    noteRealms(erasure, message);
    if (this.#take(erasure, message, { what: "unreacted", text: "" })) erasure.reactions += reactions.length;
  }

  #remove(erasure: Erasure, message: StoredMessage): void {
    const { file } = message;
    const hadFile = file && !file.gone;
    if (!this.#take(erasure, message, { what: "deleted", text: "" })) return;
    erasure.messages++;
    if (hadFile && file.gone) erasure.files++;
  }

  /** Does what the user could do, and does it here even if another realm refuses it. @returns false if an outbox has no room for it yet */
  #take(erasure: Erasure, message: StoredMessage, wanted: Wanted): boolean {
    const { user, realms } = erasure;
    const done = alterAs(this.#services, user, message, wanted);
    const waited = this.#services.now() - (user.erasing as number);
    if (done instanceof Failure && done.code === "outbox-full" && waited < LONGEST_WAIT_MS) {
      erasure.isWaiting = true;
      return false;
    }
    if (done instanceof Failure) for (const [key] of elsewhere(message, user)) realms.set(key, false);
    const left = this.#services.model.messages.get(message.seq);
    if (left && hindrance(this.#services, left, user, wanted) === undefined)
      altered(this.#services, left, user, wanted);
    return true;
  }

  /** Files that somebody else has forwarded stay. @returns whether none is left */
  #removeFiles(erasure: Erasure): boolean {
    const { model, contents } = this.#services;
    const { user } = erasure;
    let left = REMOVED_A_TURN;
    for (const file of model.files.all()) {
      if (file.owner !== user || file.gone || model.files.sharesOf(file).some(({ from }) => from !== user)) continue;
      if (left-- === 0) return false;
      model.files.lose(file);
      erasure.files++;
    }
    contents.removeParts(`${user.id}-`);
    return true;
  }

  /** A report keeps the messages that the user has shown to the operator; only the user's own words in it go. */
  #end({ user, messages, reactions, files, realms }: Erasure): void {
    const { model, now, erasedLog } = this.#services;
    for (const report of model.reports.of(user)) if (report.why !== "") model.reports.empty(report);
    removeUser(this.#services, user, true);
    const unreached = [...realms].flatMap(([key, agrees]) => {
      const realm = model.realms.find(key);
      return realm && agrees && deletes(this.#services, realm) ? [] : (realm?.name ?? key);
    });
    const counts = `${messages} messages, ${files} files${reactions > 0 ? `, ${reactions} reactions` : ""}`;
    const but = unreached.length === 0 ? "" : `, not in ${unreached.join(", ")}`;
    model.audit.add({ time: now(), by: user.name, what: "erase", target: `${counts}${but}`.slice(0, MOST_TARGET) });
    erasedLog({
      user: user.name,
      messages,
      files,
      reactions: reactions > 0 ? reactions : undefined,
      unreached: unreached.length === 0 ? undefined : unreached.join(","),
    });
  }
}

function noteRealms({ user, realms }: Erasure, message: StoredMessage): void {
  for (const [key, agrees] of elsewhere(message, user)) realms.set(key, agrees && (realms.get(key) ?? true));
}

/**
 * The keys of the other realms that have a message, and whether each takes the user's alteration of it: the home of a group does
 * from members only.
 */
function elsewhere(
  { conversation: { of } }: StoredMessage,
  user: User,
): readonly (readonly [key: string, agrees: boolean])[] {
  if (!("members" in of))
    return [of.a, of.b].flatMap(({ realm }) => (realm === undefined ? [] : [[realm, true] as const]));
  if (of.realm !== undefined) return [[of.realm, of.members.has(user)]];
  return [...of.realms.keys()].map((key) => [key, true]);
}
