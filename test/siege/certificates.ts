/** The certificate is replaced again and again while people talk over TLS, and others come. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";
import { Wire } from "../../src/connection/wire.ts";
import { range } from "../bench/load.ts";
import { newCertificate, written } from "../support/certificate.ts";
import { startProcess } from "../support/server.ts";
import { shownTimes } from "./figures.ts";

const TALKING = 50;
const COMING = 10;
const TIMES = 20;
/** The server looks at its files once a second. */
const BETWEEN_MS = 1500;

export async function certificates(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-siege-"));
  const server = await startProcess(written(folder, newCertificate()));
  let isOver = false;
  const failures: string[] = [];
  const shown = new Set<string>();
  const talk: number[] = [];
  const handshakes: number[] = [];

  /** Asks until it is over; that a connection breaks is a failure. */
  const talking = async (): Promise<void> => {
    const wire = new Wire(await secure(server.port), {});
    while (!isOver) {
      const began = performance.now();
      await wire.request("ping");
      talk.push(performance.now() - began);
      await sleep(20);
    }
    wire.close();
  };
  const coming = async (): Promise<void> => {
    while (!isOver) {
      const began = performance.now();
      const socket = await secure(server.port);
      handshakes.push(performance.now() - began);
      shown.add(socket.getPeerCertificate().fingerprint256);
      const wire = new Wire(socket, {});
      await wire.request("ping");
      wire.close();
      await sleep(20);
    }
  };
  const failing = (act: () => Promise<void>): Promise<void> =>
    act().catch((error: unknown) => void failures.push((error as Error).message));
  const all = [...range(TALKING).map(() => failing(talking)), ...range(COMING).map(() => failing(coming))];
  for (const _ of range(TIMES)) {
    await sleep(BETWEEN_MS);
    written(folder, newCertificate());
  }
  await sleep(BETWEEN_MS);
  isOver = true;
  await Promise.all(all);
  console.log(`  ${TALKING} connections talk and ${COMING} come and go; the files were replaced ${TIMES} times`);
  console.log(shownTimes({ ping: talk, handshake: handshakes }));
  console.log(`    ${shown.size} certificates were shown, ${failures.length} connections failed or were lost`);
  for (const failure of failures.slice(0, 10)) console.log(`    ${failure}`);
  await server.stop();
  rmSync(folder, { recursive: true });
}

async function secure(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  return socket;
}
