/** All other realms: a peer for each, handshakes with those that connect, checks at intervals. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Input } from "../contract/operations.ts";
import type { FinishOf, NotLinked, Refusal, ResultOf } from "../contract/refusals.ts";
import { Failure, type Result } from "../contract/result.ts";
import { kindOfAddress } from "../operations/federation/addresses.ts";
import { endRealm } from "../operations/federation/ending.ts";
import { tooManyRealms } from "../operations/federation/realms.ts";
import { forbiddenBy, realmBan } from "../operations/services/bans.ts";
import type { Caller, Services } from "../operations/services/context.ts";
import type { Candidate, Neighbours } from "../operations/services/neighbours.ts";
import { plainAddress } from "../operations/services/network.ts";
import { type Realm, type StoredFile, WithoutOrder } from "../state/entities.ts";
import type { Timer } from "../world/world.ts";
import { LINK_PROTOCOL } from "./channel.ts";
import type { RealmsContext } from "./context.ts";
import { dial, HANDSHAKE_MS, Refused } from "./dial.ts";
import { realmsFollower } from "./follow.ts";
import { type Handshake, LINK_VERSION, MOST_RECEIVED, newNonce, PLAIN_VERSION, transcript } from "./handshake.ts";
import { type Identity, isSignedBy } from "./identity.ts";
import type { AcceptedLink } from "./link.ts";
import { Peer } from "./peer.ts";
import { changes, executeCall } from "./rpc.ts";

/** How often, in ms, the peers are checked for senders that have waited too long; every tenth time for items that have. */
const CHECK_MS = 100;
const LOOK_EVERY = 10;

/** Handshakes that one connection may begin. */
const MOST_HELLOS = 3;

/** New names are collected for this long, in ms, before the linked realms are told. */
const NEWS_MS = 200;

/** A realm whose address an option has given. */
export interface Configured {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Adds the realms that options name, or gives them the addresses there. One that a user has named gives way if it has never proven
 * itself; else it must prove at the new address that it has the same key.
 */
function makeKnown(services: Services, configured: readonly Configured[]): void {
  const { realms } = services.model;
  for (const { name, host, port } of configured) {
    const known = realms.find(name);
    const isThere = known !== undefined && known.host === host && known.port === port;
    if (known && !isThere && !known.named && known.pinned === undefined) endRealm(services, known);
    if (!known || known.ended || realms.find(name) !== known) realms.add({ name, host, port, given: "operator" });
    else realms.setAddress(known, host, port, "operator");
  }
}

/** The handshakes of one connection: the one under way, and how many it has begun. */
interface Attempts {
  current: Handshake | undefined;
  begun: number;
}

export class Realms implements Neighbours {
  readonly key: string;
  readonly #identity: Identity;
  readonly #peers = new Map<Realm, Peer>();
  readonly #attempts = new WeakMap<Caller, Attempts>();
  readonly #links = new WeakMap<Caller, AcceptedLink>();
  /** Realms of the older kind, by key: the addresses that each may send from. */
  readonly #legacy = new Map<string, ReadonlySet<string>>();
  #context: RealmsContext | undefined;
  #checking: Timer | undefined;
  #checks = 0;
  /** It waits for a turn to check the peers, and to look at them, too. */
  #isDue = false;
  #mustLook = false;
  #news: Timer | undefined;
  #closed = false;

  constructor(identity: Identity) {
    this.#identity = identity;
    this.key = identity.publicKey;
  }

