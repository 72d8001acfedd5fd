/** Requests of all kinds that people and operators can make, at random: what they name is there, or nearly. */

import type { Operation } from "../../src/contract/operations.ts";
import { native } from "../../src/protocol/dialects/native.ts";
import type { Row } from "../../src/protocol/row.ts";
import type { KindName } from "../../src/protocol/values.ts";
import type { Chance } from "./chance.ts";

export const PASSWORDS = ["rahasia", "sandi"];
export const PEOPLE = ["ani", "budi", "cici", "dedi", "eka", "fifi"];
export const GROUPS = ["kelas", "arisan", "panitia"];
/** How many ids of messages and files are remembered. */
const IDS = 60;

/** Not asked here, and why. */
const LEFT_OUT: ReadonlySet<Operation> = new Set([
  // What follows is in another form.
  ...(["dialect", "exportAll", "download", "upload"] as const),
  // Between realms.
  ...(["linkHello", "linkProve", "linkAnswer", "linkCall", "legacyRealm", "legacyMessage"] as const),
  // They do something to the machine.
  ...(["adminBackup", "addRealm"] as const),
]);

/** What is asked less often: after it there is less to do. By chance. */
const RARE: Partial<Record<Operation, number>> = {
  logout: 0.1,
  erase: 0.2,
  adminDelete: 0.15,
  adminBan: 0.3,
  adminKick: 0.3,
  adminPassword: 0.3,
  adminGroupDelete: 0.3,
  deleteGroup: 0.3,
  removeRealm: 0.03,
  adminRealmPin: 0.1,
};

const TALK: ReadonlySet<Operation> = new Set([
  "send",
  "sendGroup",
  "post",
  "reply",
  "joinGroup",
  "createGroup",
  "sendFile",
  "sendFileGroup",
]);

const RARELY_REST = 0.15;

/** Operations that only look. */
const LOOKS =
  /^(hello|whoami|help|info|users|loggedIn|userNames|settings|requests|blocks|groups|members|groupInfo|bans|groupInvitations|history|sync|chats|search|mutes|versions|pins|files|myFiles|uploadStatus|realms|sessions|ping|admin(Users|Invitations|Bans|Reports|User|Groups|Stats|Audit))$/;

export class Requests {
  readonly #chance: Chance;
  readonly #rows: readonly Row[];
  /** Those of which there must be much, that there is something to do for others. */
  readonly #talk: readonly Row[];
  readonly #ids: string[] = [];
  readonly #codes: string[] = [];
  /** Names of other realms. */
  readonly #realms: readonly string[];

  constructor(chance: Chance, realms: readonly string[]) {
    this.#chance = chance;
    this.#realms = realms;
    this.#talk = native.rows.filter(({ operation }) => TALK.has(operation));
    this.#rows = native.rows.filter(({ operation }) => !LEFT_OUT.has(operation));
  }

