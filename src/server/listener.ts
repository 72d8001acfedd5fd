/**
 * Accepts connections on the server's addresses and the control socket, checks them once a second, and closes all of them in
 * order.
 */
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { Failure } from "../contract/result.ts";
import { addressBan, banned } from "../operations/services/bans.ts";
import { plainAddress } from "../operations/services/network.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import type { Listening, Timer, World } from "../world/world.ts";
import { Connection } from "./connection.ts";
import { listenAt } from "./control-socket.ts";
import { Entrance } from "./entrance.ts";
import { expulsion } from "./expulsion.ts";
import type { Host } from "./host.ts";
import { type Arrival, ConnectionCount, type Remote } from "./limits.ts";
import { Proxied } from "./proxied.ts";

const CHECK_MS = 1000;

/** How long, in ms, requests under way may still take when the server stops. */
const GRACE_MS = 4000;

/** Where clients connect: an address, with port 0 for any free port; or the descriptor of a socket that is listening already. */
export type Door = { readonly host: string; readonly port: number } | { readonly fd: number };

export class Listener {
  readonly #host: Host;
  readonly #servers: Listening[] = [];
  /** The control socket. */
  #control: Listening | undefined;
  readonly #count: ConnectionCount;
  readonly #connections = new Set<Connection>();
  readonly #entrance: Entrance;
  /** Only if there are proxies. */
  readonly #proxied: Proxied | undefined;
  /** Serve the connections that have come before `begin`; undefined after it. */
  #early: (() => void)[] | undefined = [];
  /** Why nobody is served; undefined if everybody is. */
  #suspended: Failure | undefined;
  #checking: Timer | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#count = new ConnectionCount(host.limits);
    this.#entrance = this.#entranceOf(host);
    if (host.proxies.length > 0)
      this.#proxied = new Proxied({ ...host, world: host.services.world, proxies: host.proxies });
    host.services.model.follow(expulsion(this.#connections, host.services.model));
  }

  /** Begins to listen. @throws Error of the system: in use, not allowed, no such host */
  async listen(doors: readonly Door[]): Promise<readonly AddressInfo[]> {
    const addresses: AddressInfo[] = [];
    for (const door of doors) addresses.push(await this.#listenAt(door));
    this.#checking = this.#host.turn.every(CHECK_MS, () => this.#check());
    return addresses;
  }

  async #listenAt(door: Door): Promise<AddressInfo> {
    const server = this.#world.createServer((socket) => this.#whenBegun(socket, () => this.#accept(socket)));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen("fd" in door ? door : { ...door, backlog: 1024 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    this.#servers.push(server);
    server.on("error", (error) => this.#host.log("error", "accept-failed", { reason: error.message }));
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("a socket to listen on is none of TCP");
    return address;
  }

  /**
   * Also listens on the control socket, whose clients are the operator. @param path of the unix socket. @throws Error in one line
   */
  async listenForOperator(path: string): Promise<void> {
    const host = { ...this.#host, dialect: "native" };
    const control = this.#world.createServer((socket) => {
      const arrival = { opened: this.#world.now(), remote: { address: "", port: 0 }, operator: true };
      this.#whenBegun(socket, () => this.#open(socket, { ...arrival, recognise: () => {} }, host));
    });
    await listenAt(control, path);
    control.on("error", (error) => this.#host.log("error", "accept-failed", { reason: error.message }));
    this.#control = control;
  }

  /** Serves all connections from now on, also those that have come already. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const serve of early) serve();
  }

  /** How many connections there are, without those over the control socket. */
  get connections(): number {
    return this.#count.all;
  }

  /** Suspends service while nothing can be kept: all connections, and those that come, are closed with a refusal that says so. */
  suspend(isSuspended: boolean): void {
    const failure = isSuspended ? new Failure("storage", "this node cannot reach its store") : undefined;
    this.#suspended = failure;
    if (failure) for (const connection of this.#connections) connection.expel(failure);
  }

  /**
   * Stops: tells the watchers, accepts no more connections, answers all requests that were received, and closes all connections.
   * Resolves when that is done, a little after GRACE_MS at the latest.
   */
  async close(): Promise<void> {
    const { turn, services } = this.#host;
    // Connections that have come before service began are closed like all others.
    this.begin();
    turn.enter(() => services.presence.tellAll({ kind: "closing" }));
    this.#world.cancel(this.#checking);
    const servers = this.#control ? [...this.#servers, this.#control] : this.#servers;
    const closed = Promise.all(servers.map(closing));
    // Requests that lie in the sockets' buffers were received, too: these passes of the event loop read them.
    await this.#nextTurn();
    await this.#nextTurn();
    this.#proxied?.close();
    this.#entrance.close();
    for (const connection of this.#connections) connection.shutdown();
    const grace = this.#world.after(GRACE_MS, () => {
      for (const connection of this.#connections) connection.destroy();
    });
    await closed;
    this.#world.cancel(grace);
  }

  get #world(): World {
    return this.#host.services.world;
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#world.soon(resolve));
  }

  #whenBegun(socket: Socket, serve: () => void): void {
    if (!this.#early) {
      serve();
      return;
    }
    // Nobody else handles its errors yet.
    socket.on("error", () => {});
    this.#early.push(serve);
  }

  #accept(socket: Socket): void {
    const { remoteAddress: address, remotePort: port = 0 } = socket;
    // The client has gone already, and the system does not know its address any more.
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const remote = { address, port };
    const opened = this.#world.now();
    if (this.#proxied?.isProxy(address)) this.#awaitHeader(this.#proxied, socket, remote, opened);
    else this.#admit(socket, remote, opened);
  }

  #awaitHeader(proxied: Proxied, socket: Socket, proxy: Remote, opened: number): void {
    const release = this.#count.admitUnknown();
    if (!release) {
      this.#tooMany(socket, proxy);
      return;
    }
    socket.once("close", release);
    proxied.wait(socket, proxy, (remote) => {
      socket.off("close", release);
      release();
      this.#admit(socket, remote, opened);
    });
  }

  #admit(socket: Socket, remote: Remote, opened: number): void {
    const refused = this.#suspended ?? this.#refusedFrom(remote.address);
    if (refused) {
      this.#turnAway(socket, refused);
      return;
    }
    const counted = this.#count.admit(remote.address);
    if (!counted) {
      this.#tooMany(socket, remote);
      return;
    }
    socket.once("close", () => counted.release());
    const arrival = { opened, remote, operator: false, recognise: counted.recognise };
    this.#entrance.admit(socket, arrival);
  }

