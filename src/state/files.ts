/**
 * The records of files: who owns them, whom they were given to, and who has fetched them. The contents lie in the uploads folder.
 */
import type { Holder, Stage } from "./changes.ts";
import type { Group, Party, Share, StoredFile, StoredMessage } from "./entities.ts";

/** A file, its shares, and who has fetched all of it. */
interface Entry {
  readonly file: StoredFile;
  shares: readonly Share[];
  readonly fetchers: Set<Party>;
}

/** Lists of shares as they were before some were taken out: of the file, and of those who hold the shares. */
export interface SharesBefore {
  readonly shares: readonly Share[];
  readonly lists: readonly (readonly [holder: Party | Group, shares: readonly Share[]])[];
}

export class Files {
  readonly #stage: Stage;
  /** The shares of each group, and those that each party has sent or was given. The oldest first. */
  readonly #byHolder = new Map<Party | Group, readonly Share[]>();
  /** The oldest first. */
  readonly #byId = new Map<string, Entry>();
  /** By realm: the files whose contents are still to come from it, and their bytes in all. */
  readonly #awaited = new Map<string, Set<StoredFile>>();
  #awaitedSize = 0;
  /** How many shares were made since the start. */
  #given = 0;
  /** By owner: see `usedBy`. */
  readonly #used = new Map<Party, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Adds the record of a file. If the turn is undone, its content is removed: see operations/files/retention.ts. */
  add({ id, name, size, sha256, owner, created, stored, origin, gone }: StoredFile): StoredFile {
    const values = { id, name, size, sha256, stored, origin, gone };
    this.#stage({ is: "file.added", ...values, owner: owner.id, time: created });
    return this.byId(id) as StoredFile;
  }

  /** Notes that the content of a file from another realm has arrived. @param stored its name in the uploads folder */
  arrive({ id }: StoredFile, stored: string): void {
    this.#stage({ is: "file.arrived", file: id, stored });
  }

  /** Marks a file as gone. Its content, if there is one, is removed once the turn is kept. */
  lose({ id, gone, stored }: StoredFile): void {
    if (!gone) this.#stage({ is: "file.lost", file: id, stored });
  }

  /** How many bytes the files of an owner have, without those that are gone. */
  usedBy(owner: Party): number {
    return this.#used.get(owner) ?? 0;
  }

