/** All other realms: a peer for each, the requests of those that have dialed, checks at intervals. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Input } from "../contract/operations.ts";
import type { FinishOf, Refusal, ResultOf } from "../contract/refusals.ts";
import { Failure, type Result } from "../contract/result.ts";
import { endRealm } from "../operations/federation/ending.ts";
import type { Caller, Services } from "../operations/services/context.ts";
import type { Candidate, Neighbours } from "../operations/services/neighbours.ts";
import { plainAddress } from "../operations/services/network.ts";
import { type Realm, type StoredFile, WithoutOrder } from "../state/entities.ts";
import { untilKept } from "../state/until-kept.ts";
import type { Timer } from "../world/world.ts";
import type { RealmsContext } from "./context.ts";
import { dial, Refused } from "./dial.ts";
import { realmsFollower } from "./follow.ts";
import { Handshakes } from "./handshakes.ts";
import type { Identity } from "./identity.ts";
import { Peer } from "./peer.ts";
import { changes, executeCall } from "./rpc.ts";

/** How often, in ms, the peers are checked for senders that have waited too long; every tenth time for items that have. */
const CHECK_MS = 100;
const LOOK_EVERY = 10;

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

export class Realms implements Neighbours {
  readonly key: string;
  readonly #identity: Identity;
  readonly #peers = new Map<Realm, Peer>();
  /** Realms of the older kind, by key: the addresses that each may send from. */
  readonly #legacy = new Map<string, ReadonlySet<string>>();
  #context: RealmsContext | undefined;
  #handshakes: Handshakes | undefined;
  #checking: Timer | undefined;
  #checks = 0;
  /** It waits for a turn to check the peers, and to look at them, too. */
  #isDue = false;
  #mustLook = false;
  #news: Timer | undefined;
  #closed = false;
  #isFollowing = false;

  constructor(identity: Identity) {
    this.#identity = identity;
    this.key = identity.publicKey;
  }

  /** Links with every realm that is known. @param peers and `legacy` those that options name, ours and of the older kind */
  start(context: RealmsContext, peers: readonly Configured[], legacy: readonly Configured[]): void {
    this.#context = context;
    this.#handshakes = new Handshakes(context, this.#identity, this);
    for (const { name, host: address } of legacy) void this.#believe(name.toLowerCase(), address);
    untilKept(context.turn, context.own.world, () => this.#begin(context, [...peers, ...legacy]));
    context.leases.follow((name) => {
      for (const peer of this.#peers.values()) if (peer.losesLease(name)) return;
    });
    this.#checking = context.own.world.every(CHECK_MS, () => this.#lookWhetherDue());
  }

  /** Makes realms known that options name, and asks other nodes for what they know. */
  #begin({ ownNode, services }: RealmsContext, configured: readonly Configured[]): void {
    if (this.#closed) return;
    makeKnown(services, configured);
    const { model } = services;
    for (const realm of model.realms.all()) this.of(realm).wake();
    // From here on others' realms are left to them; those above are this node's, too.
    if (!this.#isFollowing) model.follow(realmsFollower(model, this));
    this.#isFollowing = true;
    // Of one that is made known later all are told.
    if (ownNode && this.#peers.size > 0) model.realms.askNames(ownNode.node);
  }

  /** Ends all links; senders that still wait for a result are told that it is not known. */
  close(): void {
    this.#closed = true;
    if (!this.#context) return;
    const { own, ownNode, services, turn } = this.#context;
    own.world.cancel(this.#checking);
    own.world.cancel(this.#news);
    turn.enter(() => {
      for (const [realm, peer] of this.#peers) {
        peer.close();
        if (ownNode && realm.linkedOn === ownNode.node) services.model.realms.setLinked(realm, undefined);
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

  /** Whether the realm with this key is of the older kind, which has no links. */
  isLegacy(key: string): boolean {
    return this.#legacy.has(key);
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
    return started(this.#handshakes).hello(caller, input);
  }

  prove(caller: Caller, input: Input<"linkProve">): ResultOf<"linkProve"> {
    return started(this.#handshakes).prove(caller, input);
  }

  answer(caller: Caller, { call, answer }: Input<"linkAnswer">): ResultOf<"linkAnswer"> {
    return this.#handshakes?.linkOf(caller)?.settle(call, answer)
      ? {}
      : new Failure("bad-request", "no such call waits");
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
    if (changes(method) && this.#started.turn.isTentative) throw new WithoutOrder(method);
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
    return started(this.#context);
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
    const peer = new Peer(realm, this.#started, this.isLegacy(realm.key));
    this.#peers.set(realm, peer);
    return peer;
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

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("a realm has called before the server has started");
  return part;
}

function asData(answer: Result<unknown, Refusal<"linkCall">>): ResultOf<"linkCall"> {
  return answer instanceof Failure ? answer : { data: answer };
}
