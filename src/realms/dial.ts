/** Connects to another server and does the dialer's side of the handshake: PROTOCOL.md, "Linking". */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { LinkError, RefusedRequest, UnreadableReply } from "../connection/errors.ts";
import { Wire } from "../connection/wire.ts";
import { kindOfAddress } from "../operations/federation/addresses.ts";
import { plainOf } from "../operations/untrusted.ts";
import type { ToldEvent } from "../protocol/replies.ts";
import type { Realm } from "../state/entities.ts";
import type { World } from "../world/world.ts";
import { type Handshake, LINK_VERSION, MOST_RECEIVED, newNonce, transcript } from "./handshake.ts";
import { type Identity, isSignedBy } from "./identity.ts";
import { MAX_REPLY } from "./link.ts";

/** How long a handshake may take, in ms. */
export const HANDSHAKE_MS = 10_000;
/** How long connecting may take, in ms. */
const CONNECT_MS = 5000;

const NO_LINKS = "it is no server that links";

/** One of the two servers is not the one that the other expects: there is no sense in trying again. */
export class Refused extends Error {}

/** This server, as it presents itself to others. */
export interface LocalRealm {
  readonly realm: string;
  readonly world: World;
  readonly identity: Identity;
  /** The address to advertise, `HOST:PORT` or `:PORT`, if any. @param from the local address of the connection */
  advertise(from: string | undefined): string | undefined;
  /** Whether it can be reached only from its own machine: then any user may lead it to what is there, too. */
  onlyLoopback(): boolean;
}

/** A connection whose other end has proven who it is. */
export interface Dialed {
  readonly wire: Wire;
  /** Its public key, base64url. */
  readonly key: string;
  /** The highest number of our items that it has. */
  readonly received: number;
}

interface Listeners {
  onEvent(event: ToldEvent): void;
  onLost(reason: Error): void;
}

/** Links with a realm whose address is known. @throws Refused; Error in one line when it cannot be reached. */
export async function dial(own: LocalRealm, realm: Realm, listeners: Listeners): Promise<Dialed> {
  const address = await resolved(own, realm);
  const wire = await Wire.connect({
    world: own.world,
    host: address,
    port: realm.port as number,
    connectTimeout: CONNECT_MS,
    maxReply: MAX_REPLY + 1024,
    ...listeners,
  });
  let silent = false;
  const late = own.world.after(HANDSHAKE_MS, () => {
    silent = true;
    wire.close();
  });
  try {
    return await shakeHands(own, realm, wire);
  } catch (error) {
    wire.close();
    const place = `${realm.host}:${realm.port}`;
    if (silent) throw new Error(`${place} does not answer: is it a chat-server?`, { cause: error });
    if (error instanceof LinkError)
      throw new Error(`${place}: ${error.message}: is it a chat-server?`, { cause: error });
    throw error;
  } finally {
    own.world.cancel(late);
  }
}

async function shakeHands(own: LocalRealm, realm: Realm, wire: Wire): Promise<Dialed> {
  const { identity } = own;
  await accepted(wire.call("dialect", { dialect: "native" }));
  const dialer = { realm: own.realm, key: identity.publicKey, nonce: newNonce(own.world) };
  const advertise = own.advertise(wire.localAddress);
  const hello = { version: LINK_VERSION, ...dialer, ...(advertise !== undefined && { advertise }) };
  const { realm: name, key, nonce, signature } = await accepted(wire.call("linkHello", hello));
  const handshake: Handshake = { dialer, listener: { realm: name, key, nonce }, advertise };
  if (name.toLowerCase() !== realm.key) throw new Refused(`it answers as ${plainOf(name)}, not as ${realm.name}`);
  if (realm.pinned !== undefined && key !== realm.pinned) {
    throw new Refused(`it has another key (${plainOf(key)}) than the one known (${realm.pinned})`);
  }
  if (!isSignedBy(key, transcript("listener", handshake), signature)) {
    throw new Refused("its signature is wrong");
  }
  const proof = identity.sign(transcript("dialer", handshake));
  const { received } = await accepted(wire.call("linkProve", { signature: proof, received: realm.received }));
  if (received > MOST_RECEIVED) throw new Refused(NO_LINKS);
  return { wire, key, received };
}

/**
 * The realm's address. A host name may resolve to anything: unless an operator gave it, it must not lead a server that
 * strangers reach into its own network. @throws Refused
 */
async function resolved(own: LocalRealm, { host = "", given }: Realm): Promise<string> {
  const address = isIP(host) > 0 ? host : (await lookup(host)).address;
  const kind = kindOfAddress(address);
  if (kind === "nowhere") throw new Refused(`${host} is ${address}, which is no address of a server`);
  // A realm may advertise an inner address that it has connected from, but not a name that resolves to one.
  const mayBeInner =
    given === "operator" || (given === "user" && own.onlyLoopback()) || (given === "peer" && isIP(host) > 0);
  if (kind === "inner" && !mayBeInner) throw new Refused(`${host} is ${address}, of this server's own network`);
  return address;
}

/** The reply. @throws Refused, Error */
function accepted<T>(reply: Promise<T>): Promise<T> {
  return reply.catch((error: unknown) => {
    if (error instanceof UnreadableReply) throw new Refused(NO_LINKS);
    if (!(error instanceof RefusedRequest)) throw error;
    const { code, detail } = error.reply;
    const text = `it refused: ${plainOf(code)}${detail === undefined ? "" : ` (${plainOf(detail)})`}`;
    const hint = "; its administrator must give it our key, or we need our old one back";
    throw code === "realm-refused" ? new Refused(text + hint) : new Error(text);
  });
}
