/** Answers what the other side calls over a link that was opened from here. */
import type { ServerEvent } from "../client/client.ts";
import type { Caller } from "../operations/context.ts";
import { Failure } from "../operations/contract.ts";
import { perform } from "../operations/index.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { type Realm, StorageError } from "../stores/ports.ts";
import type { Host } from "./host.ts";
import { callOf, type DialedLink } from "./link.ts";

export function serve({ services, turn }: Host, realm: Realm, link: DialedLink, event: ServerEvent): void {
  const called = callOf(event);
  if (!called) return;
  link.heard();
  const answer = (with_: object): void => link.answer(called.call, with_);
  const refuse = ({ code, detail }: Failure): void => answer({ code, detail });
  const native = dialectNamed("native");
  const mark = services.stores.mark();
  const failed = (error: unknown): void => {
    services.fault(error, called.method);
    refuse(new Failure(error instanceof StorageError ? "storage" : "internal"));
  };
  try {
    const request = native.decode(`link call ${called.method} ${JSON.stringify(called.body)}`, NOTHING_KNOWN);
    if (!("input" in request)) {
      refuse(request.failure);
      return;
    }
    const answered = (value: unknown): void =>
      value instanceof Failure ? refuse(value) : answer(native.fields(request, value));
    const result = perform(services, linkCaller(realm), request.row.operation, request.input);
    if (result instanceof Promise) {
      result.then((finish) => answered(finish())).catch(failed);
      return;
    }
    // What it has changed is on disk before it is said.
    turn.join({
      speak: () => answered(result),
      restore: () => {},
      retract: () => refuse(new Failure("storage")),
    });
  } catch (error) {
    services.stores.revert(mark);
    failed(error);
  }
}

/** Calls of a link name no tokens and no realms. */
const NOTHING_KNOWN = { isToken: () => false, isRealm: () => false };

/** A realm that calls over a link opened from here. It has no session, and nothing is told to it but answers. */
function linkCaller(realm: Realm): Caller {
  return {
    realm,
    acting: undefined,
    dialect: "native",
    loopback: false,
    remote: { address: "", port: 0 },
    shown: new Map(),
    become: () => {},
    part: () => {},
    logIn: () => {},
    useDialect: () => {},
    watch: () => {},
    whenSpoken: () => {},
    tell: () => {},
    drop: () => {},
  };
}
