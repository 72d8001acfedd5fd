/** Looks at the beginning of a connection, and puts it back. */
import type { Socket } from "node:net";

/**
 * @param bytes all that have arrived so far. @returns what was seen; or a number: how many bytes there must be at least to see it
 */
export type Look<T extends object | string> = (bytes: Uint8Array) => T | number;

/**
 * Waits until `look` has seen something. Then the socket is paused, and the bytes can be read from it again.
 * @param then called once with what was seen; with undefined if the other side has ended before that
 * @param taken how many bytes of the beginning are not put back
 * @returns a function that stops waiting; `then` is not called after that
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
  // An earlier `whenSeen` may have paused it.
  socket.resume();
  return stop;
}
