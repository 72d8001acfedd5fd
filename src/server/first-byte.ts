/** What a connection begins with tells how it goes on: one port serves both. Whoever waits for the server to speak waits for ever. */

/** `tls`: a handshake. A header of a proxy before either (haproxy's PROXY protocol begins with `P` or CR) would be a third kind. */
export type Beginning = "plain" | "tls";

/** RFC 8446, 5.1: the type of a record that holds a handshake. No request begins so: it is no character that anybody types. */
const HANDSHAKE = 0x16;

export function beginningOf(bytes: Uint8Array): Beginning {
  return bytes[0] === HANDSHAKE ? "tls" : "plain";
}
