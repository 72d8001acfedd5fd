/** Options → the parts of a server → one that listens. What it takes from outside may be another than a process has. */
import { type AddressInfo, isIPv6 } from "node:net";
import type { Backups } from "../backup/backups.ts";
import type { Uploads } from "../contents/uploads.ts";
import { isLoopback } from "../operations/federation/addresses.ts";
import { follower } from "../operations/follow.ts";
import type { Services } from "../operations/services/context.ts";
import type { Presence } from "../operations/services/presence.ts";
import { linkDoor } from "../realms/channel.ts";
import { Identity } from "../realms/identity.ts";
import { Realms } from "../realms/neighbours.ts";
import type { Searching } from "../search/searching.ts";
import { Health } from "../server/health.ts";
import { HeldBytes } from "../server/limits.ts";
import { Listener } from "../server/listener.ts";
import { fewLines, type Log, logger } from "../server/log.ts";
import { Meter } from "../server/metrics/meter.ts";
import { OutputBudget } from "../server/output-budget.ts";
import { Rates } from "../server/rates.ts";
import { Shares } from "../server/shares.ts";
import { Told } from "../server/told.ts";
import { alone } from "../state/leases.ts";
import type { ChangeLog } from "../state/log.ts";
import type { Report } from "../state/participants.ts";
import { Turn } from "../state/turn.ts";
import { machine, type World } from "../world/world.ts";
import { advertiser, checkAdvertised, listenAddress, realmsOf } from "./addresses.ts";
import { backupsOf } from "./backups.ts";
import { firstTurn } from "./first-turn.ts";
import { keepFilesPrivate, keyPath, refuseLostDatabase, uploadsOf } from "./folders.ts";
import type { Monitor } from "./monitor.ts";
import { listenForOperator } from "./operator-socket.ts";
import { agreedRealm, realmName } from "./own-realm.ts";
import { limitsOf } from "./policy.ts";
import { Rejoining } from "./rejoining.ts";
import { reload } from "./reload.ts";
import { searchingOf } from "./search.ts";
import type { ServerSettings } from "./server-options.ts";
import { tlsOf } from "./server-tls.ts";
import { servicesOf } from "./services.ts";
import { Start } from "./start.ts";
import { loaded, type NodeHooks, openLog, storeUrl, tellOfStore } from "./store.ts";
import { tellToDo } from "./to-do.ts";
import { beginUpkeep } from "./upkeep.ts";

/** What a server takes from around it. */
export interface Surrounding {
  /** Takes a line of its log. */
  readonly write: (line: string) => void;
  /** What keeps the changes, made from the log that the options name. */
  readonly through?: ((log: ChangeLog) => ChangeLog) | undefined;
  /** Open the log and the folder of files that the options name; those of this program unless given. */
  readonly open?: typeof openLog;
  readonly files?: typeof uploadsOf;
  /** Sockets that listen for it already, by their numbers: it has no other port then. */
  readonly sockets?: readonly number[];
  /** What it would be started with now; what it was started with if it is left out. @throws UsageError */
  readonly reread?: () => Promise<ServerSettings>;
  /** Clock, timers, chance and sockets; the machine's own if it is left out. */
  readonly world?: World;
  /** It is told to stop while it starts: then it does not start. */
  readonly stop?: AbortSignal;
}

export interface Assembled {
  readonly realm: string;
  readonly address: string;
  readonly port: number;
  /** `address:port`, an IPv6 address in brackets. */
  readonly place: string;
  readonly log: Log;
  /** What there is, for whoever looks on. */
  readonly services: Services;
  readonly listener: Listener;
  /** What its connections have to say that is not read. */
  readonly waiting: OutputBudget;
  /** As of `Health`. */
  keeps(ms: number): Promise<boolean>;
  /** Resolves, with the reason, once it cannot go on: all that is left is to close it, and to start another. */
  readonly failed: Promise<string>;
  /** Goes by the options as they are now, and says in the log what has come of it. */
  reload(): Promise<unknown>;
  /** Answers what has arrived, ends every connection, keeps everything; at the latest after some seconds. */
  close(): Promise<void>;
}

