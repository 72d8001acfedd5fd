/** Looks at what a connection begins with, and puts it back. */
import type { Socket } from "node:net";

/** @returns what was seen, or how many bytes there must be to see it */
export type Look<T extends object | string> = (bytes: Uint8Array) => T | number;

/**
 * Waits until it is seen. The socket is paused then, with all that has come in it.
 * @param then told once; undefined for a connection whose other side ends before
 * @param taken how many bytes of the beginning are for nobody else
 * @returns stops waiting; nobody is told
 */
export function whenSeen<T extends object | string>(
  socket: Socket,
  look: Look<T>,
  then: (seen: T | undefined) => void,
  taken: (seen: T) => number = () => 0,
): () => void {
  let chunks: Buffer[] = [];
  let size = 0;
  let wanted = 1;
  const onData = (bytes: Buffer): void => {
    chunks.push(bytes);
    size += bytes.length;
    if (size < wanted) return;
    const all = chunks.length === 1 ? bytes : Buffer.concat(chunks);
    const seen = look(all);
    if (typeof seen === "number") {
      chunks = [all];
      wanted = seen;
      return;
    }
    stop();
    socket.pause();
    const rest = all.subarray(taken(seen));
    if (rest.length > 0) socket.unshift(rest);
    then(seen);
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
  // It may have been looked at before.
  socket.resume();
  return stop;
}
