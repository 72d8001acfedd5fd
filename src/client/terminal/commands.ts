/**
 * What each key does: the keys are those of Emacs, as readline has them. A command's keys, its help and its deed stand
 * in one row; the editor, `help keys` and the manual page go by this table.
 */
import type { Draft, Snapshot } from "./draft.ts";
import type { Model, Run } from "./model.ts";

/** What whoever reads the keys does. */
export type OuterAction =
  | "interrupt"
  | "end"
  | "suspend"
  | "redraw"
  | "externalEditor"
  | "nextUnread"
  | "nextConversation"
  | "previousConversation";

/** What a key asks of whoever reads the keys; what completes a line is given to `Model.complete`. */
export type Effect =
  | { readonly is: "accept"; readonly line: string }
  | { readonly is: "act"; readonly action: OuterAction }
  | { readonly is: "complete"; readonly of: Snapshot };

export interface Command {
  /** As in keys.ts; two of them with a blank between after C-x. */
  readonly keys: readonly string[];
  /** What help says, in a few words. */
  readonly about: string;
  /** Looks at the line before `does` changes it. */
  asks?(model: Model): Effect | undefined;
  does?(model: Model): void;
  /** What it does in a search instead. @returns whether that was all; if not, the search ends and it is done */
  inSearch?(model: Model): boolean;
  /** As `inSearch`, where there is a menu. */
  inMenu?(model: Model): boolean;
  /** Right after one of the same run that has changed something, it goes on with it. */
  readonly run?: Run;
  /** What becomes of a selection, text and all; without it, the text is kept and no longer selected. */
  readonly selection?: "stays" | "goes" | "is replaced";
  /** The next key is taken as the second of a pair, or as it is. */
  readonly next?: "pair" | "verbatim";
}

type Deed = Omit<Command, "keys" | "about">;

