/**
 * The page of metrics. Its cost does not grow with the number of users or connections: each value is maintained where it belongs, and
 * no label tells users or connections apart.
 */
import { performance } from "node:perf_hooks";
import type { Services } from "../../operations/services/context.ts";
import type { HeldBytes } from "../limits.ts";
import type { Listener } from "../listener.ts";
import type { OutputBudget } from "../output-budget.ts";
import { Exposition, type Sample } from "./exposition.ts";
import type { Meter } from "./meter.ts";

/** Bytes on the disk. */
export interface DiskUse {
  /** The free bytes on the disk of each folder. */
  readonly free: readonly Sample[];
  /** The size of each file of the database. */
  readonly files: readonly Sample[];
}

/** What the page is made from. */
export interface Measured {
  readonly version: string;
  readonly services: Services;
  readonly meter: Meter;
  readonly listener: Pick<Listener, "connections">;
  readonly waiting: OutputBudget;
  readonly held: HeldBytes;
  /** How many realms are linked. */
  readonly linked: () => number;
  readonly disk: () => Promise<DiskUse>;
  /** Only on a node: how many entries of the log it lacks, and how many nodes are alive. */
  readonly node: { readonly behind: number; readonly nodes: number } | undefined;
}

/** A page is made at most once in so many ms, and otherwise given again: so very many requests cost no more than a few. */
const FRESH_MS = 100;

export class MetricsPage {
  readonly #measured: Measured;
  #last: { readonly at: number; readonly text: string } | undefined;
  /** The page that is being made: while a disk does not answer, no second one is begun. */
  #making: Promise<string> | undefined;

  constructor(measured: Measured) {
    this.#measured = measured;
  }

  async read(): Promise<string> {
    const at = this.#measured.services.world.elapsed();
    if (this.#last && at - this.#last.at < FRESH_MS) return this.#last.text;
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    const text = await this.#making;
    this.#last = { at, text };
    return text;
  }

  async #make(): Promise<string> {
    const disk = await this.#measured.disk();
    const page = new Exposition();
    this.#addPeople(page);
    this.#addWork(page);
    this.#addSteps(page);
    this.#addQueues(page);
    this.#addDisk(page, disk);
    addProcess(page);
    return page.toString();
  }

  #addPeople(page: Exposition): void {
    const { version, listener, linked, services } = this.#measured;
    const { model, presence } = services;
    page.info("obrol_build", "The version that runs.", { version });
    page.gauge("obrol_connections", "Open connections of clients and other realms.", [listener.connections]);
    page.gauge("obrol_sessions", "Sessions that have not ended, whether anybody is connected or not.", [
      model.sessions.count,
    ]);
    page.gauge("obrol_users", "Accounts of this realm.", [model.users.count]);
    page.gauge("obrol_users_online", "Users who are online.", [presence.onlineCount]);
    page.gauge("obrol_links", "Other realms that are linked now.", [linked()]);
  }

  #addWork(page: Exposition): void {
    const { meter } = this.#measured;
    const requests = Array.from(
      meter.requests.all(),
      ({ operation = "unknown", code, count }): Sample => [count, { operation, code }],
    );
    const refused = Array.from(meter.refused, ([code, count]): Sample => [count, { code }]);
    page.counter(
      "obrol_requests",
      "Requests that were answered, by what was asked and ok or the error's code.",
      ...requests,
    );
    page.counter("obrol_connections_refused", "Connections that were ended with an error, by its code.", ...refused);
    page.histogram(
      "obrol_turn_seconds",
      "From a turn's first request to its last reply, commit included.",
      meter.turns,
    );
    page.histogram("obrol_commit_seconds", "Commits of turns that changed something.", meter.commits);
    page.counter("obrol_commit_failures", "Commits that failed; nothing of their turn was kept.", [meter.failures]);
  }

  #addSteps(page: Exposition): void {
    const { meter, node } = this.#measured;
    if (!node || !meter.steps) return;
    const { order, execute, keep, replica } = meter.steps;
    page.histogram("obrol_order_seconds", "Until a turn has the order, and what others have kept since.", order);
    page.histogram("obrol_execute_seconds", "From a turn's first request to its commit.", execute);
    page.histogram("obrol_keep_seconds", "Commits of turns, in PostgreSQL.", keep);
    page.histogram("obrol_replica_seconds", "Commits of turns, also of other nodes, in this node's copy.", replica);
    page.counter(
      "obrol_turns_overtaken",
      "Turns done again, as another node was faster, or as they needed the order.",
      [meter.overtaken],
    );
    page.gauge("obrol_log_entries_behind", "Turns of other nodes that are not here yet.", [node.behind]);
    page.gauge("obrol_nodes", "Nodes that are there, this one too.", [node.nodes]);
  }

  #addQueues(page: Exposition): void {
    const { waiting, held, services } = this.#measured;
    const { items, size } = services.model.outbox.all;
    page.gauge("obrol_output_held_bytes", "Replies and events that clients have not read yet.", [waiting.held]);
    page.gauge("obrol_output_queue", "Connections whose large reply waits for room.", [waiting.waiting]);
    page.gauge("obrol_input_held_bytes", "Requests that have not arrived whole.", [held.now]);
    page.gauge("obrol_password_queue", "Passwords that wait to be hashed.", [services.passwords.waiting]);
    page.gauge("obrol_outbox_items", "Items that wait for other realms.", [items]);
    page.gauge("obrol_outbox_characters", "Size of what waits for other realms, in UTF-16 units.", [size]);
  }

  #addDisk(page: Exposition, { free, files }: DiskUse): void {
    page.gauge("obrol_disk_free_bytes", "Room left on the disk of a folder.", ...free);
    page.gauge("obrol_disk_full", "1 while messages are refused for want of room.", [
      this.#measured.services.intake.isFull ? 1 : 0,
    ]);
    page.gauge("obrol_file_bytes", "Size of the database's files.", ...files);
  }
}

function addProcess(page: Exposition): void {
  const { user, system } = process.cpuUsage();
  const { active } = performance.eventLoopUtilization();
  page.counter("obrol_loop_busy_seconds", "Time in which the event loop did not wait for anything.", [active / 1000]);
  page.counter("process_cpu_seconds", "CPU time of the process.", [(user + system) / 1e6]);
  page.gauge("process_resident_memory_bytes", "Memory of the process.", [process.memoryUsage.rss()]);
  page.gauge("process_start_time_seconds", "When the process began, since 1970.", [performance.timeOrigin / 1000]);
}
