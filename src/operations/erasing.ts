/**
 * Erasing: what somebody has said and sent goes, and then his account. He asks for it himself, it begins some days later, and it
 * takes many turns, for others do not wait meanwhile. After a restart it begins anew: what is gone already is passed over.
 */
import type { Input } from "../contract/operations.ts";
import type { FinishOf, ResultOf } from "../contract/refusals.ts";
import { Failure } from "../contract/result.ts";
import type { ErasedAt } from "../contract/shapes.ts";
import type { Place, Realm, StoredMessage, User } from "../state/entities.ts";
import { alterAs } from "./messages/alter.ts";
import { altered, hindrance, type Wanted } from "./messages/alterations.ts";
import { isSaid } from "./messages/walk.ts";
import { ownPassword } from "./people/own-password.ts";
import { removeUser, shutOut } from "./removal.ts";
import { nextOf } from "./said.ts";
import { actor, type Caller, type Services } from "./services/context.ts";

/** Messages, reactions and files that go in one turn, and messages that are looked at. */
const REMOVED_A_TURN = 200;
const LOOKS_A_TURN = 2000;

/** How long, in ms, somebody waits for room in an outbox: that of an older server may stay full for ever. */
const LONGEST_WAIT_MS = 7 * 24 * 3600_000;

/** UTF-16 units of what is noted. */
const MOST_TARGET = 1000;

/** Who has asked already is told until when he may change his mind. */
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

/** Realms that may have words of his: with somebody of theirs he has a conversation, or he has read in a group with them. */
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

/** Whether a realm is linked now, and knows of deletions. */
function deletes({ neighbours }: Services, realm: Realm): boolean {
  const { isOlder, status } = neighbours.of(realm);
  return !realm.ended && !isOlder && status.state === "linked";
}

/** The one who is being erased, and how far that is. */
interface Course extends Place {
  readonly user: User;
  /** As of `State`: where a turn could not be kept, what was passed over may be there. */
  readonly failures: number;
  head: number;
  next: number;
  floor: number;
  /** Something could not be said to another realm yet: it is all looked at again. */
  isWaiting: boolean;
  messages: number;
  reactions: number;
  files: number;
  /** Realms that have his words, or reactions, by key, and whether all of them can be deleted there. */
  readonly realms: Map<string, boolean>;
}

export class Erasing {
  readonly #services: Services;
  /** By user, the one who was gone on with last at the end. */
  readonly #courses = new Map<User, Course>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** Goes on with somebody who is due, for one turn. @returns whether anybody is */
  step(): boolean {
    const { model, now } = this.#services;
    const due = [...model.users.erasing()].filter(({ erasing = 0 }) => erasing <= now());
    // Nobody waits for one for whom a realm has no room.
    const user = due.find((one) => !this.#courses.has(one)) ?? this.#courses.keys().next().value;
    if (!user) return false;
    const before = this.#courses.get(user);
    this.#courses.delete(user);
    // He was deleted by an operator meanwhile.
    if (!due.includes(user)) return false;
    // If it throws, what it has done is undone, and he begins anew.
    const course = this.#courseOf(user, before);
    if (this.#isDone(course)) this.#end(course);
    else this.#courses.set(user, course);
    return true;
  }

  #courseOf(user: User, before: Course | undefined): Course {
    const { model } = this.#services;
    shutOut(this.#services, user);
    const { failures } = model;
    if (before?.failures === failures) return before;
    const { last } = model.messages;
    const none = { isWaiting: false, messages: 0, reactions: 0, files: 0, realms: new Map<string, boolean>() };
    return { user, failures, head: last, next: last, floor: 0, ...none };
  }

  #isDone(course: Course): boolean {
    return this.#removeMessages(course) && this.#removeFiles(course);
  }

  /** @returns whether none is left, nor a reaction */
  #removeMessages(course: Course): boolean {
    const { messages } = this.#services.model;
    const budget = { looks: LOOKS_A_TURN };
    const gone = (): number => course.messages + course.reactions;
    const most = gone() + REMOVED_A_TURN;
    while (gone() < most) {
      const row = nextOf(this.#services, course.user, course, budget);
      if (row === "later") return false;
      if (row === undefined) {
        if (!course.isWaiting) return true;
        Object.assign(course, { head: messages.last, next: messages.last, floor: 0, isWaiting: false });
        return false;
      }
      if (row.alters?.what === "reacted") this.#withdraw(course, messages.get(row.alters.target));
      if (row.alters) continue;
      noteRealms(course, row);
      if (isSaid(row)) this.#remove(course, row);
    }
    return false;
  }

  /** Every reaction of his to a message. */
  #withdraw(course: Course, message: StoredMessage | undefined): void {
    const { user } = course;
    const reactions = [...(message?.altered?.reactions.values() ?? [])].filter((by) => by.has(user));
    if (!message || reactions.length === 0) return;
    noteRealms(course, message);
    if (this.#take(course, message, { what: "unreacted", text: "" })) course.reactions += reactions.length;
  }

  #remove(course: Course, message: StoredMessage): void {
    const { file } = message;
    const hadFile = file && !file.gone;
    if (!this.#take(course, message, { what: "deleted", text: "" })) return;
    course.messages++;
    if (hadFile && file.gone) course.files++;
  }

  /** As he could do it himself, and here whatever others say to it. @returns whether it is done: another realm has no room for it yet */
  #take(course: Course, message: StoredMessage, wanted: Wanted): boolean {
    const { user, realms } = course;
    const done = alterAs(this.#services, user, message, wanted);
    const waited = this.#services.now() - (user.erasing as number);
    if (done instanceof Failure && done.code === "outbox-full" && waited < LONGEST_WAIT_MS) {
      course.isWaiting = true;
      return false;
    }
    if (done instanceof Failure) for (const [key] of elsewhere(message, user)) realms.set(key, false);
    const left = this.#services.model.messages.get(message.seq);
    if (left && hindrance(this.#services, left, user, wanted) === undefined)
      altered(this.#services, left, user, wanted);
    return true;
  }

  /** Those that somebody else has passed on stay. @returns whether none is left */
  #removeFiles(course: Course): boolean {
    const { model, contents } = this.#services;
    const { user } = course;
    let left = REMOVED_A_TURN;
    for (const file of model.files.all()) {
      if (file.owner !== user || file.gone || model.files.sharesOf(file).some(({ from }) => from !== user)) continue;
      if (left-- === 0) return false;
      model.files.lose(file);
      course.files++;
    }
    contents.removeParts(`${user.id}-`);
    return true;
  }

  /** What he has shown to the operator stays, but for what he has said of it. */
  #end({ user, messages, reactions, files, realms }: Course): void {
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

function noteRealms({ user, realms }: Course, message: StoredMessage): void {
  for (const [key, agrees] of elsewhere(message, user)) realms.set(key, agrees && (realms.get(key) ?? true));
}

/** The keys of the realms that have a message, too, and whether they take what he does with it: the home of a group does from members. */
function elsewhere(
  { conversation: { of } }: StoredMessage,
  user: User,
): readonly (readonly [key: string, agrees: boolean])[] {
  if (!("members" in of))
    return [of.a, of.b].flatMap(({ realm }) => (realm === undefined ? [] : [[realm, true] as const]));
  if (of.realm !== undefined) return [[of.realm, of.members.has(user)]];
  return [...of.realms.keys()].map((key) => [key, true]);
}
