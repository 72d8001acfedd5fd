/** Answers what the other side calls over a link that was opened from here. */
import type { ServerEvent } from "../client/client.ts";
import type { Caller } from "../operations/context.ts";
import { Failure } from "../operations/contract.ts";
import { perform } from "../operations/index.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { type Realm, StorageError } from "../state/entities.ts";
import type { Host } from "./host.ts";
import { type Called, callOf, type DialedLink } from "./link.ts";

/** Calls that wait while one is under way: a peer sends no more, for it waits for answers itself. */
const MOST_WAITING = 100;

export class Service {
  readonly #host: Host;
  readonly #realm: Realm;
  readonly #link: DialedLink;
  readonly #waiting: Called[] = [];
  #busy = false;

  constructor(host: Host, realm: Realm, link: DialedLink) {
    this.#host = host;
    this.#realm = realm;
    this.#link = link;
  }

  /** Calls are executed one after the other. */
  serve(event: ServerEvent): void {
    const called = callOf(event);
    if (!called) return;
    this.#link.heard();
    this.#waiting.push(called);
    if (this.#waiting.length > MOST_WAITING) this.#link.lose("it calls faster than it takes the answers");
    this.#run();
  }

  #run(): void {
    while (!this.#busy && !this.#link.ended) {
      const called = this.#waiting.shift();
      if (!called) return;
      this.#execute(called);
    }
  }

  #execute({ call, method, body }: Called): void {
    const { services, turn } = this.#host;
    const native = dialectNamed("native");
    const refuse = ({ code, detail }: Failure): void => this.#link.answer(call, { code, detail });
    const mark = services.model.mark();
    const failed = (error: unknown): void => {
      services.fault(error, "call of a realm");
      refuse(new Failure(error instanceof StorageError ? "storage" : "internal"));
    };
    try {
      const isWord = /^[a-z]{1,32}$/.test(method);
      const request = isWord && native.decode(`link call ${method} ${JSON.stringify(body)}`, NOTHING_KNOWN);
      if (!request || !("input" in request)) {
        refuse(request ? request.failure : new Failure("bad-request", "method: not a word"));
        return;
      }
      const answered = (value: unknown): void =>
        value instanceof Failure ? refuse(value) : this.#link.answer(call, native.fields(request, value));
      // What it has changed is on disk before it is said.
      const said = (value: unknown): void =>
        turn.join({
          speak: () => answered(value),
          restore: () => {},
          retract: () => refuse(new Failure("storage")),
        });
      const result = perform(services, linkCaller(this.#realm), request.row.operation, request.input);
      if (!(result instanceof Promise)) {
        said(result);
        return;
      }
      this.#busy = true;
      const finished = (finish: () => unknown): void => {
        const before = services.model.mark();
        try {
          said(finish());
        } catch (error) {
          services.model.revert(before);
          throw error;
        }
      };
      result
        .then(finished)
        .catch(failed)
        .finally(() => {
          this.#busy = false;
          this.#run();
        });
    } catch (error) {
      services.model.revert(mark);
      failed(error);
    }
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
    get body(): never {
      throw new Error("a call of a link carries no raw bytes");
    },
    remote: { address: "", port: 0 },
    shown: new Map(),
    become: () => {},
    expectEvery: () => {},
    part: () => {},
    logIn: () => {},
    useDialect: () => {},
    watch: () => {},
    whenSpoken: () => {},
    tell: () => {},
    drop: () => {},
  };
}
