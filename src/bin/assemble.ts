/** Options → the parts of a server → one that listens. What it takes from outside may be another than a process has. */
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import { Uploads } from "../contents/uploads.ts";
import { isName } from "../contract/names.ts";
import { MemoryLog } from "../logs/memory/index.ts";
import { SqliteLog } from "../logs/sqlite/index.ts";
import { isLoopback } from "../operations/federation/addresses.ts";
import { expire, knownContents, reconcile } from "../operations/files/retention.ts";
import { follower } from "../operations/follow.ts";
import { endEmptyGroups } from "../operations/groups/ending.ts";
import { liftEnded } from "../operations/people/bans.ts";
import { endOldInvitations } from "../operations/people/invitations.ts";
import { endOldSessions } from "../operations/people/sessions.ts";
import type { Contents, Services } from "../operations/services/context.ts";
import { Intake } from "../operations/services/intake.ts";
import { plainAddress } from "../operations/services/network.ts";
import { defaultCost, Passwords } from "../operations/services/passwords.ts";
import { Presence } from "../operations/services/presence.ts";
import { Transfers } from "../operations/services/transfers.ts";
import { Walks } from "../operations/services/walks.ts";
import { dialectNamed, dialectNames, dialects } from "../protocol/dialects/index.ts";
import { linkDoor } from "../realms/channel.ts";
import { Identity } from "../realms/identity.ts";
import { Realms } from "../realms/neighbours.ts";
import { Certificate } from "../server/certificate.ts";
import type { Host } from "../server/connection.ts";
import { HeldBytes, type ServerLimits } from "../server/limits.ts";
import { Listener } from "../server/listener.ts";
import { fewLines, type Log, logger } from "../server/log.ts";
import { OutputBudget } from "../server/output-budget.ts";
import { Rates } from "../server/rates.ts";
import type { ChangeLog } from "../state/log.ts";
import { State } from "../state/state.ts";
import { Turn } from "../state/turn.ts";
import { machine, type Timer, type World } from "../world/world.ts";
import { advertiser, checkAdvertised, configured, realmKey } from "./addresses.ts";
import { controlPath, keepFilesPrivate, keyPath, refuseLostDatabase, roomForRecords } from "./folders.ts";
import { type Settings, UsageError } from "./options.ts";
import { seedUsers } from "./seed.ts";
import type { serverOptions } from "./server-options.ts";
import { tellToDo } from "./to-do.ts";
import { version } from "./version.ts";

export type ServerSettings = Settings<typeof serverOptions>;

/** What is kept for some time is looked at this often, in ms, or more often. */
const LONGEST_EXPIRY_MS = 600_000;

/** Bytes that messages leave free, at most. */
const MOST_RESERVE = 64 * 2 ** 20;

/** What a server takes from around it. */
export interface Surrounding {
  /** Takes a line of its log. */
  readonly write: (line: string) => void;
  /** What keeps the changes, made from the log that the options name. */
  readonly through?: ((log: ChangeLog) => ChangeLog) | undefined;
  /** Clock, timers, chance and sockets; the machine's own if it is left out. */
  readonly world?: World;
}

export interface Assembled {
  readonly realm: string;
  readonly address: string;
  readonly port: number;
  /** `address:port`, an IPv6 address in brackets. */
  readonly place: string;
  readonly log: Log;
  /** What there is, for whoever looks on. */
  readonly model: State;
  /** What its connections have to say that is not read. */
  readonly waiting: OutputBudget;
  /** Answers what has arrived, ends every connection, keeps everything; at the latest after some seconds. */
  close(): Promise<void>;
}

