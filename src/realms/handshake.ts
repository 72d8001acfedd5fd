/** How two servers prove to each other who they are: PROTOCOL.md, "Linking". */
import { randomBytes } from "node:crypto";

/** The version of the handshake and of what follows it. */
export const LINK_VERSION = "1";

/** The highest number that an item may have: microseconds since 1970, in the year 2200. More would leave none for the next. */
export const MOST_RECEIVED = Date.UTC(2200) * 1000;

export interface Side {
  readonly realm: string;
  /** Public key, base64url. */
  readonly key: string;
  /** 32 random bytes, base64url. */
  readonly nonce: string;
}

export interface Meeting {
  readonly dialer: Side;
  readonly listener: Side;
  /** Where the dialer says that it can be called, as it said it. */
  readonly advertise: string | undefined;
}

export function newNonce(): string {
  return randomBytes(32).toString("base64url");
}

/** What `role` signs: nobody can use it in another direction, for other names or at another time. */
export function transcript(role: "dialer" | "listener", { dialer, listener, advertise }: Meeting): string {
  return [
    `obrol realm link ${LINK_VERSION}`,
    role,
    dialer.realm,
    dialer.key,
    dialer.nonce,
    advertise ?? "",
    listener.realm,
    listener.key,
    listener.nonce,
    "",
  ].join("\n");
}
