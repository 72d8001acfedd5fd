/** Answers what the other side calls over a link that was opened from here. */
import type { ServerEvent } from "../client/client.ts";
import { Failure, type Result } from "../contract/result.ts";
import { type Realm, StorageError } from "../state/entities.ts";
import type { Host } from "./host.ts";
import { type Called, callOf, type DialedLink } from "./link.ts";
import { executeCall } from "./rpc.ts";

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
    if (this.#host.turn.keeping) {
      this.#host.turn.enter(() => this.#run());
      return;
    }
    while (!this.#busy && !this.#link.ended) {
      const called = this.#waiting.shift();
      if (!called) return;
      this.#execute(called);
    }
  }

  #execute({ call, method, body }: Called): void {
    const { services, turn } = this.#host;
    const refuse = ({ code, detail }: Failure): void => this.#link.answer(call, { code, detail });
    // What it has changed is on disk before it is said.
    const said = (answer: Result<unknown>): void =>
      turn.join({
        speak: () => (answer instanceof Failure ? refuse(answer) : this.#link.answer(call, { data: answer })),
        restore: () => {},
        retract: () => refuse(new Failure("storage")),
      });
    /** What it does is undone, if it fails. */
    const guarded = (run: () => void): void => {
      const mark = services.model.mark();
      try {
        run();
      } catch (error) {
        services.model.revert(mark);
        services.fault(error, "call of a realm");
        refuse(new Failure(error instanceof StorageError ? "storage" : "internal"));
      }
    };
    const finish = (end: () => void): void => {
      turn.enter(() => {
        guarded(end);
        this.#busy = false;
        this.#run();
      });
    };
    guarded(() => {
      const answer = executeCall(services, this.#realm, method, body);
      if (!(answer instanceof Promise)) {
        said(answer);
        return;
      }
      this.#busy = true;
      answer.then(
        (ended) => finish(() => said(ended())),
        (error: unknown) =>
          finish(() => {
            throw error;
          }),
      );
    });
  }
}
