/**
 * The first byte of a connection tells whether it is encrypted, so one port serves both kinds. That works because the client
 * always speaks first.
 */

/** `tls`: a handshake follows. */
export type Beginning = "plain" | "tls";

/** RFC 8446, 5.1: the type of a record with a handshake. No request begins with this byte, which is a control character. */
const HANDSHAKE = 0x16;

export function beginningOf(bytes: Uint8Array): Beginning {
  return bytes[0] === HANDSHAKE ? "tls" : "plain";
}
