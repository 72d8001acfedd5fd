/** Why a request over a connection has failed. */

/** One JSON object as the server sent it: PROTOCOL.md, "The envelope". */
export interface Reply {
  readonly status: string;
  readonly message?: unknown;
  readonly data?: unknown;
  /** Of an error: see contract/codes.ts. */
  readonly code?: string;
  readonly detail?: string;
  /** Of an error: in how many seconds one may ask again. */
  readonly retry?: number;
  readonly [key: string]: unknown;
}

/** `OK`, in any case: clients of spec 000 are told `ok`. */
export function isOk({ status }: Reply): boolean {
  return status.toUpperCase() === "OK";
}

/** The connection could not be made or has ended; what was not answered may or may not have happened. */
export class LinkError extends Error {}

/** The other end is not known to be the server that is meant, or has shown to be another: trying again helps nothing. */
export class UntrustedServer extends LinkError {}

/** The answer says that it was done, and has not the form that it should have. */
export class UnreadableReply extends Error {}

/** The server has answered ERROR. */
export class RefusedRequest extends Error {
  readonly reply: Reply;
  /** See contract/codes.ts; empty for a server that says none. */
  readonly code: string;
  constructor(reply: Reply) {
    const { code = "", detail, message } = reply;
    super([code || String(message), detail].filter(Boolean).join(": "));
    this.reply = reply;
    this.code = code;
  }
}

/** The result, or the refusal. @throws anything else */
export function orRefusal<T>(result: Promise<T>): Promise<T | RefusedRequest> {
  return result.catch((error: unknown) => {
    if (error instanceof RefusedRequest) return error;
    throw error;
  });
}

/** What errors say in English. */
export const englishConnection = {
  unreachable: (place: string, why: string): string => `cannot reach ${place}: ${why}`,
  late: (seconds: number): string => `no answer within ${seconds} s`,
  silent: "the server does not answer",
  closed: "the server closed the connection",
  lost: (why: string): string => `the connection was lost (${why})`,
  garbled: "the server sent something that is no reply",
  here: "the connection was closed here",
  none: "there is no connection",
  noTls: (place: string, why: string): string => `no TLS with ${place}: ${why}`,
  /** Why a handshake fails, and why nobody confirms a certificate: see tls.ts. */
  noCertificate: "the server has no certificate, or takes none of the ways to encrypt that there are here",
  otherThanTls: "what answers there speaks no TLS",
  selfSigned: "its certificate is signed by itself alone",
  unknownAuthority: "its certificate is signed by an authority that is not known here",
  expired: "its certificate has expired",
  notYetValid: "its certificate does not count yet",
  otherName: "its certificate is for another name",
  unconfirmed: (place: string, why: string, key: string): string =>
    `no authority confirms ${place} (${why}); its public key is sha256:${key}`,
  notPinned: (place: string, key: string): string => `${place} has another public key than it should: sha256:${key}`,
};

/** What errors of connections say. */
export type ConnectionTexts = typeof englishConnection;

/** In English, unless a program speaks another language. */
export let connectionTexts: ConnectionTexts = { ...englishConnection };

/** Called once, before anything is said. */
export function setConnectionTexts(texts: ConnectionTexts): void {
  connectionTexts = texts;
}
