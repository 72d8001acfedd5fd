/** The client's side of TLS: the handshake, and whether the server is who is meant. */
import { createHash } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, getCACertificates, type TLSSocket } from "node:tls";
import type { World } from "../world/world.ts";
import { connectionTexts, LinkError, UntrustedServer } from "./errors.ts";
import { readPin } from "./pin.ts";

/** A server, and its key as the SHA-256 of it (of the SubjectPublicKeyInfo, RFC 5280, in base64). */
export interface SeenServer {
  readonly host: string;
  readonly port: number;
  readonly key: string;
  /** An authority confirms that the key is the host's. */
  readonly confirmed: boolean;
}

/** How it is known that a server is the one that is meant. With neither, the system's authorities must confirm it. */
export interface Tls {
  /** In PEM, the only authorities that are believed. */
  readonly ca?: string | undefined;
  /** SHA-256 of the server's public key (SubjectPublicKeyInfo), in base64 or hexadecimal: nothing else counts then. */
  readonly pin?: string | undefined;
}

/** Where servers are remembered. */
export interface TlsSettings extends Tls {
  /** Whether the server has been seen with this key: then the system's authorities, which take long to load, need not be asked. */
  isKnown?(server: SeenServer): boolean;
  /** Called with every server that has no pin. @throws UntrustedServer for one that is not to be believed */
  meet?(server: SeenServer): void;
}

/** Errors of a chain that ends in an unknown authority: another list of authorities may have it. */
const UNKNOWN_ISSUER: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
]);

type Failed = "noCertificate" | "otherThanTls";
type Doubted = "selfSigned" | "unknownAuthority" | "expired" | "notYetValid" | "otherName";

/** What errors say of a handshake or a certificate, by the code that Node or OpenSSL has for it. */
const WORDS = new Map<string, Failed | Doubted>([
  ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "noCertificate"],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "noCertificate"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "otherThanTls"],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "otherThanTls"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "selfSigned"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "unknownAuthority"],
  ["UNABLE_TO_GET_ISSUER_CERT", "unknownAuthority"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unknownAuthority"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unknownAuthority"],
  ["CERT_SIGNATURE_FAILURE", "unknownAuthority"],
  ["CERT_HAS_EXPIRED", "expired"],
  ["CERT_NOT_YET_VALID", "notYetValid"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "otherName"],
]);

/** @param other what is said where there are no words for the code */
function inWords(code = "", other = code): string {
  const said = WORDS.get(code);
  return said === undefined ? other : connectionTexts[said];
}

/**
 * A connection whose other end is the server that is meant.
 * @param open connects; called again where the system's authorities must be asked, which takes a second to load
 * @param patience in ms, for each handshake
 * @throws LinkError, UntrustedServer, what `meet` throws
 */
export async function secured(
  open: () => Promise<Socket>,
  { host, port }: { readonly host: string; readonly port: number },
  tls: TlsSettings,
  world: World,
  patience: number,
): Promise<TLSSocket> {
  const place = `${host}:${port}`;
  let authorities = tls.ca === undefined ? undefined : [tls.ca];
  for (;;) {
    const socket = await shakenHands(await open(), host, place, authorities, world, patience);
    try {
      const why = socket.authorized ? undefined : String(socket.authorizationError);
      const server = { host, port, key: keyOf(socket), confirmed: socket.authorized };
      if (tls.pin !== undefined) {
        if (readPin(tls.pin) !== server.key) throw new UntrustedServer(connectionTexts.notPinned(place, server.key));
        return socket;
      }
      const isLast = authorities !== undefined || why === undefined || !UNKNOWN_ISSUER.has(why);
      if (!isLast && !tls.isKnown?.(server)) {
        authorities = [...getCACertificates("default"), ...getCACertificates("system")];
        socket.destroy();
        continue;
      }
      // Where authorities are named (`ca`), no other server is accepted.
      if (why !== undefined && (tls.ca !== undefined || !tls.meet)) {
        throw new UntrustedServer(connectionTexts.unconfirmed(place, inWords(why), server.key));
      }
      tls.meet?.(server);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}

function shakenHands(
  socket: Socket,
  host: string,
  place: string,
  authorities: readonly string[] | undefined,
  world: World,
  patience: number,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      host,
      // RFC 6066, section 3: an IP address is not sent as a server name.
      ...(isIP(host) === 0 && { servername: host }),
      ...(authorities && { ca: [...authorities] }),
      minVersion: "TLSv1.2",
      // Checked by the caller: its message names the key, too.
      rejectUnauthorized: false,
    });
    const fail = (text: string, cause?: Error): void => {
      world.cancel(timer);
      secure.destroy();
      reject(new LinkError(text, { cause: cause ?? new Error(text) }));
    };
    const late = connectionTexts.late(patience / 1000);
    const timer = world.after(patience, () => fail(connectionTexts.noTls(place, late)));
    const onError = (error: Error & { readonly code?: string; readonly reason?: string }): void =>
      fail(connectionTexts.noTls(place, inWords(error.code, error.reason ?? error.message)), error);
    secure.on("error", onError);
    secure.once("secureConnect", () => {
      world.cancel(timer);
      secure.off("error", onError);
      resolve(secure);
    });
  });
}

function keyOf(socket: TLSSocket): string {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) throw new LinkError(connectionTexts.garbled);
  return createHash("sha256")
    .update(certificate.publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}
