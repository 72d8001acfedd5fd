/** What operations work with, from a server's options and its parts. */
import { Failure } from "../contract/result.ts";
import { isDamage } from "../logs/sqlite/damage.ts";
import { actingAs } from "../operations/operator.ts";
import type { Contents } from "../operations/services/contents.ts";
import type { Backups, SearchIndex, Services } from "../operations/services/context.ts";
import { ErrandsDone } from "../operations/services/errands.ts";
import { Intake } from "../operations/services/intake.ts";
import { plainAddress } from "../operations/services/network.ts";
import type { OwnNode } from "../operations/services/node-users.ts";
import { defaultCost, Passwords } from "../operations/services/passwords.ts";
import { Presence } from "../operations/services/presence.ts";
import { Transfers } from "../operations/services/transfers.ts";
import { Tries } from "../operations/services/tries.ts";
import { TypingPace } from "../operations/services/typing-pace.ts";
import { Walks } from "../operations/services/walks.ts";
import { dialectNamed, dialectNames, dialects } from "../protocol/dialects/index.ts";
import { exportedLine } from "../protocol/exported.ts";
import type { Realms } from "../realms/neighbours.ts";
import type { ServerLimits } from "../server/limits.ts";
import type { Log } from "../server/log.ts";
import type { OutputBudget } from "../server/output-budget.ts";
import type { Rates } from "../server/rates.ts";
import { StoreLost } from "../state/entities.ts";
import type { State } from "../state/state.ts";
import type { Turn } from "../state/turn.ts";
import type { World } from "../world/world.ts";
import { databaseOf, roomForRecords, sizesOf } from "./folders.ts";
import { policyOf } from "./policy.ts";
import type { ServerSettings } from "./server-options.ts";
import { version } from "./version.ts";

/** Bytes that messages leave free, at most. */
const MOST_RESERVE = 64 * 2 ** 20;

interface Parts {
  readonly realm: string;
  readonly model: State;
  readonly contents: Contents;
  readonly index: SearchIndex;
  readonly backups: Backups | undefined;
  readonly limits: ServerLimits;
  readonly neighbours: Realms;
  readonly waiting: OutputBudget;
  readonly rates: Rates;
  readonly log: Log;
  readonly few: Log;
  readonly world: World;
  readonly turn: Turn;
  /** This node among others; undefined: there are none. */
  readonly node: OwnNode | undefined;
  /** Milliseconds since 1970: as all nodes see it. */
  readonly clock: () => number;
  /** Whether the store that nodes share is lost, which was said. */
  readonly isCutOff: () => boolean;
  /** Whether it can be reached only from its own machine. */
  readonly onlyLoopback: () => boolean;
  readonly reload: Services["reload"];
  readonly connections: () => number;
}

/** Bytes that messages leave free on the disk. */
export function reserveOf(options: ServerSettings): number {
  return Math.min(options["min-free"] / 10, MOST_RESERVE);
}

/** @param options read whenever they are needed: a live one may change. */
export function servicesOf(options: ServerSettings, parts: Parts): Services {
  const {
    realm,
    model,
    contents,
    index,
    backups,
    limits,
    neighbours,
    waiting,
    rates,
    log,
    few,
    world,
    turn,
    node,
    clock,
    isCutOff,
    onlyLoopback,
    reload,
    connections,
  } = parts;
  const began = world.elapsed();
  // Ids sort by time: a clock that was put back must not put new messages before old ones.
  let time = lastTime(model, log);
  const told = (): Readonly<Record<string, number>> => ({
    "max-request": limits.maxRequest,
    "max-file-request": limits.maxFileRequest,
    "max-output": limits.maxOutput,
    "max-file": options["max-file"],
    "min-password": options["min-password"],
  });
  const now = (): number => {
    time = Math.max(time, clock());
    return time;
  };
  // Nor before those that other nodes have taken.
  if (model.isShared) {
    model.follow({
      onMessage(change) {
        time = Math.max(time, change.time);
      },
    });
  }
  const { data = "data" } = options;
  const intake = new Intake({
    quota: () => options["message-quota"],
    // Files stop long before. What this is for does not grow with what files leave.
    reserve: () => reserveOf(options),
    free: () => (options.memory ? undefined : roomForRecords(data, databaseOf(options))),
    now,
    onChange: (isFull) => log("warn", isFull ? "disk-low" : "disk-has-room", { data }),
  });
  turn.follow(intake);
  const errands = new ErrandsDone(model.users, (event, facts) => log("info", event, facts));
  model.follow(errands);
  const cost = { ...defaultCost, memory: Math.max(8, Math.round(options["password-memory"] / 1024)) };
  const passwords = new Passwords(cost, world, (tried) => tries?.tell(tried));
  const counts = {
    tried: passwords.triedElsewhere.bind(passwords),
    account: rates.countAccount.bind(rates),
  };
  const tries = node && new Tries({ model, turn, own: node, world, now, counts });
  if (tries) model.follow(tries);
  return {
    realm,
    model,
    contents,
    index,
    backups,
    intake,
    transfers: new Transfers(),
    world,
    walks: new Walks(world),
    errands,
    passwords,
    presence: new Presence(model, now, turn, world, node),
    typingPace: new TypingPace({ elapsed: () => world.elapsed(), isUnderLoad: () => waiting.isUnderLoad }),
    neighbours,
    policy: policyOf(options, limits, onlyLoopback),
    fault(error, part) {
      if (!(error instanceof StoreLost)) {
        log("error", "fault", { part, stack: error instanceof Error ? error.stack : String(error) });
      } else if (!isCutOff()) {
        // Turns still come through: nobody else says it.
        few("warn", "store-unanswered", { part, reason: error.message });
      }
    },
    account: (event, user, { remote: { address } }, invitation) =>
      few("info", event, { user, address: plainAddress(address), invitation }),
    newAccount({ remote: { address } }) {
      const verdict = rates.takeAccount(address);
      if (verdict.is === "taken") {
        tries?.tellAccount(address);
        return undefined;
      }
      few("info", "limit", { address: plainAddress(address), budget: verdict.budget });
      return new Failure("rate-limited", "too many new accounts from your address", verdict.retry);
    },
    realmLog: (event, facts, caller) =>
      few("info", event, { ...facts, by: actingAs(caller), address: plainAddress(caller.remote.address) }),
    banLog: (event, { until, ...facts }, caller) =>
      few("info", event, {
        ...facts,
        by: actingAs(caller) ?? "operator",
        address: plainAddress(caller.remote.address) || undefined,
        until: until === undefined ? undefined : new Date(until).toISOString(),
      }),
    reload,
    erasedLog: (facts) => log("info", "erased", facts),
    reportLog: (event, facts) => few("info", event, facts),
    now,
    onlyLoopback,
    exportedLine,
    hello: (dialect) => ({ server: "obrol", version, realm, dialect, dialects: dialectNames, limits: told() }),
    figures: () => ({
      version,
      uptime: Math.round(world.elapsed() - began),
      connections: connections(),
      ...sizesOf(options),
      memoryBytes: process.memoryUsage.rss(),
    }),
    help: (dialect, request) => dialectNamed(dialect).help(request),
    hasDialect: (name) => dialects.has(name),
  };
}

/**
 * When the last message was accepted, in ms since 1970. Where that cannot be read because the database is damaged there, 0: the
 * server goes on, as it does with damage anywhere else, and the clock alone says what time it is.
 */
function lastTime({ messages }: State, log: Log): number {
  try {
    return messages.lastTime;
  } catch (error) {
    if (!isDamage(error)) throw error;
    log("error", "database-damaged", { reason: (error as Error).message });
    return 0;
  }
}
