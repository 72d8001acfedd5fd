/** Who is connected now, and who wants to be told of what. */

import type { Session, Stores, User } from "../stores/ports.ts";
import type { Caller } from "./context.ts";
import type { Event } from "./contract.ts";

const NOBODY: readonly Caller[] = [];

export class Presence {
  readonly #stores: Stores;
  /** Connections logged in or watching, by user. */
  readonly #connections = new Map<User, Set<Caller>>();
  /** Those of them that watch: what every message's delivery looks up. */
  readonly #watching = new Map<User, Caller[]>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  isOnline(user: User): boolean {
    return this.#connections.has(user);
  }

  watchers(user: User): readonly Caller[] {
    return this.#watching.get(user) ?? NOBODY;
  }

  tell(user: User, event: Event): void {
    for (const caller of this.watchers(user)) caller.tell(event);
  }

  arrive(user: User, caller: Caller): void {
    const connections = this.#connections.get(user);
    if (connections) {
      connections.add(caller);
      return;
    }
    this.#connections.set(user, new Set([caller]));
    this.#announce(user, true);
  }

  depart(user: User, caller: Caller): void {
    this.setWatching(user, caller, false);
    const connections = this.#connections.get(user);
    if (!connections?.delete(caller) || connections.size > 0) return;
    this.#connections.delete(user);
    this.#announce(user, false);
  }

  setWatching(user: User, caller: Caller, on: boolean): void {
    const others = this.watchers(user).filter((other) => other !== caller);
    if (on) others.push(caller);
    if (others.length > 0) this.#watching.set(user, others);
    else this.#watching.delete(user);
  }

  /** Ends a session wherever a connection holds it. */
  closeSession(session: Session): void {
    for (const caller of [...(this.#connections.get(session.user) ?? [])]) caller.drop(session);
  }

  /** Told to those who share a group or a conversation and watch. */
  #announce(user: User, online: boolean): void {
    if (this.#watching.size === 0) return;
    const event: Event = { kind: "presence", user: user.name, online };
    for (const [other, callers] of this.#watching) {
      if (other === user || !this.#acquainted(user, other)) continue;
      for (const caller of callers) caller.tell(event);
    }
  }

  #acquainted(user: User, other: User): boolean {
    if (this.#stores.messages.peek(user, other)) return true;
    for (const group of this.#stores.groups.of(user)) if (group.members.has(other)) return true;
    return false;
  }
}
