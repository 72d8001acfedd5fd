/** What connections can begin with, made from seeds: is it TLS, a proxy's header, a hello of a server that links, or a request. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newCertificate, written } from "../support/certificate.ts";
import { readHellos } from "../support/hellos.ts";
import { knockAtBoth, knockThroughProxy } from "../support/openings.ts";

/** Of one seed, at one server: its log is kept whole. */
const AT_ONCE = 10_000;
/** Faults that are shown. */
const SHOWN = 10;

/** @param inputs of all three kinds together */
export async function garbage(inputs = 1_000_000): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-siege-"));
  const certificate = written(folder, newCertificate());
  const kinds: readonly (readonly [what: string, (seed: number, count: number) => Promise<readonly string[]>])[] = [
    ["at a server that takes TLS", (seed, count) => knockAtBoth(seed, count, certificate)],
    ["behind a proxy", (seed, count) => knockThroughProxy(seed, count, certificate)],
    ["hellos of TLS", readHellos],
  ];
  for (const [i, [what, tried]] of kinds.entries()) {
    const count = Math.floor((inputs + i) / kinds.length);
    const began = performance.now();
    let faults = 0;
    for (let done = 0; done < count; done += AT_ONCE) {
      const seed = 1 + done / AT_ONCE;
      const wrong = await tried(seed, Math.min(AT_ONCE, count - done));
      for (const fault of wrong.slice(0, Math.max(0, SHOWN - faults))) console.log(`    seed ${seed}, ${fault}`);
      faults += wrong.length;
    }
    const seconds = (performance.now() - began) / 1000;
    console.log(`  ${what.padEnd(26)} ${count} inputs, ${faults} faults, ${seconds.toFixed(0)} s`);
  }
  rmSync(folder, { recursive: true });
}
