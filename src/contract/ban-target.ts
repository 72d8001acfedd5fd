/** Whom a ban is for: a user, a realm or a network, each with one way to write it. */
import { type Cidr, parseCidr } from "./cidr.ts";
import { isName, parseAddress } from "./names.ts";

export type BanTarget =
  | { readonly is: "user"; readonly name: string; readonly realm?: string }
  | { readonly is: "realm"; readonly realm: string }
  /** As the text of a `Cidr` is. */
  | { readonly is: "network"; readonly network: string };

/** Stands before the name of a user that looks like an address. */
const USER = "user:";

/** Reads `alice`, `bob@rumah`, `@rumah`, `192.0.2.7`, `192.0.2.0/24`, `user:10.0.0.1`. @returns undefined for anything else */
export function readTarget(text: string): BanTarget | undefined {
  if (text.startsWith("@")) return isName(text.slice(1)) ? { is: "realm", realm: text.slice(1) } : undefined;
  const range = parseCidr(text);
  if (range) return { is: "network", network: networkText(range, text.includes("/")) };
  const { name, realm } = parseAddress(text.startsWith(USER) ? text.slice(USER.length) : text);
  if (!isName(name) || (realm !== undefined && !isName(realm))) return undefined;
  return { is: "user", name, ...(realm !== undefined && { realm }) };
}

/** A single IPv6 address means its whole /64, of which its owner can use any; written with /128, it means itself alone. */
function networkText({ family, prefix, text }: Cidr, isRange: boolean): string {
  if (family === 4 || prefix < 128) return text;
  return isRange ? `${text}/128` : (parseCidr(`${text}/64`) as Cidr).text;
}

/** The text that `readTarget` reads as this target. */
export function writeTarget(target: BanTarget): string {
  switch (target.is) {
    case "realm":
      return `@${target.realm}`;
    case "network":
      return target.network;
    case "user": {
      const { name, realm } = target;
      if (realm !== undefined) return `${name}@${realm}`;
      return parseCidr(name) ? USER + name : name;
    }
  }
}

/** What a ban is found by: names in lower case. @param realm undefined for a user here */
export function userKey(name: string, realm?: string): string {
  return writeTarget({ is: "user", name, ...(realm !== undefined && { realm }) }).toLowerCase();
}

/** What a ban of a realm is found by. @param realm its name, in any case */
export function realmKey(realm: string): string {
  return writeTarget({ is: "realm", realm }).toLowerCase();
}
