/**
 * Erasing: what somebody has said and sent goes, and then his account. He asks for it himself, it begins some days later, and it
 * takes many turns, for others do not wait meanwhile. After a restart it begins anew: what is gone already is passed over.
 */
import type { Input } from "../contract/operations.ts";
import type { FinishOf, ResultOf } from "../contract/refusals.ts";
import { Failure } from "../contract/result.ts";
import type { ErasedAt } from "../contract/shapes.ts";
import type { Place, Realm, StoredMessage, User } from "../state/entities.ts";
import { altered } from "./messages/alterations.ts";
import { isSaid } from "./messages/walk.ts";
import { ownPassword } from "./people/own-password.ts";
import { removeUser, shutOut, takeAway } from "./removal.ts";
import { nextOf } from "./said.ts";
import { actor, type Caller, type Services } from "./services/context.ts";

/** Messages and files that go in one turn, and messages that are looked at. */
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
  files: number;
  /** Realms that have his words, by key, and whether all of them can be deleted there. */
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
    const none = { isWaiting: false, messages: 0, files: 0, realms: new Map<string, boolean>() };
    return { user, failures, head: last, next: last, floor: 0, ...none };
  }

  #isDone(course: Course): boolean {
    return this.#removeMessages(course) && this.#removeFiles(course);
  }

  /** @returns whether none is left */
  #removeMessages(course: Course): boolean {
    const { messages } = this.#services.model;
    const most = course.messages + REMOVED_A_TURN;
    const budget = { looks: LOOKS_A_TURN };
    while (course.messages < most) {
      const message = nextOf(this.#services, course.user, course, budget);
      if (message === "later") return false;
      if (message === undefined) {
        if (!course.isWaiting) return true;
        Object.assign(course, { head: messages.last, next: messages.last, floor: 0, isWaiting: false });
        return false;
      }
      if (message.alters) continue;
      for (const [key, agrees] of elsewhere(message))
        course.realms.set(key, agrees && (course.realms.get(key) ?? true));
      if (isSaid(message)) this.#remove(course, message);
    }
    return false;
  }

  #remove(course: Course, message: StoredMessage): void {
    const { user, realms } = course;
    const { file } = message;
    const hadFile = file && !file.gone;
    const refusal = takeAway(this.#services, user, message);
    const waited = this.#services.now() - (user.erasing as number);
    if (refusal?.code === "outbox-full" && waited < LONGEST_WAIT_MS) {
      course.isWaiting = true;
      return;
    }
    if (refusal) for (const [key] of elsewhere(message)) realms.set(key, false);
    // Whatever others say to it, it is gone here.
    const left = this.#services.model.messages.get(message.seq);
    if (left && isSaid(left)) altered(this.#services, left, user, { what: "deleted", text: "" });
    course.messages++;
    if (hadFile && file.gone) course.files++;
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

  #end({ user, messages, files, realms }: Course): void {
    const { model, now, erasedLog } = this.#services;
    removeUser(this.#services, user, true);
    const unreached = [...realms].flatMap(([key, agrees]) => {
      const realm = model.realms.find(key);
      return realm && agrees && deletes(this.#services, realm) ? [] : (realm?.name ?? key);
    });
    const counts = `${messages} messages, ${files} files`;
    const but = unreached.length === 0 ? "" : `, not in ${unreached.join(", ")}`;
    model.audit.add({ time: now(), by: user.name, what: "erase", target: `${counts}${but}`.slice(0, MOST_TARGET) });
    erasedLog({
      user: user.name,
      messages,
      files,
      unreached: unreached.length === 0 ? undefined : unreached.join(","),
    });
  }
}

/** The keys of the realms that have a message, too, and whether it can be deleted there: the home of a group lets only members do that. */
function elsewhere({
  conversation: { of },
  sender,
}: StoredMessage): readonly (readonly [key: string, agrees: boolean])[] {
  if (!("members" in of))
    return [of.a, of.b].flatMap(({ realm }) => (realm === undefined ? [] : [[realm, true] as const]));
  if (of.realm !== undefined) return [[of.realm, of.members.has(sender)]];
  return [...of.realms.keys()].map((key) => [key, true]);
}
