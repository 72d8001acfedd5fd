/**
 * What servers ask of each other over a link: PROTOCOL.md, "Calls". No user's request leads here, and no call to what users
 * may ask: there is this table and no other.
 */

import type { Refusal } from "../contract/refusals.ts";
import { Failure, type Result } from "../contract/result.ts";
import { deliverItems } from "../operations/federation/accept.ts";
import { names, piece } from "../operations/federation/queries.ts";
import type { Services } from "../operations/services/context.ts";
import { isUuid } from "../protocol/kinds.ts";
import type { Realm } from "../state/entities.ts";
import { isCount, isObject, readItems } from "./read-items.ts";

/** What is answered to a call: values that become JSON. */
type Answered = Result<unknown, Refusal<"linkCall">>;
type CallAnswer = Answered | Promise<() => Answered>;

/** @returns undefined for a body that is not of the method's shape. */
type Method = (services: Services, realm: Realm, body: unknown) => CallAnswer | undefined;

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  [
    "deliver",
    (services, realm, body) => {
      const items = readItems(body);
      return items && deliverItems(services, realm, items);
    },
  ],
  [
    "names",
    (services, _realm, body) => {
      if (!isObject(body) || !isCount(body["users"]) || !isCount(body["groups"])) return undefined;
      return names(services, body["users"], body["groups"]);
    },
  ],
  [
    "news",
    ({ neighbours }, realm, body) => {
      if (!isObject(body)) return undefined;
      neighbours.refresh(realm);
      return {};
    },
  ],
  [
    "piece",
    (services, realm, body) => {
      if (!isObject(body)) return undefined;
      const { file, offset } = body;
      if (typeof file !== "string" || !isUuid(file) || !isCount(offset)) return undefined;
      return pieceAsText(services, realm, file.toLowerCase(), offset);
    },
  ],
  ["ping", (_services, _realm, body) => (isObject(body) ? {} : undefined)],
]);

/** Executes a call of a realm that has proven itself. @param body any JSON value */
export function executeCall(services: Services, realm: Realm, method: string, body: unknown): CallAnswer {
  const execute = methods.get(method);
  if (!execute) return new Failure("bad-request", "method: not one that is known here");
  return execute(services, realm, body) ?? new Failure("bad-request", `${method}: not of the right shape`);
}

async function pieceAsText(services: Services, realm: Realm, file: string, offset: number): Promise<() => Answered> {
  const finish = await piece(services, realm, file, offset);
  return () => {
    const found = finish();
    return found instanceof Failure ? found : { data: Buffer.from(found.data).toString("base64"), size: found.size };
  };
}
