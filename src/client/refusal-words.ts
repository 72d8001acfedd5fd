/** Why something was refused or has failed, in words for people. */
import { getSystemErrorMessage } from "node:util";
import { RefusedRequest, type Reply } from "../connection/errors.ts";
import { type Code, codes } from "../contract/codes.ts";
import type { Operation } from "../contract/operations.ts";
import { detailInWords, wording } from "./language/wording.ts";
import { inert } from "./terminal/inert.ts";
import { valueText } from "./value-text.ts";

/** Requests of somebody who is logged in: there only the password can be wrong. */
const ofOneself: ReadonlySet<Operation | undefined> = new Set(["changePassword", "erase"] as const);

/**
 * Why a request was refused, in the language that is spoken; a code that is not known here in the server's words.
 * The server's detail is in English: in another language only what `detailInWords` can say is left of it.
 */
export function refusalInWords(reply: Reply, operation?: Operation): string {
  const { code = "", message, data, retry } = reply;
  const words = Object.hasOwn(wording.codes, code) ? wording.codes[code as Code] : undefined;
  const known = code === "bad-credentials" && ofOneself.has(operation) ? wording.notYourPassword : words;
  const said = reply.detail === undefined ? "" : inert(String(reply.detail));
  // Why somebody is banned is what the operator wrote, in whatever language.
  const more = code === "banned" ? said : detailInWords(said);
  const later = typeof retry === "number" ? `; ${wording.retry(retry)}` : "";
  return `${known ?? inert(valueText(message ?? data))}${later}${more === "" ? "" : ` (${more})`}`;
}

/** A code and its detail in one text, as a server tells why a message that waited was refused: `user-not-found (bob)`. */
export function reasonInWords(reason: string): string {
  const [, code = "", detail] = /^([a-z-]+)(?: \((.*)\))?$/s.exec(reason) ?? [];
  if (!Object.hasOwn(wording.codes, code)) return inert(reason);
  // Where a server knows no more it says what the code means.
  const isMore = detail !== undefined && detail !== codes[code as Code];
  return refusalInWords({ status: "ERROR", code, ...(isMore && { detail }) });
}

/** Why something has failed. */
export function errorInWords(error: Error): string {
  return error instanceof RefusedRequest ? refusalInWords(error.reply) : inert(systemInWords(error) ?? error.message);
}

/** What the system says of a file. @returns undefined for any other error */
function systemInWords({ errno, code = "", path }: NodeJS.ErrnoException): string | undefined {
  if (errno === undefined) return undefined;
  const words = Object.hasOwn(wording.system, code) ? wording.system[code] : getSystemErrorMessage(errno);
  return path === undefined ? words : `${path}: ${words}`;
}
