/** A realm that goes through what servers go through: stopped, killed, frozen, started again where it was, on what it left behind. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import type { WireOptions } from "../../src/connection/wire-options.ts";
import { fillDatabase, fillDisk, freeDisk } from "./disk.ts";
import { testFolder } from "./folder.ts";
import { freePort } from "./free-port.ts";
import { type ServerProcess, startProcess, startServer, type TestServer } from "./server.ts";

/** One in this process. */
export class House {
  readonly realm: string;
  readonly host = "127.0.0.1";
  readonly port: number;
  /** Its folder of files. */
  readonly uploads: string;
  protected readonly data: string;
  protected readonly options: readonly string[];
  #server: TestServer | undefined;

  /** Started, and ended with the test. */
  static async of(realm: string, ...options: readonly string[]): Promise<House> {
    const house = new House(realm, await freePort(), testFolder(), options);
    onTestFinished(async () => void (await house.stop()));
    await house.start();
    return house;
  }

  protected constructor(realm: string, port: number, folder: string, options: readonly string[]) {
    this.realm = realm;
    this.port = port;
    this.data = join(folder, "data");
    this.uploads = join(folder, "uploads");
    // Where it is one of several nodes, the folder of files is theirs together.
    const places = ["--data", this.data, ...(options.includes("--uploads") ? [] : ["--uploads", this.uploads])];
    this.options = ["--realm", realm, "--port", String(port), ...places, ...options];
  }

  /** @param more options, for this time */
  async start(...more: readonly string[]): Promise<void> {
    this.#server = await startServer([...this.options, ...more]);
  }

  /** It ends as its operator wants it to. */
  async stop(): Promise<unknown> {
    return this.running.stop();
  }

  /** Its control socket. */
  get control(): string {
    return join(this.data, "control.sock");
  }

  /** What it has logged since its last start. */
  log(): string {
    return this.running.log();
  }

  /** Of its time so much passes at once, in ms. */
  pass(ms: number): void {
    this.running.pass(ms);
  }

  connect(options?: Partial<WireOptions>): Promise<Wire> {
    return this.running.connect(options);
  }

  protected get running(): TestServer {
    if (!this.#server) throw new Error(`${this.realm} was never started`);
    return this.#server;
  }
}

/** One as a process of its own: for what only a process can go through. */
export class HouseProcess extends House {
  #server: ServerProcess | undefined;

  static override async of(realm: string, ...options: readonly string[]): Promise<HouseProcess> {
    const house = new HouseProcess(realm, await freePort(), testFolder(), options);
    onTestFinished(() => house.kill());
    await house.start();
    return house;
  }

  override async start(...more: readonly string[]): Promise<void> {
    this.#server = await startProcess([...this.options, ...more]);
  }

  /** SIGTERM. @returns its exit code. */
  override stop(): Promise<number | NodeJS.Signals> {
    return this.running.kill("SIGTERM");
  }

  /** SIGKILL: it ends wherever it is, frozen or not. */
  async kill(): Promise<void> {
    await this.running.kill("SIGKILL");
  }

  /** It does nothing any more, but its connections stay open and new ones are accepted by the system. */
  freeze(): void {
    process.kill(this.running.pid, "SIGSTOP");
  }

  thaw(): void {
    process.kill(this.running.pid, "SIGCONT");
  }

  /** The next write of the database fails, or of any file that has so many bytes; see support/disk.ts. */
  fillDisk(bytes?: number): void {
    if (bytes === undefined) fillDatabase(this.running.pid, this.data);
    else fillDisk(this.running.pid, bytes);
  }

  freeDisk(): void {
    freeDisk(this.running.pid);
  }

  protected override get running(): ServerProcess {
    if (!this.#server) throw new Error(`${this.realm} was never started`);
    return this.#server;
  }
}