  /** Links with every realm that is known. @param peers and `legacy` those that options name, ours and of the older kind */
  start(context: RealmsContext, peers: readonly Configured[], legacy: readonly Configured[]): void {
    this.#context = context;
    for (const { name, host: address } of legacy) void this.#believe(name.toLowerCase(), address);
    context.turn.enter(() => {
      makeKnown(context.services, [...peers, ...legacy]);
      const { realms } = context.services.model;
      for (const realm of realms.all()) this.of(realm).wake();
      // Of one that is made known later all are told.
      if (context.place && this.#peers.size > 0) realms.askNames(context.place.node);
    });
    context.services.model.follow(realmsFollower(context.services.model, this), "all but messages");
    context.leases.follow((name) => {
      for (const peer of this.#peers.values()) if (peer.losesLease(name)) return;
    });
    this.#checking = context.own.world.every(CHECK_MS, () => this.#lookWhetherDue());
  }

  /** Ends all links; senders that still wait for a result are told that it is not known. */
  close(): void {
    this.#closed = true;
    if (!this.#context) return;
    const { own, place, services, turn } = this.#context;
    own.world.cancel(this.#checking);
    own.world.cancel(this.#news);
    turn.enter(() => {
      for (const [realm, peer] of this.#peers) {
        peer.close();
        if (place && realm.linkedOn === place.node) services.model.realms.setLinked(realm, undefined);
      }
    });
  }

  seal(time: number, text: string): string {
    return this.#identity.seal(time, text);
  }

  /** A user or group here is new: the linked realms are told that there are new names. */
  announce(): void {
    if (!this.#context?.services.policy.directory || this.#closed) return;
    this.#news ??= this.#started.own.world.after(NEWS_MS, () => {
      this.#news = undefined;
      for (const peer of this.#peers.values()) peer.announce();
    });
  }

  /** A node wants to be told the names of the other realms. */
  wantNames(): void {
    for (const peer of this.#peers.values()) peer.wantNames();
  }

  async arrival(file: StoredFile): Promise<boolean> {
    const realm = file.origin && this.#context?.services.model.realms.find(file.origin.realm);
    return realm ? this.of(realm).arrival(file) : false;
  }

  legacyAt(address: string, name: string | undefined): Realm | undefined {
    const plain = plainAddress(address);
    for (const [key, addresses] of this.#legacy) {
      if (!addresses.has(plain) || (name !== undefined && name.toLowerCase() !== key)) continue;
      return this.#context?.services.model.realms.find(key);
    }
    return undefined;
  }

  hello(caller: Caller, input: Input<"linkHello">): ResultOf<"linkHello"> {
    return partIfRefused(caller, this.#hello(caller, input));
  }

  prove(caller: Caller, input: Input<"linkProve">): ResultOf<"linkProve"> {
    return partIfRefused(caller, this.#prove(caller, input));
  }

  #hello(caller: Caller, input: Input<"linkHello">): ResultOf<"linkHello"> {
    const { own } = this.#started;
    const { realm, key, nonce, advertise } = input;
    const attempts = this.#attempts.get(caller) ?? { current: undefined, begun: 0 };
    this.#attempts.set(caller, attempts);
    if (++attempts.begun > MOST_HELLOS) return new Failure("rate-limited", "too many handshakes on one connection");
    if (caller.realm) return new Failure("bad-request", "this connection is linked already");
    const refused = this.#refusalOfVersion(caller, input);
    if (refused) return refused;
    if (realm.toLowerCase() === own.realm.toLowerCase())
      return new Failure("realm-refused", "that is this server's own name");
    const listener = { realm: own.realm, key: this.key, nonce: newNonce(own.world) };
    const handshake = { dialer: { realm, key, nonce }, listener, advertise, binding: caller.channel?.binding };
    attempts.current = handshake;
    const late = own.world.after(HANDSHAKE_MS, () => {
      if (attempts.current === handshake) caller.part();
    });
    late.unref();
    return { ...listener, signature: this.#identity.sign(transcript("listener", handshake)) };
  }

  #prove(caller: Caller, { signature, received }: Input<"linkProve">): ResultOf<"linkProve"> {
    const { services, turn, few } = this.#started;
    // A nonce serves once: there is no second try.
    if (turn.isReading) throw new WithoutOrder("a link");
    const attempts = this.#attempts.get(caller);
    const handshake = attempts?.current;
    if (!attempts || !handshake) return new Failure("realm-refused", "say link hello first, on this connection");
    attempts.current = undefined;
    const { realm: name, key } = handshake.dialer;
    if (received > MOST_RECEIVED) return new Failure("bad-request", "received: not a number of ours");
    if (!isSignedBy(key, transcript("dialer", handshake), signature)) {
      few("warn", "realm-refused", { realm: name, peer: caller.remote.address, reason: "wrong signature" });
      return new Failure("realm-refused", "the signature is wrong");
    }
    const refused = this.#refusalOf(caller, name, key);
    if (refused) return refused;
    const { realms } = services.model;
    const known = realms.find(name);
    const realm = known ?? realms.add({ name, host: undefined, port: undefined, given: "peer" });
    if (!known) services.realmLog("realm-added", { realm: name, key }, caller);
    if (realm.pinned === undefined) realms.pin(realm, key);
    this.#learnAddress(realm, caller, handshake.advertise);
    const link = this.of(realm).accept(caller, key, received);
    this.#links.set(caller, link);
    caller.become(realm, () => link.lose("it closed the connection"));
    return { realm: services.realm, received: realm.received };
  }

  answer(caller: Caller, { call, answer }: Input<"linkAnswer">): ResultOf<"linkAnswer"> {
    return this.#links.get(caller)?.settle(call, answer) ? {} : new Failure("bad-request", "no such call waits");
  }

  async probe({ name, host, port, key }: Candidate): ReturnType<Neighbours["probe"]> {
    const { own, turn, plainLinks } = this.#started;
    const place = { name, key: name.toLowerCase(), host, port, given: "operator", pinned: key, received: 0 } as const;
    let refused: Failure<"realm-refused" | "realm-unreachable"> | undefined;
    try {
      const silent = { onEvent: () => {}, onLost: () => {} };
      (await dial(own, place, plainLinks.has(place.key), silent)).wire.close();
    } catch (error) {
      refused = new Failure(error instanceof Refused ? "realm-refused" : "realm-unreachable", (error as Error).message);
    }
    await turn.entered();
    return refused;
  }

  call({ realm }: Caller, { method, body }: Input<"linkCall">): ResultOf<"linkCall"> | Promise<FinishOf<"linkCall">> {
    if (!realm) throw new Error("a call came from nobody that is linked");
    if (changes(method) && this.#started.turn.isReading) throw new WithoutOrder(method);
    if (realm.ended) return new Failure("forbidden", "this server has removed your realm");
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

  get #started(): RealmsContext {
    if (!this.#context) throw new Error("a realm has called before the server has started");
    return this.#context;
  }

  /** How many realms are linked now. */
  get linked(): number {
    let linked = 0;
    for (const peer of this.#peers.values()) if (peer.status.state === "linked") linked++;
    return linked;
  }

  /** What is there of a realm already. */
  known(realm: Realm): Peer | undefined {
    return this.#peers.get(realm);
  }

  of(realm: Realm): Peer {
    const known = this.#peers.get(realm);
    if (known && !known.closed) return known;
    const peer = new Peer(realm, this.#started, this.#legacy.has(realm.key));
    this.#peers.set(realm, peer);
    return peer;
  }

  /** Why a handshake of this version may not be made over such a connection; undefined if it may. */
  #refusalOfVersion(
    { channel, remote }: Caller,
    { version, realm, key }: Input<"linkHello">,
  ): ResultOf<"linkHello"> | undefined {
    const { services, plainLinks, few } = this.#started;
    if (version !== LINK_VERSION && (version !== PLAIN_VERSION || channel))
      return new Failure("bad-request", `this server links with version ${LINK_VERSION}`);
    if (channel) {
      if (channel.key === key) return undefined;
      few("warn", "realm-refused", { realm, peer: remote.address, reason: "certificate of another key" });
      return new Failure("realm-refused", "the certificate is of another key");
    }
    if (version === LINK_VERSION)
      return new Failure("forbidden", `links are encrypted: ask for ${LINK_PROTOCOL} by TLS`);
    if (plainLinks.has(realm.toLowerCase())) return undefined;
    const known = services.model.realms.find(realm);
    // Anybody can say so, and have read the key: it is no proof against one that has linked encrypted before.
    if (known?.pinned === key) this.of(known).older();
    return new Failure(
      "forbidden",
      "links are encrypted here: update your server, or have this one allow --plain-links",
    );
  }

  /**
   * Why a realm of this name and key may not link with this server; undefined if it may. One answer for all whom it does not know:
   * strangers are not told which names it knows.
   */
  #refusalOf({ remote }: Caller, name: string, key: string): Failure<NotLinked> | undefined {
    const { services, few } = this.#started;
    const { realms } = services.model;
    const known = realms.find(name);
    const ban = realmBan(services, name);
    // Who has proven that he is meant may know why.
    if (ban && known?.pinned === key) return forbiddenBy(ban);
    if (!known && services.policy.realms === "users" && !ban)
      return tooManyRealms(services) ? new Failure("too-many", "this server knows too many realms") : undefined;
    const fits = known?.pinned === undefined || known.pinned === key;
    if (known && fits && !known.ended && !this.#legacy.has(known.key) && !ban) return undefined;
    if (!fits) few("warn", "realm-refused", { realm: name, peer: remote.address, reason: "another key" });
    return new Failure("forbidden", "this server links only with realms that it was told of, each by its key");
  }

  /** Keeps the address that a realm advertises; one of an inner network only if it has connected from there. */
  #learnAddress(realm: Realm, caller: Caller, advertise: string | undefined): void {
    if (advertise === undefined || (realm.host !== undefined && realm.given !== "peer")) return;
    const [, named = "", digits = ""] = /^(.*):(\d{1,5})$/.exec(advertise) ?? [];
    const from = plainAddress(caller.remote.address);
    const host = named === "" ? from : named.replace(/^\[(.*)\]$/, "$1");
    const port = Number(digits);
    if (!(port >= 1 && port <= 65_535) || !/^[\w.:%-]{1,253}$/.test(host)) return;
    const kind = isIP(host) > 0 ? kindOfAddress(host) : "outer";
    if (kind === "nowhere" || (kind === "inner" && host !== from)) return;
    if (host === realm.host && port === realm.port) return;
    this.#started.services.model.realms.setAddress(realm, host, port, "peer");
  }

  /** Where there are other nodes, a turn has its price. */
  #lookWhetherDue(): void {
    const { own, turn } = this.#started;
    const looking = ++this.#checks % LOOK_EVERY === 0;
    this.#mustLook ||= looking;
    if (this.#isDue || ![...this.#peers.values()].some((peer) => peer.isDue(own.world.elapsed(), looking))) return;
    this.#isDue = true;
    turn.enter(() => {
      this.#isDue = false;
      this.#check(this.#mustLook);
      this.#mustLook = false;
    });
  }

  #check(looking: boolean): void {
    const { world } = this.#started.own;
    const [now, elapsed] = [world.now(), world.elapsed()];
    for (const [realm, peer] of this.#peers) {
      if (peer.closed) this.#peers.delete(realm);
      try {
        peer.check(elapsed);
        if (looking) peer.look(now);
      } catch (error) {
        this.#started.services.fault(error, "realms");
      }
    }
  }
}

function partIfRefused<T>(caller: Caller, answer: T): T {
  if (answer instanceof Failure) caller.part();
  return answer;
}

function asData(answer: Result<unknown, Refusal<"linkCall">>): ResultOf<"linkCall"> {
  return answer instanceof Failure ? answer : { data: answer };
}
