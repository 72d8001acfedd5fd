/** How a program ends: sysexits.h (BSD) where there is a number for it, and what scripts expect of the others. */
import { isOk, LinkError, type Reply } from "../client.ts";
import { refusalInWords } from "../render.ts";

export const exits = {
  done: 0,
  refused: 1,
  nothing: 2,
  usage: 64,
  data: 65,
  noInput: 66,
  noUser: 67,
  noHost: 68,
  unavailable: 69,
  internal: 70,
  cannotCreate: 73,
  io: 74,
  unknownFate: 75,
  login: 77,
  config: 78,
  interrupted: 130,
  terminated: 143,
} as const;

export type Exit = (typeof exits)[keyof typeof exits];

/** As README and the manual page have them. */
export const exitsAbout: readonly (readonly [code: Exit, about: string])[] = [
  [exits.done, "done"],
  [exits.refused, "the server said ERROR, for another reason than those below"],
  [exits.nothing, "nothing came within -W, or nothing was found"],
  [exits.usage, "the command line, or a command, is wrong"],
  [exits.data, "the data to send is wrong: not UTF-8, or nothing at all"],
  [exits.noInput, "no such file, here or at the server"],
  [exits.noUser, "no such user or group"],
  [exits.noHost, "unknown host"],
  [exits.unavailable, "the server cannot be reached: refused, or no way there"],
  [exits.internal, "a fault in the program, or in the server"],
  [exits.cannotCreate, "a file cannot be made here"],
  [exits.io, "reading or writing has failed, or what came is not what was sent (SHA-256)"],
  [exits.unknownFate, "no answer in time, or the link was lost: it may have been done, or not"],
  [exits.login, "login refused, or needed"],
  [exits.config, "a config file is wrong, or others can read a secret file"],
  [exits.interrupted, "interrupted (SIGINT); a transfer is paused"],
  [exits.terminated, "terminated (SIGTERM)"],
];

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
    "file-not-found": exits.noInput,
    "unknown-request": exits.usage,
    "bad-request": exits.usage,
    checksum: exits.io,
    incomplete: exits.unknownFate,
    internal: exits.internal,
  }),
);

/** What an answer of the server ends a program with. */
export function exitOf(reply: Reply): Exit {
  return isOk(reply) ? exits.done : (ofCodes.get(reply.code ?? "") ?? exits.refused);
}

export function refusal(reply: Reply): ExitError {
  return new ExitError(exitOf(reply), refusalInWords(reply));
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
  if (error instanceof LinkError) {
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
    return code === undefined ? exits.unknownFate : (ofSystem[code] ?? exits.unavailable);
  }
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === undefined) return exits.internal;
  return ofSystem[code] ?? (/^E(ACCES|PERM|ROFS|EXIST|NOTDIR)$/.test(code) ? exits.cannotCreate : exits.io);
}
