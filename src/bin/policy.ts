/** What the options allow: the policy of operations, and the limits of connections. Both are as the options are at the moment. */
import type { Policy } from "../operations/services/context.ts";
import type { ServerLimits } from "../server/limits.ts";
import type { ServerSettings } from "./server-options.ts";

/** @param options those that are live may change */
export function policyOf(options: ServerSettings, limits: ServerLimits, onlyLoopback: () => boolean): Policy {
  const admins = namesOf(() => options.admin);
  return {
    get registration() {
      const wanted = options.registration;
      return wanted === "default" ? (onlyLoopback() ? "open" : "invite") : wanted;
    },
    get realms() {
      const wanted = options["realm-policy"];
      return wanted === "default" ? (onlyLoopback() ? "users" : "admins") : wanted;
    },
    get trustLoopback() {
      return options["trust-loopback"];
    },
    proxies: options["proxy-from"],
    get admins() {
      return admins();
    },
    get minPassword() {
      return options["min-password"];
    },
    get outboxItems() {
      return options["outbox-messages"];
    },
    get outboxSize() {
      return options["outbox-size"];
    },
    get directory() {
      return !options["no-directory"];
    },
    get maxFile() {
      return options["max-file"];
    },
    get maxInline() {
      // Base64 has four characters for three bytes.
      return Math.floor(limits.maxFileRequest / 4) * 3;
    },
    get quota() {
      return options.quota;
    },
    get minFree() {
      return options["min-free"];
    },
    get maxTransfers() {
      return options["max-transfers"];
    },
    get messageLife() {
      return options["message-days"];
    },
    get fileLife() {
      return options["file-days"];
    },
    get partLife() {
      return options["part-days"];
    },
    get eraseAfter() {
      return options["erase-days"];
    },
  };
}

/** @param options those that are live may change */
export function limitsOf(options: ServerSettings): ServerLimits {
  return {
    get maxRequest() {
      return options["max-request"];
    },
    get maxFileRequest() {
      return options["max-file-request"];
    },
    get maxAnonymousRequest() {
      return options["max-anonymous-request"];
    },
    get maxHeld() {
      return options["max-held"];
    },
    get requestTimeout() {
      return options["request-timeout"];
    },
    get loginTimeout() {
      return options["login-timeout"];
    },
    get maxConnections() {
      return options["max-connections"];
    },
    get maxConnectionsPerIp() {
      return options["max-connections-per-ip"];
    },
    get maxOutput() {
      return options["max-output"];
    },
    get maxOutputTotal() {
      return options["max-output-total"];
    },
  };
}

/** A list of names as a set in lower case; the set is kept until the list is replaced. */
function namesOf(list: () => readonly string[]): () => ReadonlySet<string> {
  let of: readonly string[] = [];
  let names: ReadonlySet<string> = new Set();
  return () => {
    if (of !== list()) {
      of = list();
      names = new Set(of.map((name) => name.toLowerCase()));
    }
    return names;
  };
}
