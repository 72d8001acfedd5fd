/** All other realms: found by name, linked, and told of what waits for them. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { ItemResult } from "../contract/items.ts";
import type { Input } from "../contract/operations.ts";
import type { Answer, Ending, NotLinked, Refusal } from "../contract/refusals.ts";
import { Failure, type Result } from "../contract/result.ts";
import { kindOfAddress, plainAddress } from "../operations/federation/addresses.ts";
import type { Caller, LinkStatus, Neighbours } from "../operations/services/context.ts";
import type { Realm, StoredFile } from "../state/entities.ts";
import type { Model } from "../state/model.ts";
import { HANDSHAKE_MS } from "./dial.ts";
import { NamesKept } from "./directory.ts";
import { LINK_VERSION, type Meeting, MOST_RECEIVED, newNonce, transcript } from "./handshake.ts";
import type { Host } from "./host.ts";
import { type Identity, isSignedBy } from "./identity.ts";
import type { AcceptedLink } from "./link.ts";
import { Peer } from "./peer.ts";
import { executeCall } from "./rpc.ts";

/** How often, in ms, it is looked after who waits, and what has waited too long. */
const CHECK_MS = 100;
const LOOK_EVERY = 10;

/** Realms that may make themselves known. */
const MOST_REALMS = 1000;

/** Handshakes that one connection may begin. */
const HELLOS = 3;

/** New names are told of together, after this, in ms. */
const NEWS_MS = 200;

/** A server whose address an option has given. */
export interface Configured {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** They are known from now on, by these addresses. */
export function makeKnown({ realms }: Model, configured: readonly Configured[]): void {
  for (const { name, host, port } of configured) {
    const known = realms.find(name);
    if (!known) realms.add({ name, host, port, given: "operator" });
    else if (known.host !== host || known.port !== port) realms.setAddress(known, host, port, "operator");
  }
}

interface Handshake {
  meeting: Meeting | undefined;
  begun: number;
}

export class Realms implements Neighbours {
  readonly key: string;
  readonly #identity: Identity;
  readonly #peers = new Map<string, Peer>();
  readonly #handshakes = new WeakMap<Caller, Handshake>();
  readonly #links = new WeakMap<Caller, AcceptedLink>();
  /** By key: the addresses that each may send from. */
  readonly #legacy = new Map<string, ReadonlySet<string>>();
  readonly #kept = new NamesKept();
  #host: Host | undefined;
  #checking: NodeJS.Timeout | undefined;
  #checks = 0;
  #news: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(identity: Identity) {
    this.#identity = identity;
    this.key = identity.publicKey;
  }

  /** Links with every realm that is known. @param legacy those of them that are of the older kind */
  start(host: Host, legacy: readonly Configured[]): void {
    this.#host = host;
    for (const { name, host: address } of legacy) void this.#believe(name.toLowerCase(), address);
    for (const realm of host.services.model.realms.all()) this.wake(realm);
    this.#checking = setInterval(() => host.turn.enter(() => this.#check()), CHECK_MS);
  }

