/** The control socket: a unix socket that only its owner can connect to. Whoever can is the operator. */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import type { Listening } from "../world/world.ts";

/** The longest path of a unix socket, in bytes, without the zero at its end: unix(7), `sun_path`. */
const MOST_BYTES = 107;

/**
 * Listens at a path. A socket that a former server has left there is removed.
 * @throws Error in one line: the path is too long, another server listens there, something else is there, or there is no such
 * folder
 */
export async function listenAt(server: Listening, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MOST_BYTES) throw new Error(`the path has more than ${MOST_BYTES} bytes`);
  await removeLeft(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // The socket must have its mode from the beginning: between making it and changing the mode others could connect.
    const before = process.umask(0o177);
    try {
      server.listen({ path }, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
  chmodSync(path, 0o600);
}

async function removeLeft(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new Error("something is there that is no socket");
  if (await answers(path)) throw new Error("another server listens there");
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
