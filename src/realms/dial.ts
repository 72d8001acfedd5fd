/** Connects to another server and does the dialer's side of the handshake: PROTOCOL.md, "Linking". */
import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { LinkError, RefusedRequest, UnreadableReply } from "../connection/errors.ts";
import { openSocket } from "../connection/open-socket.ts";
import { Wire } from "../connection/wire.ts";
import { kindOfAddress } from "../operations/federation/addresses.ts";
import type { LinkChannel } from "../operations/services/context.ts";
import { plainOf } from "../operations/untrusted.ts";
import type { ToldEvent } from "../protocol/replies.ts";
import type { Realm } from "../state/entities.ts";
import type { World } from "../world/world.ts";
import { channelOf, dialedChannel } from "./channel.ts";
import { type Handshake, LINK_VERSION, MOST_RECEIVED, newNonce, PLAIN_VERSION, transcript } from "./handshake.ts";
import { type Identity, isSignedBy } from "./identity.ts";
import { MAX_REPLY } from "./link.ts";

/** How long a handshake may take, in ms. */
export const HANDSHAKE_MS = 10_000;
/** How long connecting may take, in ms. */
const CONNECT_MS = 5000;

/** Bytes of what the other server says: an answer, and the frame around it. */
const MOST_IN_REPLY = MAX_REPLY + 1024;

const NO_LINKS = "it is no server that links";

/** One of the two servers is not the one that the other expects: there is no sense in trying again. */
export class Refused extends Error {}

/** The other server is an older one, whose links are not encrypted. */
export class OlderServer extends Error {}

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

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Of a realm, what it takes to dial it. */
type Dialable = Pick<Realm, "name" | "key" | "host" | "port" | "given" | "pinned" | "received"> & {
  readonly encrypted?: boolean;
};

interface Listeners {
  onEvent(event: ToldEvent): void;
  onLost(reason: Error): void;
}

/**
 * Links with a realm whose address is known.
 * @param isPlain without encryption, as older servers do
 * @throws Refused, OlderServer; Error in one line when it cannot be reached.
 */
export async function dial(own: LocalRealm, realm: Dialable, isPlain: boolean, listeners: Listeners): Promise<Dialed> {
  const { world } = own;
  const place = { host: await resolved(own, realm), port: realm.port as number };
  const socket = await openSocket(place, world, CONNECT_MS);
  const { over, channel } = isPlain ? { over: socket, channel: undefined } : await secured(own, realm, socket, place);
  const wire = new Wire(over, { world, maxReply: MOST_IN_REPLY, ...listeners });
  let silent = false;
  const late = world.after(HANDSHAKE_MS, () => {
    silent = true;
    wire.close();
  });
  try {
    return await shakeHands(own, realm, wire, channel);
  } catch (error) {
    wire.close();
    if (silent) throw new Error(`${placeOf(realm)} does not answer: is it a chat-server?`, { cause: error });
    if (error instanceof LinkError)
      throw new Error(`${placeOf(realm)}: ${error.message}: is it a chat-server?`, { cause: error });
    throw error;
  } finally {
    world.cancel(late);
  }
}

function placeOf({ host, port }: Dialable): string {
  return `${host}:${port}`;
}

interface Secured {
  readonly over: Socket;
  readonly channel: LinkChannel;
}

/** @throws Refused for one that is not the realm's, OlderServer, Error */
async function secured(own: LocalRealm, realm: Dialable, socket: Socket, place: Place): Promise<Secured> {
  const secure = await dialedChannel(socket, own.identity, own.world).catch(async (error: unknown) => {
    const said = placeOf(realm);
    // One that has linked encrypted is no older server: somebody is in between.
    if (!realm.encrypted && (await isOlder(own, place)))
      throw new OlderServer(`${said} is an older server`, { cause: error });
    throw new Error(`${said} does not link: ${(error as Error).message}: is it a chat-server?`, { cause: error });
  });
  try {
    const channel = channelOf(secure);
    if (!channel) throw new Refused("its certificate is of no realm: it holds no Ed25519 key");
    refuseOtherKey(realm, channel.key);
    return { over: secure, channel };
  } catch (error) {
    secure.destroy();
    throw error;
  }
}

/** @throws Refused */
function refuseOtherKey({ pinned }: Dialable, key: string): void {
  if (pinned !== undefined && key !== pinned)
    throw new Refused(`it has another key (${plainOf(key)}) than the one known (${pinned})`);
}

/** Whether a server with which there is no channel says, without one, that it links, and not in this version. */
async function isOlder({ realm, world, identity }: LocalRealm, place: Place): Promise<boolean> {
  const options = { world, ...place, connectTimeout: CONNECT_MS, maxReply: MOST_IN_REPLY };
  const wire = await Wire.connect(options).catch(() => undefined);
  const late = world.after(CONNECT_MS, () => wire?.close());
  try {
    await wire?.call("dialect", { dialect: "native" });
    const nonce = newNonce(world);
    await wire?.call("linkHello", { version: LINK_VERSION, realm, key: identity.publicKey, nonce });
    return false;
  } catch (error) {
    // One of today says that it is `forbidden` without a channel.
    return error instanceof RefusedRequest && error.code === "bad-request";
  } finally {
    world.cancel(late);
    wire?.close();
  }
}

async function shakeHands(
  own: LocalRealm,
  realm: Dialable,
  wire: Wire,
  channel: LinkChannel | undefined,
): Promise<Dialed> {
  const { identity } = own;
  await accepted(wire.call("dialect", { dialect: "native" }));
  const dialer = { realm: own.realm, key: identity.publicKey, nonce: newNonce(own.world) };
  const advertise = own.advertise(wire.localAddress);
  const version = channel ? LINK_VERSION : PLAIN_VERSION;
  const hello = { version, ...dialer, ...(advertise !== undefined && { advertise }) };
  const { realm: name, key, nonce, signature } = await accepted(wire.call("linkHello", hello));
  const listener = { realm: name, key, nonce };
  const handshake: Handshake = { dialer, listener, advertise, binding: channel?.binding };
  if (name.toLowerCase() !== realm.key) throw new Refused(`it answers as ${plainOf(name)}, not as ${realm.name}`);
  refuseOtherKey(realm, key);
  if (channel && channel.key !== key) throw new Refused("its certificate is of another key than it says it has");
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
async function resolved(own: LocalRealm, { host = "", given }: Dialable): Promise<string> {
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
