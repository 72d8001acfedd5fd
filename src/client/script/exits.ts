/** How a program ends: sysexits.h (BSD) where there is a number for it, and what scripts expect of the others. */
import {
  isOk,
  LinkError,
  RefusedRequest,
  type Reply,
  UnreadableReply,
  UntrustedServer,
} from "../../connection/errors.ts";
import { errorInWords } from "../refusal-words.ts";

const table = {
  done: [0, "done"],
  refused: [1, "the server said ERROR, for another reason than those below"],
  nothing: [2, "nothing came within -W, or nothing was found"],
  usage: [64, "the command line, or a command, is wrong"],
  data: [65, "the data to send is wrong: not UTF-8, or nothing at all"],
  noInput: [66, "no such file, here or at the server"],
  noUser: [67, "no such user or group"],
  noHost: [68, "unknown host"],
  unavailable: [69, "the server cannot be reached: refused, or no way there"],
  internal: [70, "a fault in the program, or in the server"],
  cannotCreate: [73, "a file cannot be made here"],
  io: [74, "reading or writing has failed, or what came is not what was sent (SHA-256)"],
  unknownFate: [75, "no answer in time, or the link was lost: it may have been done, or not"],
  identity: [76, "over TLS the server is not the one that it should be, or was"],
  login: [77, "login refused, or needed"],
  config: [78, "a config file is wrong, or others can read a secret file"],
  interrupted: [130, "interrupted (SIGINT); a transfer is paused"],
  terminated: [143, "terminated (SIGTERM)"],
} as const;

export type Exit = (typeof table)[keyof typeof table][0];

/** Exit codes by what they mean. */
export const exits = Object.fromEntries(Object.entries(table).map(([name, [code]]) => [name, code])) as {
  readonly [Name in keyof typeof table]: (typeof table)[Name][0];
};

/** As README and the manual page have them. */
export const exitsAbout: readonly (readonly [code: Exit, about: string])[] = Object.values(table);

/** The program ends with this, and says why. */
export class ExitError extends Error {
  readonly code: Exit;
  constructor(code: Exit, message: string) {
    super(message);
    this.code = code;
  }
}

const ofCodes: ReadonlyMap<string, Exit> = new Map<string, Exit>(
  Object.entries({
    "user-not-found": exits.noUser,
    "group-not-found": exits.noUser,
    "no-session": exits.login,
    "bad-credentials": exits.login,
    banned: exits.login,
    "file-not-found": exits.noInput,
    "unknown-request": exits.usage,
    "bad-request": exits.usage,
    "tls-required": exits.usage,
    checksum: exits.io,
    incomplete: exits.unknownFate,
    internal: exits.internal,
  }),
);

/** What an answer of the server ends a program with. */
export function exitOf(reply: Reply): Exit {
  return isOk(reply) ? exits.done : (ofCodes.get(reply.code ?? "") ?? exits.refused);
}

/** What a program ends with whose connection is lost for good. */
export function endOf(error: Error): ExitError {
  if (error instanceof RefusedRequest) return new ExitError(exitOf(error.reply), errorInWords(error));
  return new ExitError(error instanceof UntrustedServer ? exits.identity : exits.unknownFate, errorInWords(error));
}

const ofSystem: Readonly<Record<string, Exit>> = {
  ENOTFOUND: exits.noHost,
  EAI_AGAIN: exits.noHost,
  EAI_FAIL: exits.noHost,
  EAI_NODATA: exits.noHost,
  ENOENT: exits.noInput,
  EISDIR: exits.noInput,
};

/** What an error that nobody has expected ends a program with. */
export function exitOfError(error: unknown): Exit {
  if (error instanceof ExitError) return error.code;
  if (error instanceof RefusedRequest) return exitOf(error.reply);
  if (error instanceof UnreadableReply) return exits.internal;
  if (error instanceof UntrustedServer) return exits.identity;
  if (error instanceof LinkError) {
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
    return code === undefined ? exits.unknownFate : (ofSystem[code] ?? exits.unavailable);
  }
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === undefined) return exits.internal;
  return ofSystem[code] ?? (/^E(ACCES|PERM|ROFS|EXIST|NOTDIR)$/.test(code) ? exits.cannotCreate : exits.io);
}
