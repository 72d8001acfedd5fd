/** Reports: messages that users have shown to the operator, as they were then. A report is there until the operator ends it. */
import type { Stage } from "./changes.ts";
import type { Report, User } from "./entities.ts";

export class Reports {
  readonly #stage: Stage;
  readonly #byId = new Map<number, Report>();
  readonly #byUser = new Map<User, Set<Report>>();
  #last = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get count(): number {
    return this.#byId.size;
  }

  byId(id: number): Report | undefined {
    return this.#byId.get(id);
  }

  /** The oldest first. */
  all(): Iterable<Report> {
    return this.#byId.values();
  }

  of(user: User): ReadonlySet<Report> {
    return this.#byUser.get(user) ?? new Set();
  }

  add({ by, sender, group, ...fields }: Omit<Report, "id">): Report {
    const id = this.#last + 1;
    this.#stage({ is: "report.made", id, ...fields, by: by.id, sender: sender.id, group: group?.id });
    return this.#byId.get(id) as Report;
  }

  /** Removes the reason from a report, which is the words of the user who made it. */
  empty({ id }: Report): void {
    this.#stage({ is: "report.emptied", id });
  }

  end({ id }: Report): void {
    this.#stage({ is: "report.ended", id });
  }

  /** Numbers up to `last` are not given again, so that an operator who remembers one cannot end another report by it. */
  raise(last: number): void {
    this.#last = Math.max(this.#last, last);
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(report: Report): void {
    this.#byId.set(report.id, report);
    const own = this.#byUser.get(report.by);
    if (own) own.add(report);
    else this.#byUser.set(report.by, new Set([report]));
    this.raise(report.id);
  }

  /** Undoes the last `put` of a new one. */
  unmake(report: Report): void {
    this.take(report);
    this.#last = report.id - 1;
  }

  take(report: Report): void {
    this.#byId.delete(report.id);
    const own = this.#byUser.get(report.by);
    if (own?.delete(report) && own.size === 0) this.#byUser.delete(report.by);
  }
}
