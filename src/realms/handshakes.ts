/** The listener's side of the handshake, for servers that connect to this one: PROTOCOL.md, "Linking". The dialer's is in dial.ts. */
import { isIP } from "node:net";
import type { Input } from "../contract/operations.ts";
import type { NotLinked, ResultOf } from "../contract/refusals.ts";
import { Failure } from "../contract/result.ts";
import { kindOfAddress } from "../operations/federation/addresses.ts";
import { tooManyRealms } from "../operations/federation/realms.ts";
import { forbiddenBy, realmBan } from "../operations/services/bans.ts";
import type { Caller } from "../operations/services/context.ts";
import { plainAddress } from "../operations/services/network.ts";
import { type Realm, WithoutOrder } from "../state/entities.ts";
import { LINK_PROTOCOL } from "./channel.ts";
import type { RealmsContext } from "./context.ts";
import { HANDSHAKE_MS } from "./dial.ts";
import { type Handshake, LINK_VERSION, MOST_RECEIVED, newNonce, PLAIN_VERSION, transcript } from "./handshake.ts";
import { type Identity, isSignedBy } from "./identity.ts";
import type { AcceptedLink } from "./link.ts";
import type { Peer } from "./peer.ts";

/** Handshakes that one connection may begin. */
const MOST_HELLOS = 3;

/** The handshakes of one connection: the one under way, and how many it has begun. */
interface Attempts {
  current: Handshake | undefined;
  begun: number;
}

/** The realms' peers. */
interface Peers {
  of(realm: Realm): Peer;
  isLegacy(key: string): boolean;
}

export class Handshakes {
  readonly #context: RealmsContext;
  readonly #identity: Identity;
  readonly #peers: Peers;
  readonly #attempts = new WeakMap<Caller, Attempts>();
  readonly #links = new WeakMap<Caller, AcceptedLink>();

  constructor(context: RealmsContext, identity: Identity, peers: Peers) {
    this.#context = context;
    this.#identity = identity;
    this.#peers = peers;
  }

  /** `link hello`: says who this server is, and proves it. One that is refused is disconnected, as by `prove`. */
  hello(caller: Caller, input: Input<"linkHello">): ResultOf<"linkHello"> {
    return partIfRefused(caller, this.#begin(caller, input));
  }

  /** `link prove`: the other server has proven who it is, and is linked from now on. Within a turn. */
  prove(caller: Caller, input: Input<"linkProve">): ResultOf<"linkProve"> {
    return partIfRefused(caller, this.#end(caller, input));
  }

  /** The link that a connection has become by `prove`. */
  linkOf(caller: Caller): AcceptedLink | undefined {
    return this.#links.get(caller);
  }

  #begin(caller: Caller, input: Input<"linkHello">): ResultOf<"linkHello"> {
    const { own } = this.#context;
    const { realm, key, nonce, advertise } = input;
    const attempts = this.#attempts.get(caller) ?? { current: undefined, begun: 0 };
    this.#attempts.set(caller, attempts);
    if (++attempts.begun > MOST_HELLOS) return new Failure("rate-limited", "too many handshakes on one connection");
    if (caller.realm) return new Failure("bad-request", "this connection is linked already");
    const refused = this.#refusalOfVersion(caller, input);
    if (refused) return refused;
    if (realm.toLowerCase() === own.realm.toLowerCase())
      return new Failure("realm-refused", "that is this server's own name");
    const listener = { realm: own.realm, key: this.#identity.publicKey, nonce: newNonce(own.world) };
    const handshake = { dialer: { realm, key, nonce }, listener, advertise, binding: caller.channel?.binding };
    attempts.current = handshake;
    const late = own.world.after(HANDSHAKE_MS, () => {
      if (attempts.current === handshake) caller.part();
    });
    late.unref();
    return { ...listener, signature: this.#identity.sign(transcript("listener", handshake)) };
  }

  #end(caller: Caller, { signature, received }: Input<"linkProve">): ResultOf<"linkProve"> {
    const { services, turn, few } = this.#context;
    // Asked before the nonce is used up: it serves only once.
    if (turn.isTentative) throw new WithoutOrder("a link");
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
    const link = this.#peers.of(realm).accept(caller, key, received);
    this.#links.set(caller, link);
    caller.become(realm, () => link.lose("it closed the connection"));
    return { realm: services.realm, received: realm.received };
  }

  /** Why a handshake of this version may not be made over such a connection; undefined if it may. */
  #refusalOfVersion(
    { channel, remote }: Caller,
    { version, realm, key }: Input<"linkHello">,
  ): ResultOf<"linkHello"> | undefined {
    const { services, plainLinks, few } = this.#context;
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
    if (known?.pinned === key) this.#peers.of(known).older();
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
    const { services, few } = this.#context;
    const { realms } = services.model;
    const known = realms.find(name);
    const ban = realmBan(services, name);
    // Who has proven that he is meant may know why.
    if (ban && known?.pinned === key) return forbiddenBy(ban);
    if (!known && services.policy.realms === "users" && !ban)
      return tooManyRealms(services) ? new Failure("too-many", "this server knows too many realms") : undefined;
    const fits = known?.pinned === undefined || known.pinned === key;
    if (known && fits && !known.ended && !this.#peers.isLegacy(known.key) && !ban) return undefined;
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
    this.#context.services.model.realms.setAddress(realm, host, port, "peer");
  }
}

function partIfRefused<T>(caller: Caller, answer: T): T {
  if (answer instanceof Failure) caller.part();
  return answer;
}
