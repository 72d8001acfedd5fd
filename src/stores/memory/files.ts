import type { Journal } from "../journal.ts";
import type { FileStore, Group, Party, Share, StoredFile, StoredMessage } from "../ports.ts";

interface Entry {
  readonly file: StoredFile;
  shares: readonly Share[];
  readonly fetchers: Set<Party>;
}

export class MemoryFiles implements FileStore {
  protected readonly journal: Journal;
  readonly #byHolder = new Map<Party | Group, readonly Share[]>();
  /** Oldest first. */
  readonly #byId = new Map<string, Entry>();
  /** By realm. */
  readonly #awaited = new Map<string, Set<StoredFile>>();
  #awaitedSize = 0;
  readonly #used = new Map<Party, number>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  add(file: StoredFile, undone: () => void): void {
    this.insertFile(file);
    this.journal.stage({
      apply: () => this.onAdd(file),
      undo: () => {
        this.#byId.delete(file.id);
        this.#await(file, false);
        this.#use(file, -1);
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

  lose(file: StoredFile, kept: () => void): void {
    if (file.gone) return;
    const { stored } = file;
    this.#use(file, -1);
    this.#await(file, false);
    file.stored = undefined;
    file.gone = true;
    this.journal.stage({
      apply: () => this.onLose(file),
      undo: () => {
        file.stored = stored;
        file.gone = false;
        this.#use(file, 1);
        if (stored === undefined) this.#await(file, true);
      },
      settle: kept,
    });
  }

  usedBy(owner: Party): number {
    return this.#used.get(owner) ?? 0;
  }

  *all(): Iterable<StoredFile> {
    for (const { file } of this.#byId.values()) yield file;
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

  get awaitedSize(): number {
    return this.#awaitedSize;
  }

  share(share: Share, message?: StoredMessage): void {
    this.insert(share);
    this.journal.stage({
      apply: () => this.onShare(share, message),
      undo: () => this.#drop((one) => one === share, this.#holders(share), share.file),
    });
  }

  unshare(file: StoredFile, sender: Party, to?: ReadonlySet<Party | Group>): void {
    const entry = this.#byId.get(file.id);
    const withdrawn = entry?.shares.filter((share) => share.from === sender && (to?.has(share.to) ?? true)) ?? [];
    if (!entry || withdrawn.length === 0) return;
    const holders = new Set(withdrawn.flatMap((share) => [...this.#holders(share)]));
    const before = { shares: entry.shares, lists: [...holders].map((holder) => [holder, this.#of(holder)] as const) };
    const all = new Set(withdrawn);
    this.#drop((share) => all.has(share), holders, file);
    this.journal.stage({
      apply: () => {
        for (const share of all) this.onUnshare(share);
      },
      undo: () => {
        entry.shares = before.shares;
        for (const [holder, list] of before.lists) this.#byHolder.set(holder, list);
      },
    });
  }

  fetched(file: StoredFile, by: Party): void {
    const fetchers = this.#byId.get(file.id)?.fetchers;
    if (!fetchers || fetchers.has(by)) return;
    fetchers.add(by);
    this.journal.stage({
      apply: () => this.onFetched(file, by),
      undo: () => fetchers.delete(by),
    });
  }

  fetchersOf(file: StoredFile): Iterable<Party> {
    return this.#byId.get(file.id)?.fetchers ?? [];
  }

  of(user: Party): readonly Share[] {
    return this.#of(user);
  }

  ofGroup(group: Group): readonly Share[] {
    return this.#of(group);
  }

  protected insertFile(file: StoredFile): void {
    this.#byId.set(file.id, { file, shares: [], fetchers: new Set() });
    if (file.gone) return;
    this.#use(file, 1);
    if (file.stored === undefined) this.#await(file, true);
  }

  protected insert(share: Share): void {
    for (const holder of this.#holders(share)) push(this.#byHolder, holder, share);
    const entry = this.#byId.get(share.file.id);
    if (entry) (entry.shares as Share[]).push(share);
  }

  protected insertFetcher(file: StoredFile, by: Party): void {
    this.#byId.get(file.id)?.fetchers.add(by);
  }

  #of(holder: Party | Group): readonly Share[] {
    return this.#byHolder.get(holder) ?? [];
  }

  /** Takes shares out of the lists of their holders; the lists that were there stay as they are, for who looks back. */
  #drop(dropped: (share: Share) => boolean, holders: Iterable<Party | Group>, file: StoredFile): void {
    const kept = (shares: readonly Share[]): Share[] => shares.filter((share) => !dropped(share));
    for (const holder of holders) this.#byHolder.set(holder, kept(this.#of(holder)));
    const entry = this.#byId.get(file.id);
    if (entry) entry.shares = kept(entry.shares);
  }

  #await(file: StoredFile, on: boolean): void {
    if (!file.origin) return;
    const { realm } = file.origin;
    const files = this.#awaited.get(realm) ?? new Set();
    if (files.has(file) === on) return;
    if (on) files.add(file);
    else files.delete(file);
    this.#awaited.set(realm, files);
    this.#awaitedSize += on ? file.size : -file.size;
  }

  #use({ owner, size }: StoredFile, sign: 1 | -1): void {
    this.#used.set(owner, this.usedBy(owner) + sign * size);
  }

  /** Who finds a share in a list of his own: the sender, and the receiver or the group. */
  #holders(share: Share): Set<Party | Group> {
    return new Set([share.from, share.to]);
  }

  protected onAdd(_file: StoredFile): void {}
  protected onArrive(_file: StoredFile): void {}
  protected onLose(_file: StoredFile): void {}
  protected onShare(_share: Share, _message: StoredMessage | undefined): void {}
  protected onUnshare(_share: Share): void {}
  protected onFetched(_file: StoredFile, _by: Party): void {}
}

function push(lists: Map<Party | Group, readonly Share[]>, holder: Party | Group, share: Share): void {
  const shares = lists.get(holder);
  if (shares) (shares as Share[]).push(share);
  else lists.set(holder, [share]);
}
