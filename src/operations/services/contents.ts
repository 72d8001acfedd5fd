/** The contents of files, as the operations see them: contents/ implements it. */

/** An unfinished content that is being written. */
export interface Part {
  /** Bytes written to it so far. */
  readonly length: number;
  /** Takes the bytes over: the caller must not use them any more. Resolves when more may be written. @throws StorageError */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all of it is on disk. @throws StorageError */
  sync(): Promise<void>;
  /** The SHA-256, lower-case hex; to be called once, at the end. */
  digest(): string;
}

/** A content that is open to be read. */
export interface Reading extends AsyncIterable<Uint8Array> {
  /** Bytes in all, and the bytes that are in memory at once. */
  readonly size: number;
  readonly held: number;
  close(): void;
}

/** The port of files' contents, finished ones by name and unfinished ones (parts) by key. Errors are StorageErrors. */
export interface Contents {
  /** Bytes free on the disk; undefined if the folder cannot be read. */
  free(): number | undefined;
  /** Bytes of a part; undefined if there is none. */
  partLength(key: string): number | undefined;
  /** Bytes of all parts that are not being written here and whose key begins with `start`. */
  partsOf(start: string): number;
  /** Whether a part belongs to another node, which writes it, or wrote it until that node ended. */
  isOthers(key: string): boolean;
  /** Whether another node that is alive writes a part. */
  isWritten(key: string): Promise<boolean>;
  /** Whether no other node writes a part. Waits some seconds for one that is about to stop. */
  isFree(key: string): Promise<boolean>;
  /** Opens a new part, or one that is there, to be written after its first `length` bytes. @throws PartTaken: by another node */
  part(key: string, length: number): Promise<Part>;
  /**
   * Finishes a part: it is on disk, for every node. @param now ms since 1970. @returns the name that it is stored under. If it
   * throws, as `part`, nothing of the part is left
   */
  keep(key: string, part: Part, name: string, now: number): Promise<string>;
  /** The record of a content is kept. Until then other nodes take its part for one that is being written. */
  settle(stored: string): void;
  /** Closes a part, which stays and can be opened again. */
  leave(key: string, part: Part): Promise<void>;
  /** Closes and removes a part. */
  discard(key: string, part: Part): Promise<void>;
  /** Removes a part, unless it is being written. */
  removePart(key: string): void;
  /** Removes all parts whose key begins with `start`, unless they are being written. */
  removeParts(start: string): void;
  /** Removes parts last written before a time, in ms since 1970, unless they are being written. */
  expireParts(before: number): void;
  /** Opens the bytes from `start` up to `end`. A chunk is valid until the next is asked for. @param chunk bytes of a chunk */
  reading(stored: string, start: number, end: number, chunk?: number): Promise<Reading>;
  /**
   * Removes contents not in `known` and parts that are not wanted, except those that another node removes or may be about to use.
   * @returns those of `known` that are missing
   */
  reconcile(known: ReadonlySet<string>, isWanted: (key: string) => boolean): Promise<readonly string[]>;
  /**
   * Stores a content, on disk; the caller must not use the bytes any more. @param now ms since 1970. @returns the name that it is
   * stored under
   */
  write(name: string, content: Uint8Array, now: number): Promise<string>;
  /** All bytes of a content: for small ones. */
  read(stored: string): Promise<Uint8Array>;
  /** At most `length` bytes from `offset`. */
  readPart(stored: string, offset: number, length: number): Promise<Uint8Array>;
  /** Removes a content; it may be gone already. One that cannot be removed now is removed at the next start. */
  remove(stored: string): Promise<void>;
  /**
   * Removes a content in a while, unless `reclaim` is called before: the turn that gave it a record was lost and may be done
   * again.
   */
  removeLater(stored: string): void;
  /** A content gets a record: cancels `removeLater`. @returns false if it is removed already */
  reclaim(stored: string): boolean;
}
