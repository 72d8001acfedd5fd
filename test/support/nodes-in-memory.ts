/** Nodes of one community, in one process: what one keeps is put into the others, as they would read it in the log that they share. */
import type { Event } from "../../src/contract/event.ts";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { follower } from "../../src/operations/follow.ts";
import type { Services } from "../../src/operations/services/context.ts";
import { type Audience, Presence } from "../../src/operations/services/presence.ts";
import { TypingPace } from "../../src/operations/services/typing-pace.ts";
import { apply } from "../../src/state/apply.ts";
import type { Change } from "../../src/state/changes.ts";
import type { Session, User } from "../../src/state/entities.ts";
import { type Follower, Followers } from "../../src/state/followers.ts";
import type { ChangeLog } from "../../src/state/log.ts";
import type { Herald } from "../../src/state/participants.ts";
import { State } from "../../src/state/state.ts";
import { machine, type Timer, type World } from "../../src/world/world.ts";

/** The same on all of them: ids of messages are made with it. */
const SALT = new Uint8Array(16).fill(7);

/** A connection of somebody who watches, and what it was told and has lost. */
export interface Watching extends Audience {
  readonly told: Event[];
  readonly dropped: Session[];
}

export class Node {
  /** What it is among the others, which may give it another number; undefined: it is alone. */
  readonly own: { node: number } | undefined;
  readonly model: State;
  readonly services: Services;
  readonly presence: Presence;
  /** The changes that it has kept itself. */
  readonly kept: Change[] = [];
  /** What is asked for by the clock; the test says when its time has come. */
  readonly timers: (() => void)[] = [];
  /** Much waits to be read. */
  isUnderLoad = false;
  /** The next commit fails. */
  fails = false;
  /** What others were asked to be told, as `realm: kind`. */
  readonly toldRealms: string[] = [];
  time = 1;
  readonly #log: ChangeLog;
  readonly #followers = new Followers();
  readonly #heralds: Herald[] = [];
  #isShut = false;

  /** @param number undefined: it is alone */
  constructor(number?: number) {
    this.own = number === undefined ? undefined : { node: number };
    const log = new MemoryLog(1000);
    this.#log = log;
    this.model = new State({
      pages: log.pages,
      load: (into) => {
        log.load(into);
        into.messages.salt = SALT;
      },
      tidy: () => {},
      close: () => {},
      commit: (changes) => {
        if (this.fails) throw new Error("the log has failed");
        this.kept.push(...changes);
        log.commit(changes);
      },
    });
    const after: World["after"] = (_, then) => {
      this.timers.push(then);
      return { unref: () => {} } as Timer;
    };
    const world: World = { ...machine, elapsed: () => 0, after };
    const turn = {
      admits: () => !this.#isShut,
      isTentative: false,
      schedule: () => {},
      enter: (work: () => void) => work(),
      follow: (herald: Herald) => void this.#heralds.push(herald),
    };
    this.presence = new Presence(this.model, () => this.time, turn, world, this.own);
    const neighbour = (realm: { name: string }): unknown => ({
      tellTyping: ({ kind }: { kind: string }) => this.toldRealms.push(`${realm.name}: ${kind}`),
      wake: () => {},
    });
    this.services = {
      realm: "kampus",
      model: this.model,
      presence: this.presence,
      typingPace: new TypingPace({ elapsed: () => 0, isUnderLoad: () => this.isUnderLoad }),
      neighbours: { of: neighbour },
      intake: { isFull: false, fill: () => {} },
      world,
      now: () => this.time,
    } as unknown as Services;
    this.follow(follower(this.services));
  }

  follow(one: Follower): void {
    this.#followers.add(one);
    this.model.follow(one);
  }

  user(name: string): User {
    return this.model.users.find(name) as User;
  }

  /** Somebody logs in here and watches. */
  come(name: string): Watching {
    const told: Event[] = [];
    const dropped: Session[] = [];
    const one: Watching = {
      told,
      dropped,
      tell: (event) => void told.push(event),
      drop: (session) => void dropped.push(session),
      dialect: "native",
      remote: { address: "" },
    };
    const user = this.user(name);
    this.presence.arrive(user, one);
    this.presence.setWatching(user, one, true);
    this.presence.setOnline(user, one, true);
    return one;
  }

  go(name: string, one: Audience): void {
    this.presence.depart(this.user(name), one);
  }

  /** Ends its turn. @returns what it has kept */
  turn(): readonly Change[] {
    const before = this.kept.length;
    for (const herald of this.#heralds) herald.conclude();
    try {
      const any = this.model.commit() === true;
      for (const herald of this.#heralds) herald.kept(any);
    } catch (error) {
      for (const herald of this.#heralds) herald.undone((error as Error).message);
    }
    return this.kept.slice(before);
  }

  /** Puts in what another has kept, and tells it: nothing may be staged meanwhile. */
  adopt(changes: readonly Change[]): void {
    this.#isShut = true;
    const mark = this.model.mark();
    for (const change of changes) {
      const before = apply(this.model, change);
      this.#followers.changed(change, before);
    }
    void this.#log.commit(changes);
    this.#followers.kept(changes);
    for (const herald of this.#heralds) herald.conclude();
    for (const herald of this.#heralds) herald.kept(false);
    if (this.model.mark() > mark) throw new Error("something was staged out of order");
    this.#isShut = false;
  }
}

/** So many, numbered from 1. */
export class Nodes {
  readonly all: readonly Node[];

  constructor(count: number) {
    this.all = Array.from({ length: count }, (_, i) => new Node(i + 1));
  }

  /** Turns end and are put into the others, until nobody has anything more to say. */
  settle(): void {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const node of this.all) {
        const changes = node.turn();
        if (changes.length > 0) isQuiet = false;
        for (const other of this.all) if (other !== node) other.adopt(changes);
      }
    }
  }
}