  /** Learns the ids that a reply names. */
  learn(reply: unknown): void {
    const text = JSON.stringify(reply);
    for (const [id] of text.matchAll(/"(id|before)":"[0-9a-f]{8}-[0-9a-f-]{27}"/g)) {
      this.#ids.push(id.slice(-37, -1));
      if (this.#ids.length > IDS) this.#ids.shift();
    }
    for (const [code] of text.matchAll(/inv-[a-z]{16}/g)) this.#codes.push(code);
  }

  /** @returns a request with this token, and whether only an operator may ask it */
  next(token: string, operators: string): string {
    const chance = this.#chance;
    const rows = chance.isIn(0.35) ? this.#talk : this.#rows;
    let row = chance.one(rows);
    while (
      !chance.isIn(RARE[row.operation] ?? (LOOKS.test(row.operation) ? RARELY_REST : 1)) ||
      (this.#realms.length === 0 && /ealm/.test(row.operation))
    ) {
      row = chance.one(rows);
    }
    const words: string[] = [];
    let isLead = true;
    const takesToken = !["register", "login", "hello", "help", "ping"].includes(row.operation);
    const own = row.pattern.words[0] === "admin" ? operators : token;
    for (const element of row.pattern.elements) {
      if (isLead && element.is !== "literal") {
        isLead = false;
        if (takesToken) words.push(own);
      }
      if (element.is === "literal") words.push(element.word);
      else if (element.is === "token") words.push(own);
      else if (element.is === "option") {
        if (chance.isIn(0.3)) words.push(element.word, this.#value(element.kind));
      } else if (!element.optional || chance.isIn(0.5)) words.push(this.#value(element.kind));
    }
    if (isLead && takesToken) words.push(own);
    return words.join(" ");
  }

  #value(kind: KindName): string {
    const chance = this.#chance;
    const at = (name: string): string =>
      this.#realms.length > 0 && chance.isIn(0.25) ? `${name}@${chance.one(this.#realms)}` : name;
    const id = (): string => (this.#ids.length > 0 ? chance.one(this.#ids) : "00000000-0000-4000-8000-000000000000");
    const small = (): string => String(chance.between(1, 8));
    const person = (): string => chance.one(PEOPLE);
    const group = (): string => chance.one(GROUPS);
    const either = (): string => (chance.isIn(0.5) ? at(person()) : `#${at(group())}`);
    const text = (): string => chance.one(["halo", "apa kabar", "@ani lihat", "ya", "baik\nsekali", "x".repeat(300)]);
    const values: Record<KindName, () => string> = {
      user: person,
      group,
      realm: () => chance.one([...this.#realms, "x"]),
      "user[@realm]": () => at(person()),
      "group[@realm]": () => at(group()),
      "user,user": () => `${person()},${person()}`,
      "#group[@realm]": () => `#${at(group())}`,
      "new-name": () => (chance.isIn(0.5) ? group() : person()),
      role: () => chance.one(["owner", "moderator", "member"]),
      access: () => chance.one(["open", "invite", "closed"]),
      history: () => chance.one(["all", "joined"]),
      posting: () => chance.one(["members", "moderators", "open"]),
      listed: () => chance.one(["yes", "no"]),
      keep: () => chance.one(["0", "1", "30"]),
      slow: () => chance.one(["0", "0", "5"]),
      "topic...": () => chance.one(["-", "rapat", "libur"]),
      "why...": () => chance.one(["ribut", "iseng"]),
      members: () => `${at(person())},${person()}`,
      password: () => chance.one(PASSWORDS),
      code: () => (this.#codes.length > 0 ? chance.one(this.#codes) : "inv-abcdefghijklmnop"),
      old: () => chance.one(PASSWORDS),
      new: () => chance.one(PASSWORDS),
      name: () => chance.one(["Ani", "Budi_S", "Cici"]),
      "name...": () => "Ani Wati",
      country: () => chance.one(["id", "my"]),
      filename: () => chance.one(["a.txt", "b.txt"]),
      "filename%": () => "a%20b.txt",
      "filename...": () => chance.one(["a.txt", "b.txt"]),
      size: () => "3",
      offset: () => "0",
      sha256: () => "0".repeat(64),
      b64: () => chance.one(["YWJj", "ZGVm", "b''"]),
      host: () => "127.0.0.1",
      port: () => "9001",
      id,
      emoji: () => chance.one(["👍", "+", "🎉"]),
      before: id,
      after: id,
      around: id,
      since: id,
      start: () => "2026-01-01",
      end: () => "2026-12-31",
      "words...": () => "halo",
      "note...": () => chance.one(["rapat", "cuti"]),
      part: () => "a",
      uses: () => small(),
      days: () => small(),
      invitation: small,
      target: () => chance.one([person(), person(), `${person()}@b`, "10.0.0.0/8", "10.1.2.3", "@c"]),
      duration: () => chance.one(["5s", "1m", "2d"]),
      "folder...": () => "/nowhere",
      "reason...": () => "ribut",
      report: small,
      act: small,
      limit: () => chance.one(["1", "3", "100"]),
      "client-id": () => `c${chance.below(15)}`,
      to: either,
      receiver: either,
      with: either,
      "from[@realm]": () => at(person()),
      dialect: () => "native",
      session: small,
      "client...": () => chance.one(["chat-client 1", "bot"]),
      request: () => "post",
      own: () => "a",
      version: () => "2",
      key: () => Buffer.alloc(32, chance.below(3)).toString("base64url"),
      nonce: () => Buffer.alloc(32).toString("base64url"),
      signature: () => Buffer.alloc(64).toString("base64url"),
      advertise: () => "127.0.0.1:9001",
      received: () => "0",
      seconds: () => "60",
      call: () => "0",
      "answer...": () => "{}",
      method: () => "names",
      "body...": () => "{}",
      "text...": text,
      "announcement...": text,
    };
    return values[kind]();
  }
}
