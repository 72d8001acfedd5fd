/**
 * What was typed, kept from one run to the next: a JSON text a line, in a file that only its owner reads.
 * Whether a line may be kept is the caller's to say.
 */
import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Lines kept. */
const KEPT = 5000;

/** UTF-16 units of a line that is kept. */
const LONGEST = 10_000;

export class InputHistory {
  readonly #path: string | undefined;
  #lines: string[] = [];
  /** The file ends within a line: a program was killed while it wrote. */
  #cut = false;

  /** @param path of its file; without one it lasts as long as the program. */
  constructor(path: string | undefined) {
    this.#path = path;
    if (path === undefined) return;
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch {
      return;
    }
    const all = text.split("\n").flatMap((line) => parsed(line) ?? []);
    this.#lines = all.slice(-KEPT);
    this.#cut = text !== "" && !text.endsWith("\n");
    if (all.length > KEPT) this.#rewrite(path);
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    if (line.trim() === "" || line.length > LONGEST || line === this.#lines.at(-1)) return;
    this.#lines.push(line);
    if (this.#lines.length > KEPT) this.#lines.shift();
    if (this.#path === undefined) return;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, `${this.#cut ? "\n" : ""}${JSON.stringify(line)}\n`, { mode: 0o600 });
      this.#cut = false;
      chmodSync(this.#path, 0o600);
    } catch {
      // The history can do without a file.
    }
  }

  #rewrite(path: string): void {
    const draft = `${path}.${process.pid}`;
    try {
      writeFileSync(draft, this.#lines.map((line) => `${JSON.stringify(line)}\n`).join(""), { mode: 0o600 });
      renameSync(draft, path);
    } catch {
      // As above.
    }
  }
}

function parsed(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
