/**
 * The calls that servers make over a link: PROTOCOL.md, "Calls". This table is the only way to them: no user's request leads
 * here, and no call leads to what users may ask.
 */
import type { Refusal } from "../contract/refusals.ts";
import { Failure, type Result } from "../contract/result.ts";
import { deliverItems } from "../operations/federation/accept.ts";
import { names, piece } from "../operations/federation/queries.ts";
import { typingAt } from "../operations/federation/typing.ts";
import { shownTo } from "../operations/people/users.ts";
import { forbiddenBy, realmBan } from "../operations/services/bans.ts";
import type { Services } from "../operations/services/context.ts";
import { countOf, isObject } from "../operations/untrusted.ts";
import { isUuid } from "../protocol/kinds.ts";
import type { Realm } from "../state/entities.ts";
import { readAsked, readTyping } from "./read-hints.ts";
import { readItems } from "./read-items.ts";

/** The result of a call: a value that becomes JSON. */
type CallResult = Result<unknown, Refusal<"linkCall">>;

/** @returns undefined for a body that has not the method's shape. */
type Method = (services: Services, realm: Realm, body: unknown) => CallResult | Promise<() => CallResult> | undefined;

const methods: Readonly<Record<string, Method>> = {
  deliver(services, realm, body) {
    const items = readItems(body);
    return items && deliverItems(services, realm, items);
  },
  names(services, _realm, body) {
    const [users, groups] = isObject(body) ? [countOf(body["users"]), countOf(body["groups"])] : [];
    return users === undefined || groups === undefined ? undefined : names(services, users, groups);
  },
  news({ neighbours }, realm, body) {
    if (!isObject(body)) return undefined;
    neighbours.of(realm).refresh();
    return {};
  },
  piece(services, realm, body) {
    const { file, offset } = isObject(body) ? body : {};
    const from = countOf(offset);
    if (typeof file !== "string" || !isUuid(file) || from === undefined) return undefined;
    return pieceAsText(services, realm, file.toLowerCase(), from);
  },
  /** The answer does not tell whether anybody was told. */
  typing(services, realm, body) {
    const typing = readTyping(body);
    if (!typing) return undefined;
    typingAt(services, realm, typing);
    return {};
  },
  user(services, realm, body) {
    const asked = readAsked(body);
    if (!asked) return undefined;
    const shown = services.policy.directory ? shownTo(services, asked.user, asked.viewer, realm) : undefined;
    // As of one who shows nothing: whoever is told no names must not find out any here.
    return shown ?? { online: false };
  },
  ping: (_services, _realm, body) => (isObject(body) ? {} : undefined),
};

/** Whether a call usually changes the state: then it needs a turn that has the order from its start, not one that only reads. */
export function changes(method: string): boolean {
  return method === "deliver" || method === "typing";
}

/** Executes a call of a realm that has proven itself. @param body any JSON value */
export function executeCall(
  services: Services,
  realm: Realm,
  method: string,
  body: unknown,
): CallResult | Promise<() => CallResult> {
  // The links of a realm that is banned end soon; until then its calls are refused.
  const ban = realmBan(services, realm.key);
  if (ban) return forbiddenBy(ban);
  const execute = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!execute) return new Failure("bad-request", "method: not one that is known here");
  return execute(services, realm, body) ?? new Failure("bad-request", `${method}: not of the right shape`);
}

/** JSON has no bytes: a piece goes as base64. */
async function pieceAsText(services: Services, realm: Realm, file: string, offset: number): Promise<() => CallResult> {
  const finish = await piece(services, realm, file, offset);
  return () => {
    const found = finish();
    return found instanceof Failure ? found : { ...found, data: Buffer.from(found.data).toString("base64") };
  };
}
