/** Somebody who writes to people of another realm, and hears from them. */
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../src/connection/client.ts";
import type { Chance } from "../simulator/chance.ts";
import { type Place, untilDone } from "./asking.ts";
import type { Diary } from "./diary.ts";
import { between, type LetterPage } from "./history.ts";
import { Watcher } from "./watcher.ts";

/** The group of both realms: at home in one of them. */
export const SHARED = "lintas";

/** The longest, in ms, between two letters. */
const SILENCE_MS = 250;

/** Messages of a page. */
const PAGE = 1000;

export interface CorrespondentOptions {
  readonly realm: string;
  /** Where the shared group is at home. */
  readonly home: string;
  /** Who lives in the other realm, as `name@realm`. */
  readonly others: readonly string[];
  readonly place: Place;
  readonly since: string;
  readonly diary: Diary;
  readonly chance: Chance;
}

export class Correspondent extends Watcher {
  readonly #options: CorrespondentOptions;
  /** With his realm. */
  readonly #address: string;
  readonly #group: string;
  #writing: Promise<void> = Promise.resolve();
  #isSilent = false;
  #written = 0;

  constructor(name: string, options: CorrespondentOptions) {
    super(name, options.place, options.since, options.diary);
    this.#options = options;
    this.#address = `${name}@${options.realm}`;
    this.#group = options.realm === options.home ? `#${SHARED}` : `#${SHARED}@${options.home}`;
  }

  begin(): void {
    this.#writing = this.#options.diary.follow(this.#address, this.#write());
  }

  async fallSilent(): Promise<void> {
    this.#isSilent = true;
    await this.#writing;
  }

  /** All that he has written and got, as a node shows it to him. @throws LinkError, RefusedRequest */
  async pages(place: string, client: Client): Promise<readonly LetterPage[]> {
    const pages: LetterPage[] = [];
    for (const to of [...this.#options.others, this.#group]) {
      const shown: { readonly from: string; readonly text: string }[] = [];
      let before: string | undefined;
      do {
        const from = before === undefined ? {} : { before };
        const page = await client.call("history", { with: to, limit: PAGE, ...from });
        const said = page.data.flatMap((one) => ("deleted" in one ? [] : [one]));
        shown.unshift(...said.map(({ from: by, message: text }) => ({ from: this.#addressOf(by), text })));
        ({ before } = page);
      } while (before !== undefined);
      pages.push({ place, conversation: this.#conversation(to), shown });
    }
    return pages;
  }

  async #write(): Promise<void> {
    const { chance, diary, others } = this.#options;
    while (!this.#isSilent) {
      const to = chance.one([...others, this.#group]);
      const text = `${this.#address}-${this.#written++}`;
      await untilDone(async () => (await this.connected()).send(to, text, `c-${text}`));
      diary.letters.push({ from: this.#address, conversation: this.#conversation(to), text });
      await pause(chance.below(SILENCE_MS));
    }
  }

  #conversation(to: string): string {
    return to.startsWith("#") ? `#${SHARED}` : between(this.#address, to);
  }

  #addressOf(name: string): string {
    return name.includes("@") ? name : `${name}@${this.#options.realm}`;
  }
}
