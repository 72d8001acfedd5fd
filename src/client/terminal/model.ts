/** The line being typed, and what goes with it: how it was before, what was cut, what was typed before, a search, a menu. */
import { type Completion, commonStart } from "./completion.ts";
import { Draft, type Snapshot } from "./draft.ts";
import { HistoryCursor } from "./history-cursor.ts";
import { Search } from "./incremental-search.ts";
import { KillRing } from "./kill-ring.ts";
import { Menu } from "./menu.ts";
import { Undo } from "./undo.ts";

/** What one key begins and the next may go on with: one step of undo, one cut, one place to put back. */
export type Run = "type" | "delete" | "cut" | "yank";

export class Model {
  readonly draft = new Draft();
  readonly #undo = new Undo();
  readonly #kills = new KillRing();
  readonly #history: HistoryCursor;
  /** Undefined while nothing is searched. */
  search: Search | undefined;
  /** What is to be chosen from, if there is. */
  menu: Menu | undefined;
  /** All of the line is selected: what is typed next takes its place, what moves keeps it. */
  selected = false;
  /** What the last key did. */
  run: Run | undefined;

  /** @param lines what was typed before, oldest first */
  constructor(lines: () => readonly string[]) {
    this.#history = new HistoryCursor(lines);
  }

  /** Begins a new line; what it was cannot be undone. */
  reset(text = "", { selected = false } = {}): void {
    this.draft.set(text);
    this.selected = selected && text !== "";
    this.#undo.forget();
    this.run = undefined;
    this.search = undefined;
    this.menu = undefined;
    this.#history.reset();
  }

  /** In a search it is looked for. @param pasted a step of undo of its own; what is typed goes on with what was */
  type(text: string, pasted: boolean): void {
    if (this.look((search) => search.type(text))) return;
    this.menu = undefined;
    if (this.selected) this.dropSelected();
    if (pasted || this.run !== "type") this.#remember();
    this.draft.insert(text);
    this.run = pasted ? undefined : "type";
  }

  /** What was selected goes; undo brings it back. */
  dropSelected(): void {
    this.selected = false;
    this.#remember();
    this.draft.set("");
    this.run = undefined;
  }

  /** @param text undefined for none */
  put(text: string | undefined): void {
    if (text === undefined) return;
    this.#remember();
    this.draft.insert(text);
  }

  /** Deletes a cluster before (-1) or after (1) the cursor. */
  remove(by: 1 | -1): void {
    const before = this.draft.snapshot;
    const gone = this.draft.remove(this.draft.at + by);
    if (gone !== "" && this.run !== "delete") this.#undo.remember(before);
  }

  /** Cuts everything between the cursor and a place, in clusters. */
  cut(to: number): void {
    const { at, snapshot } = this.draft;
    const gone = this.draft.remove(to);
    if (gone === "") return;
    this.#undo.remember(snapshot);
    this.#kills.add(gone, to < at, this.run === "cut");
  }

  yank(): void {
    this.put(this.#kills.newest);
  }

  /** In the place of what was put back right before: what was cut before that. */
  yankOlder(): void {
    if (this.run !== "yank") return;
    this.undo();
    this.put(this.#kills.older());
  }

  undo(): void {
    this.#restore(this.#undo.back());
  }

  transpose(): void {
    const before = this.draft.snapshot;
    this.draft.transpose();
    if (this.draft.text !== before.text) this.#undo.remember(before);
  }

  /** To the line of the text above (-1) or below (1); where there is none, to what was typed before or after. */
  moveLine(by: 1 | -1): void {
    if (!this.draft.moveLine(by)) this.recall(by);
  }

  /** @param by lines to go on in what was typed before, back if negative; as far as there are */
  recall(by: number): void {
    const line = this.#history.go(by, this.draft.text);
    if (line === undefined) return;
    this.#remember();
    this.draft.set(line);
  }

  /** @param by to older lines (-1), or to newer ones */
  beginSearch(by: 1 | -1): void {
    this.search = new Search(this.#history, this.draft.snapshot, by);
  }

  /** @param step of the search; what it finds is the line. @returns whether there is a search */
  look(step: (search: Search) => Snapshot | undefined): boolean {
    const { search } = this;
    const found = search && step(search);
    if (found && this.draft.text === search.own.text) this.#remember();
    this.#restore(found);
    return search !== undefined;
  }

  /** The line is again what it was before the search. @returns whether there was one */
  leaveSearch(): boolean {
    const { search } = this;
    if (search) this.#history.reset();
    this.#restore(search?.own);
    this.search = undefined;
    return search !== undefined;
  }

  /**
   * Puts in the only text that fits, or what all begin with, and makes a menu of several.
   * @param asked the line that it was found for. @returns false if somebody has gone on since: nothing is done
   */
  complete(asked: Snapshot, completion: Completion | undefined): boolean {
    const { text, before } = this.draft.snapshot;
    if (text !== asked.text || before !== asked.before || this.menu || this.search) return false;
    if (!completion || completion.candidates.length === 0) return true;
    const { replaces, candidates, walks = false } = completion;
    const start = before.length - replaces;
    if (walks) {
      this.menu = new Menu(candidates, start, true);
      return this.choose(1);
    }
    const common = commonStart(candidates.map((one) => one.text));
    if (candidates.length === 1 || common.length > replaces) this.#replace(start, common);
    if (candidates.length > 1) this.menu = new Menu(candidates, start);
    return true;
  }

  /** Chooses the next in the menu, or the one before. @returns whether there is a menu */
  choose(by: 1 | -1): boolean {
    const { menu } = this;
    if (menu) {
      const { text } = menu.move(by);
      this.#replace(menu.start, menu.walks ? text : text.trimEnd());
    }
    return menu !== undefined;
  }

  /** Puts in what is chosen in the menu, and closes it. @returns whether anything is */
  take(): boolean {
    const { menu } = this;
    if (!menu?.chosen) return false;
    this.#replace(menu.start, menu.chosen.text);
    return this.closeMenu();
  }

  /** @returns whether there was one */
  closeMenu(): boolean {
    const { menu } = this;
    this.menu = undefined;
    return menu !== undefined;
  }

  /** @param start UTF-16 units; from there to the cursor the text is replaced */
  #replace(start: number, text: string): void {
    const { before, after } = this.draft;
    this.#remember();
    const put = before.slice(0, start) + text;
    this.draft.set(put + after, put);
  }

  #remember(): void {
    this.#undo.remember(this.draft.snapshot);
  }

  #restore(snapshot: Snapshot | undefined): void {
    if (snapshot) this.draft.set(snapshot.text, snapshot.before);
  }
}
