/** A peer (foreign.ts) that connects to a server. */
import { connect, type Socket } from "node:net";
import { connect as connectTls, type SecureContext, TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import { type Answer, type Answers, type Call, Channel, Peer } from "./foreign.ts";
import {
  bindingOf,
  type Hello,
  type Identity,
  isSigned,
  LINK_PROTOCOL,
  newNonce,
  transcript,
  type Welcome,
} from "./identity.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What a dialer says of itself; each part may be a lie. */
export interface DialerWords {
  readonly version: string;
  /** Whether it comes without encryption, as an older server does. */
  readonly plain: boolean;
  /** Whose certificate it shows. */
  readonly context: SecureContext;
  /** The channel that it has signed for, if that is another. */
  readonly binding: string;
  readonly hello: Partial<Hello>;
  /** The highest number it says it has. */
  readonly received: number | string;
  /** The address it comes from; loopback has many. */
  readonly from: string;
  /** How it answers, from the first call on. */
  readonly answers: Answers;
}

export class Dialer extends Peer {
  readonly channel: Channel;
  readonly hello: Hello;
  readonly #socket: Socket;
  readonly #words: Partial<DialerWords>;
  #welcome: Welcome = { realm: "", key: "", nonce: "" };
  #waiting: { resolve(reply: Answer): void; reject(error: Error): void }[] = [];

  /** Connects; what is sent at once waits for it. Closed with the test. */
  constructor(server: Place, me: Identity, words: Partial<DialerWords> = {}) {
    super(me);
    this.#words = words;
    this.hello = { realm: me.realm, key: me.key, nonce: newNonce(), advertised: "", ...words.hello };
    if (words.answers) this.answers = words.answers;
    const place = {
      host: server.host,
      port: server.port,
      ...(words.from !== undefined && { localAddress: words.from }),
    };
    this.#socket = words.plain
      ? connect(place)
      : connectTls({
          ...place,
          secureContext: words.context ?? me.context,
          rejectUnauthorized: false,
          ALPNProtocols: [LINK_PROTOCOL],
        });
    const ended = (): void => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error("the server ended the link"));
    };
    this.channel = new Channel(this.#socket, (frame) => this.#heard(frame), ended);
    onTestFinished(() => this.channel.close());
    // A dialer speaks native, whatever the server's own dialect is.
    void this.request("dialect native").catch(() => {});
  }

  /** A dialer that is linked. @throws Error when the server refuses it, or cannot prove who it is. */
  static async linked(server: Place, me: Identity, words: Partial<DialerWords> = {}): Promise<Dialer> {
    const dialer = new Dialer(server, me, words);
    for (const reply of [await dialer.sayHello(), await dialer.prove()]) {
      if (reply["status"] !== "OK") throw new Error(`not linked: ${JSON.stringify(reply)}`);
    }
    return dialer;
  }

  /** @throws Error when the server ends the connection before the reply. */
  request(text: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.channel.send(text);
    });
  }

  /** The listener's answer, whose signature must be right. */
  async sayHello(): Promise<Answer> {
    const { realm, key, nonce, advertised } = this.hello;
    const words = ["link hello", this.#words.version ?? (this.#words.plain ? "1" : "2"), realm, key, nonce, advertised];
    const reply = await this.request(words.join(" ").trimEnd());
    if (reply["status"] !== "OK") return reply;
    this.#welcome = reply as unknown as Welcome;
    const signed = transcript("listener", this.hello, this.#welcome, this.binding);
    if (!isSigned(signed, this.#welcome.key, String(reply["signature"]))) {
      throw new Error(`the listener has signed something else: ${JSON.stringify(reply)}`);
    }
    return reply;
  }

  /** Of the channel there is, once something has come over it. */
  get binding(): string | undefined {
    return this.#socket instanceof TLSSocket ? bindingOf(this.#socket) : undefined;
  }

  /** What this side signs. */
  get transcript(): string {
    return transcript("dialer", this.hello, this.#welcome, this.#words.binding ?? this.binding);
  }

  prove(signature: string = this.me.sign(this.transcript)): Promise<Answer> {
    return this.request(`link prove ${signature} ${this.#words.received ?? 0}`);
  }

  override call(method: string, body: unknown): Promise<Answer> {
    return this.callText(method, JSON.stringify(body));
  }

  /** A call whose body need not be JSON. */
  callText(method: string, body: string): Promise<Answer> {
    return this.request(`link call ${method} ${body}`);
  }

  #heard(frame: string): void {
    const said = JSON.parse(frame) as { event?: string; data?: { call: number } & Call };
    if (said.event !== "call" || !said.data) {
      this.#waiting.shift()?.resolve(said as Answer);
      return;
    }
    const { call, method, body } = said.data;
    const answer = this.answer({ method, body });
    if (answer === undefined) return;
    const text = typeof answer === "string" ? answer : JSON.stringify(answer);
    void this.request(`link answer ${call} ${text}`).catch(() => {});
  }
}
