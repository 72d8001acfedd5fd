import type { Journal } from "../journal.ts";
import type { FileStore, Group, Party, Share, StoredFile, StoredMessage } from "../ports.ts";

export class MemoryFiles implements FileStore {
  protected readonly journal: Journal;
  #byHolder = new Map<Party | Group, Share[]>();
  #byId = new Map<string, { file: StoredFile; shares: Share[] }>();
  /** By realm. */
  #awaited = new Map<string, Set<StoredFile>>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  add(file: StoredFile, owner: Party, now: number, undone: () => void): void {
    this.insertFile(file);
    this.journal.stage({
      apply: () => this.onAdd(file, owner, now),
      undo: () => {
        this.#byId.delete(file.id);
        this.#await(file, false);
        undone();
      },
    });
  }

  arrive(file: StoredFile, stored: string, undone: () => void): void {
    file.stored = stored;
    this.#await(file, false);
    this.journal.stage({
      apply: () => this.onArrive(file),
      undo: () => {
        file.stored = undefined;
        this.#await(file, true);
        undone();
      },
    });
  }

  byId(id: string): StoredFile | undefined {
    return this.#byId.get(id)?.file;
  }

  sharesOf(file: StoredFile): readonly Share[] {
    return this.#byId.get(file.id)?.shares ?? [];
  }

  awaited(realm: string): Iterable<StoredFile> {
    return this.#awaited.get(realm) ?? [];
  }

  share(share: Share, message?: StoredMessage): void {
    this.insert(share);
    this.journal.stage({
      apply: () => this.onShare(share, message),
      undo: () => {
        for (const holder of this.#holders(share)) this.#byHolder.get(holder)?.pop();
        this.#byId.get(share.file.id)?.shares.pop();
      },
    });
  }

  of(user: Party): readonly Share[] {
    return this.#byHolder.get(user) ?? [];
  }

  ofGroup(group: Group): readonly Share[] {
    return this.#byHolder.get(group) ?? [];
  }

  protected insertFile(file: StoredFile): void {
    this.#byId.set(file.id, { file, shares: [] });
    if (file.stored === undefined) this.#await(file, true);
  }

  protected insert(share: Share): void {
    for (const holder of this.#holders(share)) {
      const shares = this.#byHolder.get(holder);
      if (shares) shares.push(share);
      else this.#byHolder.set(holder, [share]);
    }
    this.#byId.get(share.file.id)?.shares.push(share);
  }

  #await(file: StoredFile, on: boolean): void {
    if (!file.origin) return;
    const { realm } = file.origin;
    const files = this.#awaited.get(realm) ?? new Set();
    if (on) files.add(file);
    else files.delete(file);
    this.#awaited.set(realm, files);
  }

  /** Who finds a share in a list of his own: the sender, and the receiver or the group. */
  #holders(share: Share): Set<Party | Group> {
    return new Set([share.from, share.to]);
  }

  protected onAdd(_file: StoredFile, _owner: Party, _now: number): void {}
  protected onArrive(_file: StoredFile): void {}
  protected onShare(_share: Share, _message: StoredMessage | undefined): void {}
}
