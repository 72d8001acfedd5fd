/**
 * Carries messages to servers that have no links: each is one unsigned request, in the first vocabulary that the server
 * knows (PROTOCOL.md, "Realms of the older kind").
 */
import { isOk, type Reply } from "../connection/errors.ts";
import { Wire } from "../connection/wire.ts";
import type { ItemBody, ItemResult } from "../contract/items.ts";
import type { Input } from "../contract/operations.ts";
import type { Address } from "../contract/shapes.ts";
import { plainOf } from "../operations/untrusted.ts";
import type { Dialect } from "../protocol/dialect.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import type { OutboxItem, Realm } from "../state/entities.ts";
import type { World } from "../world/world.ts";
import type { LocalRealm } from "./dial.ts";
import type { Carrier } from "./link.ts";

const CONNECT_MS = 5000;
const ANSWER_MS = 5000;
const MAX_REPLY = 64 * 1024;

/** How servers of one kind are told a message. */
interface Vocabulary {
  /** Whether one request takes several receivers, with commas between. */
  readonly several: boolean;
  request(message: Input<"legacyMessage">, realm: string): string;
}

const [basic, multirealm, application] = ["basic", "multirealm", "application"].map(dialectNamed) as [
  Dialect,
  Dialect,
  Dialect,
];

/** Tried in this order: a server refuses a word that it does not know. */
const VOCABULARIES: readonly Vocabulary[] = [
  {
    several: true,
    request(message) {
      const word = message.members.length > 1 ? "recvrealmgroupmsg" : "recvrealmprivatemsg";
      return basic.encodeAs(word, "legacyMessage", message);
    },
  },
  {
    several: false,
    request: ({ from, realm, ...rest }) =>
      multirealm.encodeAs("serverinbox", "legacyMessage", { ...rest, from: at(from, realm) }),
  },
  {
    several: false,
    request: ({ from, realm: own, members, text }, realm) =>
      application.encodeAs("send_to_another_realm", "legacyMessage", {
        from: at(from, own),
        members: members.map((one) => at(one, realm)),
        text,
      }),
  },
];

function at({ name }: Address, realm: string | undefined): Address {
  return realm === undefined ? { name } : { name, realm };
}

export class LegacyCarrier implements Carrier {
  readonly batch = 1;
  /** One at a time: the order is kept. */
  readonly window = 1;
  readonly #own: string;
  readonly #world: World;
  readonly #advertise: string | undefined;
  readonly #realm: Realm;
  readonly #onContact: () => void;
  /** Index of the vocabulary that the server knows, as far as was found out. */
  #known = 0;
  #introduced = false;
  #underWay = 0;

  /**
   * @param onContact called when the server has answered.
   */
  constructor(own: LocalRealm, realm: Realm, onContact: () => void) {
    this.#own = own.realm;
    this.#world = own.world;
    this.#advertise = own.advertise(undefined);
    this.#realm = realm;
    this.#onContact = onContact;
  }

  get underWay(): number {
    return this.#underWay;
  }

  async deliver(items: readonly OutboxItem[]): Promise<readonly ItemResult[]> {
    this.#underWay++;
    try {
      const results: ItemResult[] = [];
      for (const item of items) results.push(await this.#carry(item));
      return results;
    } finally {
      this.#underWay--;
    }
  }

  async #carry({ body }: OutboxItem): Promise<ItemResult> {
    const item = JSON.parse(body) as ItemBody;
    switch (item.kind) {
      case "message":
        return this.#carryMessage(item);
      case "heads":
      case "leave":
      case "alter":
      case "about":
      case "gone":
      case "decline":
        return {};
      case "post":
      case "join":
      case "deed":
      case "invited":
      case "group":
      case "members":
        return { code: "group-not-found", detail: "a realm of the older kind has no groups here" };
    }
  }

  async #carryMessage(item: ItemBody & { readonly kind: "message" }): Promise<ItemResult> {
    if (item.file) return { code: "forbidden", detail: "a realm of the older kind takes no files from here" };
    await this.#introduce();
    for (; this.#known < VOCABULARIES.length; this.#known++) {
      const words = VOCABULARIES[this.#known] as Vocabulary;
      const results: ItemResult[] = [];
      for (const to of words.several ? [item.to] : item.to.map((one) => [one])) {
        const members = to.map((name) => ({ name }));
        const message = { from: { name: item.from.name }, realm: this.#own, members, text: item.text };
        const reply = await this.#ask(words.request(message, this.#realm.name));
        if (isUnknown(reply)) break;
        results.push(isOk(reply) ? {} : { code: "user-not-found", detail: plainOf(reply.message ?? reply.data ?? "") });
      }
      if (results.length > 0) return results.find(({ code }) => code !== undefined) ?? {};
    }
    this.#known = 0;
    return { code: "realm-refused", detail: "it knows none of the words that servers of its kind use" };
  }

  /** Once a process: without it some servers do not know where to send an answer. Its reply does not matter. */
  async #introduce(): Promise<void> {
    const [, host, port] = /^(.+):(\d+)$/.exec(this.#advertise ?? "") ?? [];
    if (this.#introduced || host === undefined) return;
    const address = { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
    await this.#ask(basic.encode("legacyRealm", { realm: this.#own, ...address }));
    this.#introduced = true;
  }

  /** @throws Error when it cannot be reached or does not answer. */
  async #ask(request: string): Promise<Reply> {
    const { host = "", port = 0 } = this.#realm;
    const wire = await Wire.connect({
      world: this.#world,
      host,
      port,
      connectTimeout: CONNECT_MS,
      maxReply: MAX_REPLY,
    });
    const late = this.#world.after(ANSWER_MS, () => wire.close());
    try {
      const reply = await wire.request(request);
      this.#onContact();
      return reply;
    } finally {
      this.#world.cancel(late);
      wire.close();
    }
  }
}

/** How the five documents word that a request is not known. */
function isUnknown({ code, message, data }: Reply): boolean {
  return (
    code === "unknown-request" || /command tidak benar|tidak dikenali/i.test(`${plainOf(message)} ${plainOf(data)}`)
  );
}
