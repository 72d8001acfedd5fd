/** Requests that hold a password or a token: never shown, never kept. */
import { dialectNamed } from "../protocol/dialects/index.ts";
import { splitWords } from "./shell-words.ts";
import { suggestions } from "./spelling.ts";
import { ownCommand } from "./vocabulary.ts";

/** Words before a user's name and a password; words before passwords only. */
const LOGINS = new Set(["auth", "login", "auth_login", "register", "auth_register"]);
const PASSWORDS = new Set(["passwd", "erase"]);

const auto = dialectNamed("auto");

const HIDDEN = "•••";

/** UUID version 4, as every token is; ids of messages are of another version. */
const TOKEN = /(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![\w-])/i;

/** An invitation's code. */
const CODE = /inv-[a-z]{16}/;

/** Does a word look like a token? Only the server knows whether it is one. */
export function isTokenLike(word: string): boolean {
  return TOKEN.exec(word)?.[0] === word;
}

/** Is it the first word of a request that logs in? */
export function isLogin(word: string): boolean {
  return LOGINS.has(word.toLowerCase());
}

/** Does a line hold a password or a token, or a request that a password is still to follow? */
export function isSecret(line: string): boolean {
  return secretFrom(line) !== undefined || hasToken(line);
}

/** Does a line hold a token that it acts by? */
export function hasToken(line: string): boolean {
  return tokensIn(line).length > 0;
}

/** Where the passwords in a request, or an invitation's code, begin, in UTF-16 units; undefined where there are none. */
export function secretFrom(line: string): number | undefined {
  const [byAdmin] = /^\s*\/?\s*admin\s+password\s+\S+\s+/i.exec(line) ?? [];
  if (byAdmin !== undefined) return byAdmin.length;
  // A sentence may begin with the word.
  const [invited] = /^\s*\/?\s*invited\s+(?=inv-)/i.exec(line) ?? [];
  if (invited !== undefined) return invited.length;
  if (/^\s*\/?\s*erase\s+cancel\s*$/i.test(line)) return undefined;
  const [, start = "", word = ""] = /^(\s*\/?\s*)(\S+)\s/.exec(line) ?? [];
  const after = start.length + word.length;
  if (PASSWORDS.has(word.toLowerCase())) return after + 1;
  if (!isLogin(word)) return undefined;
  const [user] = /^\s+\S+\s+/.exec(line.slice(after)) ?? [];
  return user === undefined ? undefined : after + user.length;
}

/** A request with passwords and tokens hidden. */
export function masked(line: string): string {
  const from = secretFrom(line);
  const shown = from === undefined ? line : line.slice(0, from) + line.slice(from).replace(/\S+/g, HIDDEN);
  return tokensIn(line).reduce((text, token) => text.replaceAll(new RegExp(token, "gi"), HIDDEN), shown);
}

/** A reply or an event with tokens, and codes of invitations, hidden. */
export function maskedReply(json: string): string {
  const tokens = [...json.matchAll(/"token_?id"\s*:\s*"([^"]+)"/g)].map(([, token]) => token as string);
  return tokens
    .reduce((shown, token) => shown.replaceAll(token, HIDDEN), json)
    .replaceAll(new RegExp(CODE, "g"), HIDDEN);
}

/** Can it be a password? One is a word of the protocol. */
export function isPassword(text: string): boolean {
  return text !== "" && !/\s/.test(text) && text.length <= 256;
}

/** The token that a request acts by; in a line that is no request, all that look like one. */
function tokensIn(line: string): readonly string[] {
  const request = line.trim().replace(/^\//, "");
  if (!TOKEN.test(request)) return [];
  const read = auto.decode(request, { isToken: isTokenLike, isRealm: () => true });
  if ("input" in read) return read.token === undefined ? [] : [read.token];
  // A file's id looks like a token.
  if (ownCommand(splitWords(request)[0] ?? "")?.name === "getfile") return [];
  return request.match(new RegExp(TOKEN, "gi")) ?? [];
}

/** A login without its password, which is asked for. */
export function mayAsk(line: string): boolean {
  const [word = "", ...rest] = splitWords(line.replace(/^\s*\//, ""));
  return isLogin(word) && rest.length === 1;
}

/** `auht alice rahasia`: a slip of a request with a password; or a line with an invitation's code. */
export function isNearlySecret(line: string): boolean {
  const [word = "", ...rest] = splitWords(line.replace(/^\s*\//, ""));
  if (CODE.test(line)) return true;
  return rest.length > 1 && suggestions(word).some((one) => isLogin(one) || PASSWORDS.has(one));
}

/** The line being typed with its password hidden; as many clusters as before. */
export function hiddenIn(clusters: readonly string[]): readonly string[] {
  const from = secretFrom(clusters.join(""));
  if (from === undefined) return clusters;
  let units = 0;
  return clusters.map((cluster) => {
    units += cluster.length;
    return units > from && cluster.trim() !== "" ? "•" : cluster;
  });
}
