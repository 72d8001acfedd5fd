/** How two servers prove to each other who they are: PROTOCOL.md, "Linking". */
import type { World } from "../world/world.ts";

/** The version of the handshake and of what follows it: what is signed over a channel is bound to it. */
export const LINK_VERSION = "2";
/** That of links which are not encrypted. */
export const PLAIN_VERSION = "1";

/** The highest number of an item that a peer may claim to have: microseconds since 1970, in the year 2200. */
export const MOST_RECEIVED = Date.UTC(2200) * 1000;

/** What one server says of itself in the handshake. */
export interface Side {
  readonly realm: string;
  /** Public key, base64url. */
  readonly key: string;
  /** 32 random bytes, base64url. */
  readonly nonce: string;
}

/** What both servers have said: all that their signatures cover. */
export interface Handshake {
  readonly dialer: Side;
  readonly listener: Side;
  /** The address that the dialer advertises, as it sent it. */
  readonly advertise: string | undefined;
  /** Of the channel that it is made over; undefined where there is none. */
  readonly binding: string | undefined;
}

/** 32 random bytes, base64url. */
export function newNonce(world: World): string {
  return world.randomBytes(32).toString("base64url");
}

/**
 * The text that `role` signs. It holds both names, keys and nonces: a signature serves in no other handshake or role, nor, where
 * there is a channel, over another.
 */
export function transcript(role: "dialer" | "listener", { dialer, listener, advertise, binding }: Handshake): string {
  return [
    `obrol realm link ${binding === undefined ? PLAIN_VERSION : LINK_VERSION}`,
    role,
    dialer.realm,
    dialer.key,
    dialer.nonce,
    advertise ?? "",
    listener.realm,
    listener.key,
    listener.nonce,
    ...(binding === undefined ? [] : [binding]),
    "",
  ].join("\n");
}
