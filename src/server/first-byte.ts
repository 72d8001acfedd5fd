/** What a connection begins with tells how it goes on: one port serves both. Whoever waits for the server to speak waits for ever. */
import type { Socket } from "node:net";

/** `tls`: a handshake. A header of a proxy before either (haproxy's PROXY protocol begins with `P` or CR) would be a third kind. */
export type Beginning = "plain" | "tls";

/** RFC 8446, 5.1: the type of a record that holds a handshake. No request begins so: it is no character that anybody types. */
const HANDSHAKE = 0x16;

function beginningOf(bytes: Uint8Array): Beginning {
  return bytes[0] === HANDSHAKE ? "tls" : "plain";
}

/**
 * Waits for the first byte, and takes none: the socket is paused then, with all that has come in it.
 * @param then told once; undefined for a connection whose other side ends without having said anything
 * @returns stops waiting; nobody is told
 */
export function whenBegun(socket: Socket, then: (beginning: Beginning | undefined) => void): () => void {
  const onData = (bytes: Buffer): void => {
    stop();
    socket.pause();
    socket.unshift(bytes);
    then(beginningOf(bytes));
  };
  const onEnd = (): void => {
    stop();
    then(undefined);
  };
  const stop = (): void => {
    socket.off("data", onData);
    socket.off("end", onEnd);
  };
  socket.on("data", onData);
  socket.on("end", onEnd);
  return stop;
}
