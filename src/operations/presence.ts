/** Who is connected now, and who wants to be told of what. */

import type { Session, Stores, User } from "../stores/ports.ts";
import type { Event } from "./contract.ts";

/** A connection, as far as it is told of things. */
export interface Audience {
  tell(event: Event): void;
  /** A session has ended: the connection must not go on with it. */
  drop(session: Session): void;
}

const NOBODY: readonly Audience[] = [];

export class Presence {
  readonly #stores: Stores;
  /** Connections logged in or watching, by user. */
  readonly #connections = new Map<User, Set<Audience>>();
  /** Those of them that watch: what every message's delivery looks up. */
  readonly #watching = new Map<User, Audience[]>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  isOnline(user: User): boolean {
    return this.#connections.has(user);
  }

  watchers(user: User): readonly Audience[] {
    return this.#watching.get(user) ?? NOBODY;
  }

  tell(user: User, event: Event): void {
    for (const audience of this.watchers(user)) audience.tell(event);
  }

  arrive(user: User, audience: Audience): void {
    const connections = this.#connections.get(user);
    if (connections) {
      connections.add(audience);
      return;
    }
    this.#connections.set(user, new Set([audience]));
    this.#announce(user, true);
  }

  depart(user: User, audience: Audience): void {
    this.setWatching(user, audience, false);
    const connections = this.#connections.get(user);
    if (!connections?.delete(audience) || connections.size > 0) return;
    this.#connections.delete(user);
    this.#announce(user, false);
  }

  setWatching(user: User, audience: Audience, on: boolean): void {
    const others = this.watchers(user).filter((other) => other !== audience);
    if (on) others.push(audience);
    if (others.length > 0) this.#watching.set(user, others);
    else this.#watching.delete(user);
  }

  /** Ends a session wherever a connection holds it. */
  closeSession(session: Session): void {
    for (const audience of [...(this.#connections.get(session.user) ?? [])]) audience.drop(session);
  }

  /** Told to those who share a group or a conversation and watch. */
  #announce(user: User, online: boolean): void {
    if (this.#watching.size === 0) return;
    const event: Event = { kind: "presence", user: user.name, online };
    for (const [other, audiences] of this.#watching) {
      if (other === user || !this.#acquainted(user, other)) continue;
      for (const audience of audiences) audience.tell(event);
    }
  }

  #acquainted(user: User, other: User): boolean {
    if (this.#stores.messages.peek(user, other)) return true;
    for (const group of this.#stores.groups.of(user)) if (group.members.has(other)) return true;
    return false;
  }
}