  #tooMany(socket: Socket, { address }: Remote): void {
    this.#host.few("warn", "too-many-connections", { peer: address });
    this.#turnAway(socket, new Failure("too-many", "too many connections"));
  }

  /** The refusal for an address that is banned. */
  #refusedFrom(address: string): Failure<"banned"> | undefined {
    const ban = addressBan(this.#host.services, address);
    if (!ban) return undefined;
    this.#host.few("info", "ban-refused", { address: plainAddress(address) });
    return banned(ban);
  }

  /** Sends a refusal to a connection that is not admitted, and closes it. */
  #turnAway(socket: Socket, failure: Failure): void {
    this.#host.meter?.refuse(failure.code);
    socket.on("error", () => {});
    // If what it has sent stayed unread the system would reset the connection, by which the refusal could be lost.
    socket.resume();
    socket.end(dialectNamed(this.#host.dialect).refuse(failure), () => socket.destroySoon());
  }

  /** Opens a connection that has passed the entrance. Its address may have been banned while it waited there. */
  #letIn(socket: Socket, arrival: Arrival, refused?: Failure): void {
    const connection = this.#open(socket, arrival);
    const failure = this.#refusedFrom(arrival.remote.address) ?? refused;
    if (failure) connection.turnAway(failure);
  }

  #open(socket: Socket, arrival: Arrival, host = this.#host): Connection {
    const connection = new Connection(socket, host, arrival);
    const { peer } = connection.client;
    this.#connections.add(connection);
    const tls = "getProtocol" in socket ? ((socket as TLSSocket).getProtocol() ?? undefined) : undefined;
    host.log("debug", "connected", { peer, tls });
    socket.once("close", () => {
      this.#connections.delete(connection);
      this.#host.log("debug", "disconnected", { peer });
    });
    return connection;
  }

  #entranceOf({ tls, links, services, log, limits }: Host): Entrance {
    return new Entrance({
      world: services.world,
      log,
      certificate: tls?.certificate,
      links,
      patience: () => limits.loginTimeout,
      onPlain: (socket, arrival) => this.#letIn(socket, arrival, tls?.only ? new Failure("tls-required") : undefined),
      onSecure: (socket, arrival) => this.#letIn(socket, arrival),
    });
  }

  #check(): void {
    const now = this.#world.now();
    this.#host.rates.forget();
    this.#host.services.intake.look();
    this.#entrance.check(now);
    for (const connection of this.#connections) connection.check(now);
    this.#host.waiting.check();
    // A check may have staged something, such as a session's last use.
    this.#host.turn.schedule();
  }
}

function closing(server: Listening): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