  /** Whoever waits for a realm is told that it is not known; links end. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#checking);
    clearTimeout(this.#news);
    this.#host?.turn.enter(() => {
      for (const peer of this.#peers.values()) peer.close();
    });
  }

  seal(time: number, said: string): string {
    return this.#identity.seal(time, said);
  }

  wake(realm: Realm): void {
    this.#peer(realm).wake();
  }

  expect(realm: Realm, n: number, then: (result: ItemResult | undefined) => void): void {
    this.#peer(realm).expect(n, then);
  }

  meet(realm: Realm): Promise<LinkStatus | undefined> {
    return this.#peer(realm).meet();
  }

  status(realm: Realm): LinkStatus {
    return this.#peer(realm).status;
  }

  usersOf(realm: Realm): readonly string[] {
    return this.#peer(realm).directory.users;
  }

  hasGroup(realm: Realm, group: string): boolean {
    return this.#peer(realm).directory.hasGroup(group);
  }

  refresh(realm: Realm): void {
    this.#peer(realm).refresh();
  }

  announce(): void {
    if (!this.#host?.services.policy.directory || this.#closed) return;
    this.#news ??= setTimeout(() => {
      this.#news = undefined;
      for (const peer of this.#peers.values()) peer.announce();
    }, NEWS_MS);
  }

  async arrival(file: StoredFile): Promise<boolean> {
    const realm = file.origin && this.#host?.services.model.realms.find(file.origin.realm);
    return realm ? this.#peer(realm).arrival(file) : false;
  }

  legacyAt(address: string, name: string | undefined): Realm | undefined {
    const plain = plainAddress(address);
    for (const [key, addresses] of this.#legacy) {
      if (!addresses.has(plain) || (name !== undefined && name.toLowerCase() !== key)) continue;
      return this.#host?.services.model.realms.find(key);
    }
    return undefined;
  }

  hello(caller: Caller, input: Input<"linkHello">): Answer<"linkHello"> {
    const { own } = this.#started;
    const { version, realm, key, nonce, advertise } = input;
    const handshake = this.#handshakes.get(caller) ?? { meeting: undefined, begun: 0 };
    this.#handshakes.set(caller, handshake);
    if (++handshake.begun > HELLOS) return new Failure("rate-limited", "too many handshakes on one connection");
    if (caller.realm) return new Failure("bad-request", "this connection is linked already");
    if (version !== LINK_VERSION) return new Failure("bad-request", `this server links with version ${LINK_VERSION}`);
    const refused = this.#doubtful(realm, key);
    if (refused) return refused;
    const listener = { realm: own.realm, key: this.key, nonce: newNonce() };
    const meeting: Meeting = { dialer: { realm, key, nonce }, listener, advertise };
    handshake.meeting = meeting;
    setTimeout(() => {
      if (handshake.meeting === meeting) caller.part();
    }, HANDSHAKE_MS).unref();
    return { ...listener, signature: this.#identity.sign(transcript("listener", meeting)) };
  }

  prove(caller: Caller, { signature, received }: Input<"linkProve">): Answer<"linkProve"> {
    const { services } = this.#started;
    const handshake = this.#handshakes.get(caller);
    const meeting = handshake?.meeting;
    if (!handshake || !meeting) return new Failure("realm-refused", "say link hello first, on this connection");
    // A nonce serves once.
    handshake.meeting = undefined;
    const { realm: name, key } = meeting.dialer;
    if (received > MOST_RECEIVED) return new Failure("bad-request", "received: not a number of ours");
    const refused = this.#doubtful(name, key);
    if (refused) return refused;
    if (!isSignedBy(key, transcript("dialer", meeting), signature)) {
      this.#started.log("warn", "realm-refused", {
        realm: name,
        peer: caller.remote.address,
        reason: "wrong signature",
      });
      return new Failure("realm-refused", "the signature is wrong");
    }
    const { realms } = services.model;
    const realm = realms.find(name) ?? realms.add({ name, host: undefined, port: undefined, given: "peer" });
    if (realm.pinned === undefined) realms.pin(realm, key);
    this.#learn(realm, caller, meeting.advertise);
    const link = this.#peer(realm).accept(caller, key, received);
    this.#links.set(caller, link);
    caller.become(realm, () => link.lose("it closed the connection"));
    return { realm: services.realm, received: realm.received };
  }

  answer(caller: Caller, { call, answer }: Input<"linkAnswer">): Answer<"linkAnswer"> {
    return this.#links.get(caller)?.answered(call, answer) ? {} : new Failure("bad-request", "no such call waits");
  }

  call({ realm }: Caller, { method, body }: Input<"linkCall">): Answer<"linkCall"> | Promise<Ending<"linkCall">> {
    if (!realm) throw new Error("a call came from nobody that is linked");
    const answer = executeCall(this.#started.services, realm, method, body);
    return answer instanceof Promise ? answer.then((finish) => () => asData(finish())) : asData(answer);
  }

  /** A realm of the older kind may send from its addresses, once they are known. */
  async #believe(key: string, host: string): Promise<void> {
    this.#legacy.set(key, new Set(isIP(host) > 0 ? [plainAddress(host)] : []));
    if (isIP(host) > 0) return;
    const found = await lookup(host, { all: true }).catch(() => []);
    this.#legacy.set(key, new Set(found.map(({ address }) => plainAddress(address))));
  }

  get #started(): Host {
    if (!this.#host) throw new Error("a realm has called before the server has started");
    return this.#host;
  }

  #peer(realm: Realm): Peer {
    let peer = this.#peers.get(realm.key);
    // Its record may have been taken back with the turn that made it, and made again.
    if (!peer || peer.realm !== realm) {
      peer?.close();
      peer = new Peer(realm, this.#started, this.#kept, this.#legacy.has(realm.key));
      this.#peers.set(realm.key, peer);
    }
    return peer;
  }

  /** May a realm of this name and key link with this server? */
  #doubtful(name: string, key: string): Failure<NotLinked> | undefined {
    const { services } = this.#started;
    const { realm: own, model, policy } = services;
    if (name.toLowerCase() === own.toLowerCase()) return new Failure("realm-refused", "that is this server's own name");
    const known = model.realms.find(name);
    if (!known) {
      if (policy.realms !== "users")
        return new Failure("forbidden", "this server links only with realms that it was told of");
      if ([...model.realms.all()].length >= MOST_REALMS)
        return new Failure("too-many", "this server knows too many realms");
      return undefined;
    }
    if (this.#legacy.has(known.key)) return new Failure("forbidden", "a realm of the older kind does not link");
    if (known.pinned === undefined || known.pinned === key) return undefined;
    this.#peer(known).doubt("somebody else has tried to link under its name, with another key");
    return new Failure("realm-refused", `${known.name} is known here by another key`);
  }

  /** Where it says that it can be called: an address of an inner network only if it has called from there. */
  #learn(realm: Realm, caller: Caller, advertise: string | undefined): void {
    if (advertise === undefined || (realm.host !== undefined && realm.given !== "peer")) return;
    const [, told = "", digits = ""] = /^(.*):(\d{1,5})$/.exec(advertise) ?? [];
    const from = plainAddress(caller.remote.address);
    const host = told === "" ? from : told.replace(/^\[(.*)\]$/, "$1");
    const port = Number(digits);
    if (!(port >= 1 && port <= 65_535) || !/^[\w.:%-]{1,253}$/.test(host)) return;
    const kind = isIP(host) > 0 ? kindOfAddress(host) : "outer";
    if (kind === "nowhere" || (kind === "inner" && host !== from)) return;
    if (host === realm.host && port === realm.port) return;
    this.#started.services.model.realms.setAddress(realm, host, port, "peer");
  }

  #check(): void {
    const now = Date.now();
    const looking = ++this.#checks % LOOK_EVERY === 0;
    for (const peer of this.#peers.values()) {
      try {
        peer.check(now);
        if (looking) peer.look(now);
      } catch (error) {
        this.#started.services.fault(error, "realms");
      }
    }
  }
}

function asData(answer: Result<unknown, Refusal<"linkCall">>): Answer<"linkCall"> {
  return answer instanceof Failure ? answer : { data: answer };
}