  /** Oldest first. */
  *all(): Iterable<StoredFile> {
    for (const { file } of this.#byId.values()) yield file;
  }

  byId(id: string): StoredFile | undefined {
    return this.#byId.get(id)?.file;
  }

  /** The shares of a file. */
  sharesOf(file: StoredFile): readonly Share[] {
    return this.#byId.get(file.id)?.shares ?? [];
  }

  /** Files whose content is still to come from a realm. */
  awaited(realm: string): Iterable<StoredFile> {
    return this.#awaited.get(realm) ?? [];
  }

  /** Bytes of all files whose content is still to come. */
  get awaitedSize(): number {
    return this.#awaitedSize;
  }

  /** Gives a file to a party or a group. @param message undefined if the group's home, another realm, keeps the message */
  share({ file, from, to }: Omit<Share, "order" | "message">, message?: StoredMessage): void {
    this.#stage({ is: "file.shared", file: file.id, from: from.id, to: holderOf(to), message: message?.seq });
  }

  /** Withdraws a file from those that a sender gave it to. @param quiet no event follows. @param to only from these */
  unshare(file: StoredFile, sender: Party, quiet: boolean, to?: ReadonlySet<Party | Group>): void {
    const withdrawn = this.sharesOf(file).filter((share) => share.from === sender && (to?.has(share.to) ?? true));
    if (withdrawn.length === 0) return;
    const holders = withdrawn.map((share) => holderOf(share.to));
    this.#stage({ is: "file.unshared", file: file.id, from: sender.id, to: holders, quiet });
  }

  /** Notes that a party has fetched all of a file. */
  fetched(file: StoredFile, by: Party): void {
    const fetchers = this.#byId.get(file.id)?.fetchers;
    if (fetchers && !fetchers.has(by)) this.#stage({ is: "file.fetched", file: file.id, by: by.id });
  }

  /** Who has fetched all of a file, in the order in which they did. */
  fetchersOf(file: StoredFile): Iterable<Party> {
    return this.#byId.get(file.id)?.fetchers ?? [];
  }

  /** The shares of a group, or those that a user has sent or was given privately. The oldest first. */
  of(holder: Party | Group): readonly Share[] {
    return this.#byHolder.get(holder) ?? [];
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(file: StoredFile): void {
    this.#byId.set(file.id, { file, shares: [], fetchers: new Set() });
    if (file.gone) return;
    this.#use(file, 1);
    if (file.stored === undefined) this.#await(file, true);
  }

  take(file: StoredFile): void {
    this.#byId.delete(file.id);
    if (file.gone) return;
    this.#await(file, false);
    this.#use(file, -1);
  }

  setStored(file: StoredFile, stored: string | undefined): void {
    file.stored = stored;
    this.#await(file, stored === undefined);
  }

  /** @param stored the name of its content in the uploads folder, if it has one and is not gone */
  setGone(file: StoredFile, gone: boolean, stored: string | undefined): void {
    file.gone = gone;
    file.stored = stored;
    this.#use(file, gone ? -1 : 1);
    this.#await(file, !gone && stored === undefined);
  }

  putShare(given: Omit<Share, "order">): void {
    const share = { ...given, order: ++this.#given };
    for (const holder of holders(share)) push(this.#byHolder, holder, share);
    const entry = this.#byId.get(share.file.id);
    if (entry) (entry.shares as Share[]).push(share);
  }

  /** Undoes the last `putShare` of a file. */
  takeShare(file: StoredFile): void {
    const last = this.#byId.get(file.id)?.shares.at(-1);
    if (last) this.#drop((one) => one === last, holders(last), file);
  }

  /**
   * Takes out a sender's shares with some receivers. @returns the lists as they were: new ones replace them, they are not
   * modified
   */
  takeShares(file: StoredFile, sender: Party, to: ReadonlySet<Party | Group>): SharesBefore {
    const { shares } = this.#byId.get(file.id) as Entry;
    const all = new Set(shares.filter((share) => share.from === sender && to.has(share.to)));
    const lists = new Set([...all].flatMap((share) => [...holders(share)]));
    const before = { shares, lists: [...lists].map((holder) => [holder, this.of(holder)] as const) };
    this.#drop((share) => all.has(share), lists, file);
    return before;
  }

  putBack(file: StoredFile, { shares, lists }: SharesBefore): void {
    (this.#byId.get(file.id) as Entry).shares = shares;
    for (const [holder, list] of lists) this.#byHolder.set(holder, list);
  }

  setFetched(file: StoredFile, by: Party, on: boolean): void {
    const fetchers = this.#byId.get(file.id)?.fetchers;
    if (on) fetchers?.add(by);
    else fetchers?.delete(by);
  }

  /** Takes shares out of the lists of their holders. */
  #drop(dropped: (share: Share) => boolean, lists: Iterable<Party | Group>, file: StoredFile): void {
    const kept = (shares: readonly Share[]): Share[] => shares.filter((share) => !dropped(share));
    for (const holder of lists) this.#byHolder.set(holder, kept(this.of(holder)));
    const entry = this.#byId.get(file.id);
    if (entry) entry.shares = kept(entry.shares);
  }

  /** Notes whether the content of a file is still to come from another realm. */
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
}

/** Those whose lists hold a share: its sender, and its receiver or group. */
function holders(share: Share): Set<Party | Group> {
  return new Set([share.from, share.to]);
}

function holderOf(to: Party | Group): Holder {
  return "members" in to ? { group: to.id } : { user: to.id };
}

function push(lists: Map<Party | Group, readonly Share[]>, holder: Party | Group, share: Share): void {
  const shares = lists.get(holder);
  if (shares) (shares as Share[]).push(share);
  else lists.set(holder, [share]);
}