/** @throws UsageError and Error with one clear line when it cannot start; then nothing is left open. */
export async function assemble(
  options: ServerSettings,
  { write, through, world = machine }: Surrounding,
): Promise<Assembled> {
  const realm = options.realm ?? ownName();
  if (!isName(realm)) {
    throw new UsageError(`--realm: ${JSON.stringify(realm)} is not a name: 1-32 letters, digits, _ . -`);
  }
  const peers = options.peer.map((one) => configured("--peer", one, realm));
  const legacy = options["legacy-realms"].map((one) => configured("--legacy-realms", one, realm));
  const plainLinks = new Set(options["plain-links"].map((name) => realmKey("--plain-links", name, realm)));
  checkAdvertised(options.advertise);
  const log = logger(options["log-level"], write, world.now);
  const few = fewLines(log, () => world.elapsed());
  refuseLostDatabase(options);
  const tls = tlsOf(options, world, log);
  const kept = logOf(options);
  const model = new State(through?.(kept) ?? kept);
  let uploads: Uploads | undefined;
  let turn: Turn | undefined;
  let listener: Listener | undefined;
  const letGo = async (): Promise<void> => {
    try {
      await listener?.close();
      await turn?.close();
    } finally {
      try {
        await model.close();
      } finally {
        uploads?.close();
      }
    }
  };
  try {
    uploads = uploadsOf(options, model);
    keepFilesPrivate(options, log);
    const limits = limitsOf(options);
    const identity = Identity.at(keyPath(options));
    const neighbours = new Realms(identity);
    // Until it listens, nobody asks.
    let onlyLoopback = false;
    const services = servicesOf(
      options,
      realm,
      model,
      uploads,
      limits,
      neighbours,
      log,
      few,
      world,
      () => onlyLoopback,
    );
    model.follow(follower(services));
    reconcile(services);
    expire(services);
    endOldSessions(services);
    endOldInvitations(services);
    endEmptyGroups(services);
    if (options["seed-users"] !== undefined) await seedUsers(services, options["seed-users"]);
    await model.commit();
    const { dialect, framing } = options;
    // On a full disk whoever asks makes it happen, and the log may be on the same one.
    turn = new Turn(model, world, (event, facts) => (event === "commit-failed" ? few : log)("error", event, facts));
    const held = new HeldBytes(limits.maxHeld);
    const waiting = new OutputBudget(limits.maxOutputTotal, world);
    const rates = new Rates(world, () => options.rate === "always" || (options.rate === "default" && !onlyLoopback));
    const proxies = options["proxy-from"];
    listener = new Listener({
      services,
      turn,
      limits,
      held,
      waiting,
      rates,
      dialect,
      framing,
      log,
      few,
      tls,
      proxies,
      links: linkDoor(identity),
    });
    const { address, port } = await listener.listen(options.host ?? "", options.port);
    // Through a proxy others come, too.
    onlyLoopback = isLoopback(address) && proxies.length === 0;
    await listenForOperator(listener, options, log);
    tellToDo(services, options, log);
    const own = {
      realm,
      world,
      identity,
      advertise: advertiser(options.advertise, address, port),
      onlyLoopback: () => onlyLoopback,
    };
    neighbours.start({ services, own, turn, log, few, outboxLife: options["outbox-days"], plainLinks }, peers, legacy);
    const expiring = everySoOften(services, turn);
    const sanctions = endSanctions(services, turn);
    return {
      realm,
      address,
      port,
      place: `${isIPv6(address) ? `[${address}]` : address}:${port}`,
      log,
      model,
      waiting,
      async close() {
        world.cancel(expiring);
        world.cancel(sanctions);
        neighbours.close();
        await letGo();
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}

/** @throws Error in one line where a path was given that cannot be used; beside the data it is not worth a server that does not start. */
async function listenForOperator(listener: Listener, options: ServerSettings, log: Log): Promise<void> {
  const path = controlPath(options);
  if (path === undefined) return;
  try {
    await listener.listenForOperator(path);
  } catch (error) {
    const { message } = error as Error;
    if (options.control !== undefined) throw new Error(`--control ${path}: ${message}`, { cause: error });
    log("warn", "no-control-socket", { path, reason: message });
  }
}

function everySoOften(services: Services, turn: Turn): Timer {
  const { partLife, fileLife } = services.policy;
  const look = (): void => {
    expire(services);
    endOldInvitations(services);
    endEmptyGroups(services);
    liftEnded(services);
    turn.schedule();
  };
  const pause = Math.min(LONGEST_EXPIRY_MS, Math.max(1000, Math.min(partLife, fileLife) / 2));
  return turn.every(pause, look);
}

/** Bans and silences in groups end within a second of their time. */
function endSanctions({ model, now }: Services, turn: Turn): Timer {
  return turn.every(1000, () => {
    const mark = model.mark();
    model.groups.endSanctions(now());
    if (model.mark() > mark) turn.schedule();
  });
}

function servicesOf(
  options: ServerSettings,
  realm: string,
  model: State,
  contents: Contents,
  limits: ServerLimits,
  neighbours: Realms,
  log: Log,
  few: Log,
  world: World,
  onlyLoopback: () => boolean,
): Services {
  // Ids sort by time: a clock that was put back must not put new messages before old ones.
  let time = model.messages.newest?.time ?? 0;
  const told = {
    "max-request": limits.maxRequest,
    "max-file-request": limits.maxFileRequest,
    "max-output": limits.maxOutput,
    "max-file": options["max-file"],
    "min-password": options["min-password"],
  };
  const now = (): number => {
    time = Math.max(time, world.now());
    return time;
  };
  const { data = "data" } = options;
  const intake = new Intake({
    quota: options["message-quota"],
    // Files stop long before. What this is for does not grow with what files leave.
    reserve: Math.min(options["min-free"] / 10, MOST_RESERVE),
    ...(!options.memory && { free: () => roomForRecords(data) }),
    now,
    onChange: (isFull) => log("warn", isFull ? "disk-low" : "disk-has-room", { data }),
  });
  return {
    realm,
    model,
    contents,
    intake,
    transfers: new Transfers(),
    world,
    walks: new Walks(world),
    passwords: new Passwords(
      { ...defaultCost, memory: Math.max(8, Math.round(options["password-memory"] / 1024)) },
      world,
    ),
    presence: new Presence(model),
    neighbours,
    policy: {
      get registration() {
        const wanted = options.registration;
        return wanted === "default" ? (onlyLoopback() ? "open" : "invite") : wanted;
      },
      get realms() {
        const wanted = options["realm-policy"];
        return wanted === "default" ? (onlyLoopback() ? "users" : "admins") : wanted;
      },
      trustLoopback: options["trust-loopback"],
      admins: new Set(options.admin.map((name) => name.toLowerCase())),
      minPassword: options["min-password"],
      outboxItems: options["outbox-messages"],
      outboxSize: options["outbox-size"],
      directory: !options["no-directory"],
      maxFile: options["max-file"],
      // Base64 has four characters for three bytes.
      maxInline: Math.floor(limits.maxFileRequest / 4) * 3,
      quota: options.quota,
      minFree: options["min-free"],
      maxTransfers: options["max-transfers"],
      fileLife: options["file-days"],
      partLife: options["part-days"],
    },
    fault: (error, part) =>
      log("error", "fault", { part, stack: error instanceof Error ? error.stack : String(error) }),
    account: (event, user, { remote: { address } }, invitation) =>
      few("info", event, { user, address: plainAddress(address), invitation }),
    realmLog: (event, facts, { acting, remote: { address } }) =>
      few("info", event, { ...facts, by: acting?.user.name, address: plainAddress(address) }),
    banLog: (event, { until, ...facts }) =>
      log("info", event, { ...facts, until: until === undefined ? undefined : new Date(until).toISOString() }),
    now,
    onlyLoopback,
    hello: (dialect) => ({ server: "obrol", version, realm, dialect, dialects: dialectNames, limits: told }),
    help: (dialect, request) => dialectNamed(dialect).help(request),
    hasDialect: (name) => dialects.has(name),
  };
}

function logOf(options: ServerSettings): ChangeLog {
  return options.memory ? new MemoryLog(options["memory-messages"]) : new SqliteLog(options.data ?? "data");
}

/** Without a database, files end with the process too. */
function uploadsOf(options: ServerSettings, model: State): Uploads {
  const folder = options.uploads ?? "uploads";
  if (options.memory) return Uploads.passing(folder);
  return Uploads.of(folder, Buffer.from(model.messages.salt).toString("hex"), knownContents({ model }));
}

function limitsOf(options: ServerSettings): ServerLimits {
  return {
    maxRequest: options["max-request"],
    maxFileRequest: options["max-file-request"],
    maxAnonymousRequest: options["max-anonymous-request"],
    maxHeld: options["max-held"],
    requestTimeout: options["request-timeout"],
    loginTimeout: options["login-timeout"],
    maxConnections: options["max-connections"],
    maxConnectionsPerIp: options["max-connections-per-ip"],
    maxOutput: options["max-output"],
    maxOutputTotal: options["max-output-total"],
  };
}

/** @throws UsageError, Error in one line when there is no certificate that can be used */
function tlsOf(options: ServerSettings, world: World, log: Log): Host["tls"] {
  const { "tls-cert": cert, "tls-key": key, "tls-only": only } = options;
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError("--tls-cert and --tls-key: one needs the other");
  if (cert !== undefined && key !== undefined) return { certificate: new Certificate({ cert, key }, world, log), only };
  if (only) throw new UsageError("--tls-only: needs --tls-cert and --tls-key");
  return undefined;
}

/** The host's name, as far as it is a name of ours. */
function ownName(): string {
  const name = hostname()
    .replace(/[^A-Za-z0-9_.-]/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 32);
  return name === "" ? "localhost" : name;
}
