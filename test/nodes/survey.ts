/** What each node shows to everybody at the end; asked until it answers. */
import { createHash } from "node:crypto";
import { Client } from "../../src/connection/client.ts";
import { LinkError, RefusedRequest } from "../../src/connection/errors.ts";
import { readEvent } from "../../src/protocol/replies.ts";
import { download } from "../support/bodies.ts";
import { PASSWORD } from "../support/people.ts";
import { until } from "../support/until.ts";
import { mayPass, PATIENCE_MS, type Place } from "./asking.ts";
import type { Correspondent } from "./correspondent.ts";
import type { Diary } from "./diary.ts";
import type { Account, Download, LetterPage, Page, Shown, Told, Unread } from "./history.ts";
import { otherIn, type Person, shownOf } from "./person.ts";
import { toldOf, type Watcher } from "./watcher.ts";

/** Messages of a page. */
const PAGE = 1000;

export class Survey {
  readonly pages: Page[] = [];
  readonly accounts: Account[] = [];
  readonly unread: Unread[] = [];
  readonly downloads: Download[] = [];
  readonly letterPages: LetterPage[] = [];
  readonly #diary: Diary;

  constructor(diary: Diary) {
    this.#diary = diary;
  }

  /** The newest that there is for somebody. */
  newestFor(name: string): string {
    const account = this.accounts.find(({ who }) => who === name);
    return account?.told.findLast(({ alters }) => !alters)?.id ?? "";
  }

  /** @param node its name */
  async ofPerson(node: string, place: Place, person: Person): Promise<void> {
    await asUser(node, place, person.name, async (client) => {
      const account = await this.#accountOf(node, client, person);
      const pages = await this.#pagesOf(node, client, person.name);
      const unread = await this.#unreadOf(node, client, person.name);
      const downloads = await this.#downloadsOf(node, place, client, person.name);
      this.accounts.push(account);
      this.pages.push(...pages);
      this.unread.push(...unread);
      this.downloads.push(...downloads);
    });
  }

  /** @param node its name */
  async ofCorrespondent(node: string, place: Place, person: Correspondent, isFirst: boolean): Promise<void> {
    await asUser(node, place, person.name, async (client) => {
      const account = await this.#accountOf(node, client, person);
      // What is private is shown to each, the group to one of them.
      const pages = await person.pages(node, client);
      this.accounts.push(account);
      this.letterPages.push(...pages.filter(({ conversation }) => isFirst || !conversation.startsWith("#")));
    });
  }

  async #accountOf(node: string, client: Client, { name, since }: Watcher): Promise<Account> {
    const told: Told[] = [];
    let before: string | undefined;
    do {
      const from = before === undefined ? {} : { before };
      const page = await client.call("sync", { since, ...from });
      const events = page.data.map(({ event, data }) => toldOf(readEvent(event, data), name));
      told.unshift(...events.filter((one) => one !== undefined));
      ({ before } = page);
    } while (before !== undefined);
    return { node, who: name, told };
  }

  /** Of the conversations in which he is the first. */
  async #pagesOf(node: string, client: Client, name: string): Promise<readonly Page[]> {
    const pages: Page[] = [];
    for (const [conversation, [reader]] of this.#diary.members) {
      if (reader !== name) continue;
      const shown: Shown[] = [];
      let before: string | undefined;
      do {
        const from = before === undefined ? {} : { before };
        const page = await client.call("history", { with: otherIn(conversation, name), limit: PAGE, ...from });
        shown.unshift(...page.data.map(shownOf));
        ({ before } = page);
      } while (before !== undefined);
      pages.push({ node, conversation, shown });
    }
    return pages;
  }

  async #unreadOf(node: string, client: Client, name: string): Promise<readonly Unread[]> {
    const { data } = await client.call("chats", {});
    const mine = [...this.#diary.members].filter(([, its]) => its.includes(name));
    return mine.map(([conversation]) => {
      const chat = data.find((one) => one.with === otherIn(conversation, name));
      return { node, who: name, conversation, count: chat?.unread ?? 0 };
    });
  }

  async #downloadsOf(node: string, place: Place, client: Client, name: string): Promise<readonly Download[]> {
    const mine = this.#diary.sayings.filter(({ from }) => from === name);
    const downloads: Download[] = [];
    for (const { file } of mine) {
      if (!file) continue;
      downloads.push({ node, file: file.id, sha256: await contentOf(place, client.token, file.id) });
    }
    return downloads;
  }
}

/** @returns the SHA-256 of it; undefined: there is none. @throws LinkError, RefusedRequest */
async function contentOf(place: Place, token: string, file: string): Promise<string | undefined> {
  const { reply, body } = await download(place, token, file).catch((error: unknown) => {
    throw new LinkError((error as Error).message);
  });
  if (reply.code === "file-not-found") return undefined;
  if (reply.status !== "OK") throw new RefusedRequest(reply);
  return createHash("sha256").update(body).digest("hex");
}

/** Over a connection of his, which ends with it; again, if something passes meanwhile. */
export async function asUser<T>(
  what: string,
  place: Place,
  user: string,
  deed: (client: Client) => Promise<T>,
): Promise<T> {
  const done = await until(`${what} answers ${user}`, async () => {
    let client: Client | undefined;
    try {
      const { host, port } = place;
      client = await Client.connect({ host, port, user, password: PASSWORD, reconnect: false, timeout: PATIENCE_MS });
      return { answer: await deed(client) };
    } catch (error) {
      if (mayPass(error)) return undefined;
      throw error;
    } finally {
      await client?.close();
    }
  });
  return done.answer;
}