/** @throws UsageError and Error with one clear line when it cannot start; then nothing is left open. */
export async function assemble(
  given: ServerSettings,
  {
    write,
    through,
    open = openLog,
    files = uploadsOf,
    world = machine,
    sockets = [],
    reread = () => Promise.resolve(given),
    stop,
  }: Surrounding,
): Promise<Assembled> {
  const options = { ...given };
  const ownRealm = realmName(options);
  const named = realmsOf(options, ownRealm);
  checkAdvertised(options.advertise);
  const log = logger(() => ({ most: options["log-level"], format: options["log-format"] }), write, world.now);
  const metricsAt = options.metrics === undefined ? undefined : listenAddress("--metrics", options.metrics);
  const few = fewLines(log, () => world.elapsed());
  refuseLostDatabase(options);
  const tls = tlsOf(options, world, log);
  let turn: Turn | undefined;
  // Its first turn is not the turn's: until that has ended, what others keep is not looked for.
  let hasBegun = false;
  let listener: Listener | undefined;
  let uploads: Uploads | undefined;
  const start = new Start(stop);
  const rejoining = new Rejoining(world, few);
  let isCutOff = false;
  /** Resolves once the store is away, until it is there again. */
  let away = Promise.withResolvers<void>();
  const meter = metricsAt && new Meter(world, storeUrl(options) !== undefined);
  const hooks: NodeHooks = {
    signal: start.signal,
    onNews() {
      if (hasBegun) turn?.look();
    },
    onEnded() {
      // It says anew who is here, and what it writes.
      if (hasBegun) turn?.enter(() => turn?.schedule());
    },
    onBroken: (reason) => start.fail(reason),
    onRebuilt: (reason) => log("warn", "copy-rebuilt", { reason }),
    onStep: (step, ms) => meter?.steps?.[step].add(ms),
    onReach(isReached, reason) {
      isCutOff = !isReached;
      if (isCutOff) away.resolve();
      else away = Promise.withResolvers();
      log(isReached ? "info" : "error", isReached ? "store-reached" : "store-lost", { reason });
      listener?.suspend(!isReached);
      // Who waits for a turn in doubt would wait until it is reached again; a start has nobody to whom it owes that.
      if (!isReached && !start.stands) start.fail(reason ?? "PostgreSQL cannot be reached");
    },
  };
  const { model, node } = await loaded(() => open(options, hooks), through);
  let index: Searching | undefined;
  let backups: Backups | undefined;
  let presence: Presence | undefined;
  let health: Health | undefined;
  let watched: Monitor | undefined;
  let neighbours: Realms | undefined;
  const letGo = async (): Promise<void> => {
    neighbours?.close();
    health?.stop();
    rejoining.close();
    try {
      await backups?.close();
      await listener?.close();
      // What became of its last turn a log may never say that cannot go on, or whose store is away: the next start reads it.
      if (!start.signal.aborted) {
        turn?.enter(() => presence?.keepSeen());
        await Promise.race([turn?.close(), away.promise, start.failed]);
      }
      // It reads the database, and is the last to but for the log.
      await index?.close();
    } finally {
      try {
        await (start.signal.aborted || isCutOff ? model.abandon() : model.close());
      } finally {
        uploads?.close();
        await watched?.close();
      }
    }
  };
  try {
    const realm = await start.step(agreedRealm(options, ownRealm, node));
    const claiming = Promise.resolve(files(options, model, node?.leases, world));
    // One that comes too late is given up.
    claiming.then((late) => start.signal.aborted && late.close()).catch(() => {});
    uploads = await start.step(claiming);
    rejoining.follow(uploads);
    keepFilesPrivate(options, log);
    const limits = limitsOf(options);
    index = searchingOf(options, model, world, log, node);
    const key = keyPath(options);
    const identity = node
      ? await start.step(Identity.shared(key, (pem) => node.agree("realm_key", pem)))
      : Identity.at(key);
    neighbours = new Realms(identity);
    // Until it listens, nobody asks.
    let onlyLoopback = false;
    const rates = new Rates(world, () => options.rate === "always" || (options.rate === "default" && !onlyLoopback));
    const waiting = new OutputBudget(() => limits.maxOutputTotal, world);
    // On a full disk whoever asks makes it happen, and the log may be on the same one.
    const report: Report = (event, facts) => (event === "commit-failed" ? few : log)("error", event, facts);
    turn = new Turn(model, world, report, meter);
    backups = backupsOf(options, { realm, uploads, turn, log });
    const services = servicesOf(options, {
      realm,
      model,
      contents: uploads,
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
      clock: node ? () => node.now() : world.now,
      isCutOff: () => isCutOff,
      onlyLoopback: () => onlyLoopback,
      reload: () => reload({ options, reread, certificate: tls?.certificate, log }),
      connections: () => listener?.connections ?? 0,
    });
    presence = services.presence;
    const well = new Health({ world, model, turn, isFull: () => services.intake.isFull, isCutOff: () => isCutOff });
    turn.follow(well);
    health = well;
    model.follow(follower(services));
    model.follow(index);
    await start.step(firstTurn(services, options["seed-users"]));
    hasBegun = true;
    if (node) turn.look();
    const { dialect, framing } = options;
    const held = new HeldBytes(() => limits.maxHeld);
    const proxies = options["proxy-from"];
    listener = new Listener({
      services,
      turn,
      limits,
      held,
      waiting,
      nothing: Told.nothing(),
      shares: new Shares(turn, world),
      rates,
      dialect,
      framing,
      log,
      few,
      tls,
      proxies,
      links: linkDoor(identity),
      meter,
    });
    const doors =
      sockets.length > 0 ? sockets.map((fd) => ({ fd })) : [{ host: options.host ?? "", port: options.port }];
    const addresses = await start.step(listener.listen(doors));
    const [{ address, port }] = addresses as [AddressInfo];
    // Through a proxy others come, too.
    onlyLoopback = addresses.every((one) => isLoopback(one.address)) && proxies.length === 0;
    const own = {
      realm,
      world,
      identity,
      advertise: advertiser(options.advertise, address, port),
      onlyLoopback: () => onlyLoopback,
    };
    const { peers, legacy, plainLinks } = realm === ownRealm ? named : realmsOf(options, realm);
    const [leases, outboxLife] = [node?.leases ?? alone, options["outbox-days"]];
    const parts = { services, own, turn, ownNode: node, leases, log, few, outboxLife, plainLinks };
    neighbours.start(parts, peers, legacy);
    await start.step(listenForOperator(listener, options, log));
    if (metricsAt && meter) {
      // It serves HTTP, which takes a sixth of a start to load.
      const { monitor } = await import("./monitor.ts");
      watched = monitor(options, { services, neighbours, health, listener, held, waiting, meter, node, log });
      await start.step(watched.listen(metricsAt));
    }
    tellToDo(services, options, log);
    if (storeUrl(options) !== undefined) await start.step(tellOfStore(options, log));
    const timers = beginUpkeep(services, turn, node);
    start.end();
    listener.begin();
    return {
      realm,
      address,
      port,
      place: `${isIPv6(address) ? `[${address}]` : address}:${port}`,
      log,
      services,
      listener,
      waiting,
      keeps: (ms) => well.keeps(ms),
      failed: start.failed,
      reload: services.reload,
      async close() {
        for (const timer of timers) world.cancel(timer);
        await letGo();
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}
