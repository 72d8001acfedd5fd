/**
 * The changes of one turn, in order: memory has them already, the disk gets them at the commit.
 * Redis writes its append-only file the same way: execute, persist, then speak.
 */
export interface Change {
  /** Writes it to disk; runs inside the commit. */
  apply(): void;
  /** Takes it out of memory again. Called in reverse order of staging. */
  undo(): void;
  /** Does what may only be done once it is on disk; it must not throw. */
  settle?(): void;
}

export class Journal {
  #changes: Change[] = [];

  get length(): number {
    return this.#changes.length;
  }

  stage(change: Change): void {
    this.#changes.push(change);
  }

  apply(): void {
    for (const change of this.#changes) change.apply();
  }

  /** Undoes what was staged after the first `mark` changes. */
  revert(mark: number): void {
    while (this.#changes.length > mark) this.#changes.pop()?.undo();
  }

  /** Everything staged is kept. */
  settle(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const change of changes) change.settle?.();
  }
}
