/** Accepts connections, on its port and on the control socket, looks after them once a second, and closes the house in order. */
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

/** How long, in ms, requests under way may take once the server is told to stop. */
const GRACE_MS = 4000;

/** Where clients come in: an address, with port 0 for any free one; or a socket that listens already. */
export type Door = { readonly host: string; readonly port: number } | { readonly fd: number };

export class Listener {
  readonly #host: Host;
  readonly #servers: Listening[] = [];
  /** Where the operator's connections come in. */
  #control: Listening | undefined;
  readonly #count: ConnectionCount;
  readonly #connections = new Set<Connection>();
  readonly #entrance: Entrance;
  /** Without a proxy nobody waits to be told whose a connection is. */
  readonly #proxied: Proxied | undefined;
  /** What serves those who have come before `begin`. */
  #early: (() => void)[] | undefined = [];
  /** Why nobody is served. */
  #suspended: Failure | undefined;
  #checking: Timer | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#count = new ConnectionCount(host.limits);
    this.#entrance = this.#entranceOf(host);
    if (host.proxies.length > 0)
      this.#proxied = new Proxied({ ...host, world: host.services.world, proxies: host.proxies });
    host.services.model.follow(expulsion(this.#connections, host.services.model), "all but messages");
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

  /** Also listens on a unix socket, as the operator's only. @throws Error in one line */
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

  /** Everybody is served from now on, who comes and who has come already. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const serve of early) serve();
  }

  /** How many connections there are, those of the operator left out. */
  get connections(): number {
    return this.#count.all;
  }

  /** Nobody is served while nothing can be kept: who is connected is told so, and so is who comes. */
  suspend(isSuspended: boolean): void {
    const failure = isSuspended ? new Failure("storage", "this node cannot reach its store") : undefined;
    this.#suspended = failure;
    if (failure) for (const connection of this.#connections) connection.expel(failure);
  }

  /** Tells who watches, accepts no more connections, answers all requests that were received, closes every connection. */
  async close(): Promise<void> {
    const { turn, services } = this.#host;
    // Who has come before anybody was served is closed as all are.
    this.begin();
    turn.enter(() => services.presence.tellAll({ kind: "closing" }));
    this.#world.cancel(this.#checking);
    const servers = this.#control ? [...this.#servers, this.#control] : this.#servers;
    const closed = Promise.all(servers.map(closing));
    // What lies in the sockets' buffers was received: one more turn reads it.
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
    // Nobody else looks at it yet.
    socket.on("error", () => {});
    this.#early.push(serve);
  }

  #accept(socket: Socket): void {
    const { remoteAddress: address, remotePort: port = 0 } = socket;
    // It has gone again, and the system no longer tells whose what it has sent was.
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

  /** Why nobody may come from an address: it is banned. */
  #refusedFrom(address: string): Failure<"banned"> | undefined {
    const ban = addressBan(this.#host.services, address);
    if (!ban) return undefined;
    this.#host.few("info", "ban-refused", { address: plainAddress(address) });
    return banned(ban);
  }

  /** One that is not let in is told why. */
  #turnAway(socket: Socket, failure: Failure): void {
    this.#host.meter?.refuse(failure.code);
    socket.on("error", () => {});
    // Unread, what it has sent would make the system reset the connection, and the answer could be lost.
    socket.resume();
    socket.end(dialectNamed(this.#host.dialect).refuse(failure), () => socket.destroySoon());
  }

  /** One that has waited in the entrance: its address may have been banned meanwhile. */
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
    // A check may have staged something: a session's last use.
    this.#host.turn.schedule();
  }
}

function closing(server: Listening): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
