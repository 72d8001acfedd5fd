/** Where a person types and reads: all that the chat asks of a terminal. */
import type { OuterAction } from "./commands.ts";
import type { Completion } from "./completion.ts";

export interface ConsoleOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Our own signs in ASCII. */
  readonly ascii?: boolean;
}

/** What is typed goes to it. */
export interface ConsoleListener {
  /** A line was ended with Enter. */
  accept(line: string): void;
  act(action: OuterAction): void;
  complete(before: string): Completion | undefined | Promise<Completion | undefined>;
  /** What was typed before, oldest first. */
  lines(): readonly string[];
  /** What stands before the line being typed, in at most so many columns. */
  prompt(columns: number): string;
  /** Rows above it that are drawn anew as they change; none is wider. */
  status(columns: number): readonly string[];
  /** How the clusters of the line are shown: a password is not. */
  masked(clusters: readonly string[]): readonly string[];
  /** The line has been changed. */
  typed(): void;
  /** The window has the attention of a person, or no longer. */
  onFocus(focused: boolean): void;
}

export interface Console {
  /** Another program, an editor, has the terminal: Ctrl-C is meant for it. */
  readonly isLent: boolean;
  /** It draws rows again; if not, everything it prints stays. */
  readonly redraws: boolean;
  /** Columns of the window. */
  readonly columns: number;
  /** The line being typed. */
  draft: string;
  /** A line to be typed again: the next key replaces it, or, if it moves, keeps it. */
  offer(line: string): void;
  start(listener: ConsoleListener): void;
  /** @param text one line or more. @param of the conversation it belongs to; given, it may be left out if too much comes */
  print(text: string, of?: string): void;
  /** The prompt or the rows above it have changed. */
  changed(): void;
  /** One answer; a secret one is shown nowhere. @returns undefined when none is given: Ctrl-C, Ctrl-D. */
  ask(question: string, secret?: boolean): Promise<string | undefined>;
  /** While on, what is typed is kept for the next question and not shown; what is left when it goes off is lines again. */
  holdInput(on: boolean): void;
  /** Edits the line being typed in $VISUAL or $EDITOR. @throws Error when that cannot be done */
  edit(): Promise<void>;
  /** Rings, or sends what makes a terminal tell its person something. */
  signal(sequence: string): void;
  suspend(): void;
  clear(): void;
  /** Resolves when the terminal has answered what it was asked: later, another program would read the answer. */
  settled(): Promise<void>;
  close(): void;
}
