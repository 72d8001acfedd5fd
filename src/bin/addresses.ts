/** Addresses among the options: of other realms, and the one that this server can be called at. */

import { type Cidr, parseCidr } from "../contract/cidr.ts";
import { isName } from "../contract/names.ts";
import { isLoopback } from "../operations/federation/addresses.ts";
import type { Configured } from "../realms/neighbours.ts";
import { type Option, UsageError } from "./options.ts";
import type { ServerSettings } from "./server-options.ts";

/** The realms that options name. @param own the name of this one. @throws UsageError */
export function realmsOf(options: Pick<ServerSettings, "peer" | "legacy-realms" | "plain-links">, own: string) {
  return {
    peers: options.peer.map((one) => configured("--peer", one, own)),
    legacy: options["legacy-realms"].map((one) => configured("--legacy-realms", one, own)),
    plainLinks: new Set(options["plain-links"].map((name) => realmKey("--plain-links", name, own))),
  };
}

/** `NAME=HOST:PORT`, an IPv6 address in brackets. @throws UsageError */
function configured(option: string, given: string, own: string): Configured {
  const [, name = "", host = "", digits] = /^([^=]+)=(.+):(\d{1,5})$/.exec(given) ?? [];
  const port = Number(digits);
  if (!isName(name) || host === "" || !(port >= 1 && port <= 65_535)) {
    throw new UsageError(`${option}: wants NAME=HOST:PORT, not ${JSON.stringify(given)}`);
  }
  refuseOwn(option, name, own);
  return { name, host: host.replace(/^\[(.*)\]$/, "$1"), port };
}

/** @returns the key of a realm by its name. @throws UsageError */
function realmKey(option: string, given: string, own: string): string {
  if (!isName(given)) throw new UsageError(`${option}: wants the name of a realm, not ${JSON.stringify(given)}`);
  refuseOwn(option, given, own);
  return given.toLowerCase();
}

function refuseOwn(option: string, name: string, own: string): void {
  if (name.toLowerCase() === own.toLowerCase()) throw new UsageError(`${option}: ${name} is this server's own name`);
}

/** @throws UsageError when it is no HOST:PORT. */
export function checkAdvertised(given: string | undefined): void {
  if (given === undefined) return;
  const [, digits] = /^[^\s:]\S{0,252}:(\d{1,5})$/.exec(given) ?? /^\[\S+\]:(\d{1,5})$/.exec(given) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= 65_535))
    throw new UsageError(`--advertise: wants HOST:PORT, not ${JSON.stringify(given)}`);
}

/** `HOST:PORT`, an IPv6 address in brackets; port 0 is any free one. @throws UsageError */
export function listenAddress(option: string, given: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\s\]]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(given) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  if (host === undefined || !(port <= 65_535)) {
    throw new UsageError(`${option}: wants HOST:PORT, such as 127.0.0.1:9464, not ${JSON.stringify(given)}`);
  }
  return { host, port };
}

/**
 * Where other realms can call this server, as it is told to those that it calls: what an option says, or else its
 * port at the address that it calls from, unless it listens on loopback and calls from elsewhere.
 */
export function advertiser(
  given: string | undefined,
  address: string,
  port: number,
): (from: string | undefined) => string | undefined {
  const onlyHere = isLoopback(address);
  return (from) => given ?? (onlyHere && !isLoopback(from ?? "") ? undefined : `:${port}`);
}

/** Ranges of addresses: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.1`. */
export function ranges(describe: string): Option<readonly Cidr[]> {
  const one = (text: string): Cidr => {
    const range = parseCidr(text);
    if (!range) throw new Error("an address or a range such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32");
    return range;
  };
  return {
    describe,
    value: "CIDR",
    default: [],
    repeatable: true,
    read: (given) => given.split(",").filter(Boolean).map(one),
  };
}
