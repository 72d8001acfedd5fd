import type { Journal } from "../journal.ts";
import type { FileStore, Group, Share, StoredFile, StoredMessage, User } from "../ports.ts";

export class MemoryFiles implements FileStore {
  protected readonly journal: Journal;
  #byHolder = new Map<User | Group, Share[]>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  add(file: StoredFile, owner: User, now: number, undone: () => void): void {
    this.journal.stage({ apply: () => this.onAdd(file, owner, now), undo: undone });
  }

  share(share: Share, message: StoredMessage): void {
    this.insert(share);
    this.journal.stage({
      apply: () => this.onShare(share, message),
      undo: () => {
        for (const holder of this.#holders(share)) this.#byHolder.get(holder)?.pop();
      },
    });
  }

  of(user: User): readonly Share[] {
    return this.#byHolder.get(user) ?? [];
  }

  ofGroup(group: Group): readonly Share[] {
    return this.#byHolder.get(group) ?? [];
  }

  protected insert(share: Share): void {
    for (const holder of this.#holders(share)) {
      const shares = this.#byHolder.get(holder);
      if (shares) shares.push(share);
      else this.#byHolder.set(holder, [share]);
    }
  }

  /** Who finds a share in a list of his own: the sender, and the receiver or the group. */
  #holders(share: Share): Set<User | Group> {
    return new Set([share.from, share.to]);
  }

  protected onAdd(_file: StoredFile, _owner: User, _now: number): void {}
  protected onShare(_share: Share, _message: StoredMessage): void {}
}
