/** The control socket: a unix socket that only its owner can open. Who can is the operator. */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import type { Listening } from "../world/world.ts";

/** Bytes of the path of a unix socket, without the zero at its end: unix(7), `sun_path`. */
const MOST_BYTES = 107;

/**
 * Listens at a path. A socket that a server has left there is removed; one that some server listens on is not.
 * @throws Error in one line: too long a path, in use, something else is there, no such folder
 */
export async function listenAt(server: Listening, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MOST_BYTES) throw new Error(`the path has more than ${MOST_BYTES} bytes`);
  await removeLeft(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Made with this mode, for between making it and changing that others could open it.
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
