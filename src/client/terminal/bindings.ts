/** Which key does what: those of Emacs, as readline has them. `help keys` and the editor come from this one table. */

/** What whoever uses the editor does. */
export type OuterAction =
  | "interrupt"
  | "end"
  | "suspend"
  | "redraw"
  | "externalEditor"
  | "nextUnread"
  | "nextConversation"
  | "previousConversation";

interface Section {
  readonly title: string;
  readonly rows: readonly { readonly keys: readonly string[]; readonly does: string; readonly about: string }[];
}

export const bindings = [
  {
    title: "Sending",
    rows: [
      { keys: ["enter", "C-j"], does: "accept", about: "send the line" },
      { keys: ["M-enter", "S-enter", "C-M-j"], does: "newLine", about: "begin a new line in the text" },
      { keys: ["tab"], does: "complete", about: "complete a word; again: the next that fits" },
      { keys: ["S-tab"], does: "completeBack", about: "the one before that fits" },
      { keys: ["C-x C-e"], does: "externalEditor", about: "go on writing in $EDITOR" },
    ],
  },
  {
    title: "Conversations",
    rows: [
      { keys: ["M-a"], does: "nextUnread", about: "open the next conversation with something new" },
      { keys: ["M-n"], does: "nextConversation", about: "open the next conversation" },
      { keys: ["M-p"], does: "previousConversation", about: "open the conversation before" },
    ],
  },
  {
    title: "Moving",
    rows: [
      { keys: ["left", "C-b"], does: "left", about: "a character back" },
      { keys: ["right", "C-f"], does: "right", about: "a character on" },
      { keys: ["M-b", "C-left", "M-left"], does: "wordLeft", about: "a word back" },
      { keys: ["M-f", "C-right", "M-right"], does: "wordRight", about: "a word on" },
      { keys: ["C-a", "home"], does: "lineStart", about: "to the beginning of the line" },
      { keys: ["C-e", "end"], does: "lineEnd", about: "to the end of the line" },
      { keys: ["up"], does: "up", about: "a line up, or to what was typed before" },
      { keys: ["down"], does: "down", about: "a line down, or to what was typed after" },
    ],
  },
  {
    title: "Changing",
    rows: [
      { keys: ["backspace", "C-h"], does: "backspace", about: "delete the character before" },
      { keys: ["delete"], does: "delete", about: "delete the character after" },
      { keys: ["C-d"], does: "deleteOrEnd", about: "the same; on an empty line: quit" },
      { keys: ["C-k"], does: "killToEnd", about: "cut to the end of the line" },
      { keys: ["C-u"], does: "killToStart", about: "cut to the beginning of the line" },
      { keys: ["C-w"], does: "killBlankLeft", about: "cut back to a blank" },
      { keys: ["M-backspace", "C-M-h"], does: "killWordLeft", about: "cut the word before" },
      { keys: ["M-d"], does: "killWordRight", about: "cut the word after" },
      { keys: ["C-y"], does: "yank", about: "put back what was cut" },
      { keys: ["M-y"], does: "yankOlder", about: "after C-y: what was cut before that" },
      { keys: ["C-_", "C-x C-u"], does: "undo", about: "undo" },
      { keys: ["C-t"], does: "transpose", about: "change places of two characters" },
      { keys: ["C-q", "C-v"], does: "verbatim", about: "put in the next key as it is: a tab" },
    ],
  },
  {
    title: "What was typed before",
    rows: [
      { keys: ["C-p"], does: "older", about: "the one before" },
      { keys: ["C-n"], does: "newer", about: "the one after" },
      { keys: ["M-<"], does: "oldest", about: "the oldest" },
      { keys: ["M->"], does: "newest", about: "back to the line being typed" },
      { keys: ["C-r"], does: "searchBack", about: "search; again: an older one" },
      { keys: ["C-s"], does: "searchForward", about: "search on; a newer one" },
      { keys: ["C-g", "escape"], does: "cancel", about: "leave a search or a menu" },
    ],
  },
  {
    title: "The program",
    rows: [
      { keys: ["C-c"], does: "interrupt", about: "empty the line; else pause; twice: quit" },
      { keys: ["C-z"], does: "suspend", about: "back to the shell; fg returns" },
      { keys: ["C-l"], does: "redraw", about: "clear the screen" },
      { keys: ["C-x"], does: "prefix", about: "begins the keys of two" },
    ],
  },
] as const satisfies readonly Section[];

/** All that a key does: for the editor itself, and for whoever uses it. */
export type Action = (typeof bindings)[number]["rows"][number]["does"] | OuterAction;

const byKey: ReadonlyMap<string, Action> = new Map(
  bindings.flatMap(({ rows }) => rows.flatMap(({ keys, does }) => keys.map((key) => [key, does] as const))),
);

/** @param key as in keys.ts, two of them with a blank between after C-x. */
export function actionOf(key: string): Action | undefined {
  return byKey.get(key);
}
