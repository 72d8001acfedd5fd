/** The invitations to this server that can still be used. */
import type { Stage } from "./changes.ts";
import type { Invitation } from "./entities.ts";

export class Invitations {
  readonly #stage: Stage;
  readonly #byId = new Map<number, Invitation>();
  readonly #byHash = new Map<string, Invitation>();
  #last = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get count(): number {
    return this.#byId.size;
  }

  /** @param hash SHA-256 of its code, base64 */
  find(hash: string): Invitation | undefined {
    return this.#byHash.get(hash);
  }

  byId(id: number): Invitation | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<Invitation> {
    return this.#byId.values();
  }

  add({ created, group, by, ...fields }: Omit<Invitation, "id">): Invitation {
    const id = this.#last + 1;
    this.#stage({ is: "invitation.made", id, ...fields, group: group?.id, by: by?.id, time: created });
    return this.#byId.get(id) as Invitation;
  }

  /** Notes that an account was made with an invitation. The last use ends it. */
  use(invitation: Invitation): void {
    this.#stage({ is: "invitation.used", id: invitation.id });
    if (invitation.uses === 0) this.end(invitation);
  }

  end({ id }: Invitation): void {
    this.#stage({ is: "invitation.ended", id });
  }

  /** Numbers up to `last` are not given again, so that an operator who remembers one cannot end another invitation by it. */
  raise(last: number): void {
    this.#last = Math.max(this.#last, last);
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(invitation: Invitation): void {
    this.#byId.set(invitation.id, invitation);
    this.#byHash.set(invitation.hash, invitation);
    this.raise(invitation.id);
  }

  /** Undoes the last `put` of a new one. */
  unmake(invitation: Invitation): void {
    this.take(invitation);
    this.#last = invitation.id - 1;
  }

  take(invitation: Invitation): void {
    this.#byId.delete(invitation.id);
    this.#byHash.delete(invitation.hash);
  }
}