/** By what they are about, in the order of help. */
export const commands = [
  {
    title: "Sending",
    rows: {
      accept: {
        keys: ["enter", "C-j"],
        about: "send the line",
        asks: ({ draft }) => ({ is: "accept", line: draft.text }),
        does: (model) => model.reset(),
        inMenu: (model) => model.take(),
      },
      newLine: {
        keys: ["M-enter", "S-enter", "C-M-j"],
        about: "begin a new line in the text",
        does: (model) => model.put("\n"),
        selection: "is replaced",
      },
      complete: { keys: ["tab"], about: "complete a word; again: the next that fits", ...completes(1) },
      completeBack: { keys: ["S-tab"], about: "the one before that fits", ...completes(-1) },
      externalEditor: { keys: ["C-x C-e"], about: "go on writing in $EDITOR", ...acts("externalEditor") },
    },
  },
  {
    title: "Conversations",
    rows: {
      nextUnread: { keys: ["M-a"], about: "open the next conversation with something new", ...acts("nextUnread") },
      nextConversation: { keys: ["M-n"], about: "open the next conversation", ...acts("nextConversation") },
      previousConversation: { keys: ["M-p"], about: "open the conversation before", ...acts("previousConversation") },
    },
  },
  {
    title: "Moving",
    rows: {
      left: { keys: ["left", "C-b"], about: "a character back", ...moves(({ at }) => at - 1) },
      right: { keys: ["right", "C-f"], about: "a character on", ...moves(({ at }) => at + 1) },
      wordLeft: { keys: ["M-b", "C-left", "M-left"], about: "a word back", ...moves(({ wordStart }) => wordStart) },
      wordRight: { keys: ["M-f", "C-right", "M-right"], about: "a word on", ...moves(({ wordEnd }) => wordEnd) },
      lineStart: { keys: ["C-a", "home"], about: "to the beginning of the line", ...moves(({ line }) => line.start) },
      lineEnd: { keys: ["C-e", "end"], about: "to the end of the line", ...moves(({ line }) => line.end) },
      up: { keys: ["up"], about: "a line up, or to what was typed before", ...movesLine(-1) },
      down: { keys: ["down"], about: "a line down, or to what was typed after", ...movesLine(1) },
    },
  },
  {
    title: "Changing",
    rows: {
      backspace: {
        keys: ["backspace", "C-h"],
        about: "delete the character before",
        ...removes(-1),
        run: "delete",
        inSearch: (model) => model.look((search) => search.shorten()),
      },
      delete: { keys: ["delete"], about: "delete the character after", ...removes(1), run: "delete" },
      deleteOrEnd: {
        keys: ["C-d"],
        about: "the same; on an empty line: quit",
        ...removes(1),
        asks: ({ draft }) => (draft.isEmpty ? { is: "act", action: "end" } : undefined),
      },
      killToEnd: { keys: ["C-k"], about: "cut to the end of the line", ...cuts(lineEndOrNext) },
      killToStart: { keys: ["C-u"], about: "cut to the beginning of the line", ...cuts(({ line }) => line.start) },
      killBlankLeft: { keys: ["C-w"], about: "cut back to a blank", ...cuts(({ blankStart }) => blankStart) },
      killWordLeft: {
        keys: ["M-backspace", "C-M-h"],
        about: "cut the word before",
        ...cuts(({ wordStart }) => wordStart),
      },
      killWordRight: { keys: ["M-d"], about: "cut the word after", ...cuts(({ wordEnd }) => wordEnd) },
      yank: {
        keys: ["C-y"],
        about: "put back what was cut",
        does: (model) => model.yank(),
        run: "yank",
        selection: "is replaced",
      },
      yankOlder: {
        keys: ["M-y"],
        about: "after Ctrl-Y: what was cut before that",
        does: (model) => model.yankOlder(),
        run: "yank",
      },
      undo: { keys: ["C-_", "C-x C-u"], about: "undo", does: (model) => model.undo() },
      transpose: { keys: ["C-t"], about: "change places of two characters", does: (model) => model.transpose() },
      verbatim: {
        keys: ["C-q", "C-v"],
        about: "put in the next key as it is: a tab",
        selection: "stays",
        next: "verbatim",
      },
    },
  },
  {
    title: "What was typed before",
    rows: {
      older: { keys: ["C-p"], about: "the one before", ...recalls(-1) },
      newer: { keys: ["C-n"], about: "the one after", ...recalls(1) },
      oldest: { keys: ["M-<"], about: "the oldest", ...recalls(Number.NEGATIVE_INFINITY) },
      newest: { keys: ["M->"], about: "back to the line being typed", ...recalls(Number.POSITIVE_INFINITY) },
      searchBack: { keys: ["C-r"], about: "search; again: an older one", ...searches(-1) },
      searchForward: { keys: ["C-s"], about: "search on; a newer one", ...searches(1) },
      cancel: {
        keys: ["C-g", "escape"],
        about: "leave a search or a menu",
        inSearch: (model) => model.leaveSearch(),
        inMenu: (model) => model.closeMenu(),
      },
    },
  },
  {
    title: "The program",
    rows: {
      interrupt: {
        keys: ["C-c"],
        about: "empty the line; else pause; twice: quit",
        ...acts("interrupt"),
        inSearch: (model) => model.leaveSearch(),
      },
      suspend: { keys: ["C-z"], about: "back to the shell; fg returns", ...acts("suspend"), selection: "stays" },
      redraw: { keys: ["C-l"], about: "clear the screen", ...acts("redraw"), selection: "stays" },
      prefix: { keys: ["C-x"], about: "begins the keys of two", selection: "stays", next: "pair" },
    },
  },
] as const satisfies readonly { readonly title: string; readonly rows: Readonly<Record<string, Command>> }[];

type NamesIn<Rows> = Rows extends unknown ? keyof Rows : never;
export type CommandName = NamesIn<(typeof commands)[number]["rows"]>;

const all = commands.flatMap(({ rows }) => Object.values<Command>(rows));

/** @param key as in `Command.keys` */
export function commandOf(key: string): Command | undefined {
  return all.find(({ keys }) => keys.includes(key));
}

function acts(action: OuterAction): Deed {
  return { asks: () => ({ is: "act", action }) };
}

function completes(by: 1 | -1): Deed {
  return { asks: ({ draft }) => ({ is: "complete", of: draft.snapshot }), inMenu: (model) => model.choose(by) };
}

/** @param to the cluster before which the cursor then stands */
function moves(to: (draft: Draft) => number): Deed {
  return { does: ({ draft }) => draft.moveTo(to(draft)) };
}

function movesLine(by: 1 | -1): Deed {
  return { does: (model) => model.moveLine(by), inMenu: (model) => model.choose(by) };
}

/** @param by clusters */
function removes(by: 1 | -1): Deed {
  return { does: (model) => model.remove(by), selection: "goes" };
}

/** @param to all between the cursor and this cluster is cut */
function cuts(to: (draft: Draft) => number): Deed {
  return { does: (model) => model.cut(to(model.draft)), run: "cut", selection: "goes" };
}

/** At the end of a line what ends it. */
function lineEndOrNext({ at, line }: Draft): number {
  return line.end === at ? at + 1 : line.end;
}

/** @param by lines, back if negative */
function recalls(by: number): Deed {
  return { does: (model) => model.recall(by) };
}

function searches(by: 1 | -1): Deed {
  return { does: (model) => model.beginSearch(by), inSearch: (model) => model.look((search) => search.again(by)) };
}
