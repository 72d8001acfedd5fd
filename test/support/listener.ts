/** A peer (foreign.ts) that waits for a server to connect. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import { type Answer, Channel, Peer } from "./foreign.ts";
import {
  bindingOf,
  type Hello,
  type Identity,
  isSigned,
  newNonce,
  serverOptions,
  transcript,
  type Welcome,
} from "./identity.ts";

/** Deals with a request in a listener's place; false: the listener does as usual. */
export type Instead = (request: string, channel: Channel) => boolean;

export class Listener extends Peer {
  readonly host = "127.0.0.1";
  /** What servers have said when they came, in order. */
  readonly hellos: Hello[] = [];
  /** Every request, in order. */
  readonly requests: string[] = [];
  /** How often somebody has connected. */
  visits = 0;
  /** Whether it speaks without encryption, as an older server does, and knows no other way. */
  isPlain = false;
  /** Whose certificate it shows; its own unless given. */
  context: SecureContext | undefined;
  /** The channel that it signs for, if that is another. */
  binding: string | undefined;
  instead: Instead = () => false;
  /** What it says of itself where that is not the truth. */
  lies: Partial<Welcome & { readonly signature: string }> = {};
  readonly #server: Server;
  #linked: Channel | undefined;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #last = 0;

  /** Listens on a free port, or this one. Closed with the test. */
  static async start(me: Identity, port = 0): Promise<Listener> {
    const listener = new Listener(me);
    listener.#server.listen(port, listener.host);
    await once(listener.#server, "listening");
    return listener;
  }

  private constructor(me: Identity) {
    super(me);
    const channels = new Set<Channel>();
    this.#server = createServer((socket) => channels.add(this.#accept(socket)));
    onTestFinished(() => {
      this.#server.close();
      for (const channel of channels) channel.close();
    });
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get isLinked(): boolean {
    return this.#linked !== undefined;
  }

  override call(method: string, body: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = ++this.#last;
      this.#waiting.set(call, { resolve, reject });
      if (this.#linked) this.#linked.send(JSON.stringify({ event: "call", data: { call, method, body } }));
      else reject(new Error("nobody is linked"));
    });
  }

  /** Bytes over the link that need not be a frame. */
  raw(bytes: string): void {
    this.#linked?.raw(bytes);
  }

  /** Takes in nothing more from the link. */
  pause(): void {
    this.#linked?.pause();
  }

  /** Ends the link; the server may come again. */
  hangUp(): void {
    this.#linked?.close();
  }

  #accept(raw: Socket): Channel {
    this.visits++;
    const socket = this.isPlain ? raw : new TLSSocket(raw, serverOptions(this.context ?? this.me.context));
    const guest: Guest = {
      binding: () => this.binding ?? (socket instanceof TLSSocket ? bindingOf(socket) : undefined),
      channel: new Channel(
        socket,
        (request) => this.#heard(guest, request),
        () => this.#lost(guest),
      ),
    };
    return guest.channel;
  }

  #heard(guest: Guest, request: string): void {
    this.requests.push(request);
    if (this.instead(request, guest.channel)) return;
    const [, word = "", rest = ""] = /^link (\w+) (.*)$/s.exec(request) ?? [];
    const said = this.#reply(guest, word, rest, request);
    if (said !== undefined) guest.channel.send(typeof said === "string" ? said : JSON.stringify(said));
  }

  #reply(guest: Guest, word: string, rest: string, request: string): Answer | string | undefined {
    switch (word) {
      case "hello":
        return this.#greet(guest, rest);
      case "prove":
        return this.#admit(guest, rest);
      case "call":
        return this.#called(rest);
      case "answer":
        return this.#answered(rest);
      default:
        return request.startsWith("dialect ") ? { status: "OK" } : { status: "ERROR", code: "unknown-request" };
    }
  }

  #greet(guest: Guest, words: string): Answer {
    const [version, realm = "", key = "", nonce = "", advertised = ""] = words.split(" ");
    if (version !== (this.isPlain ? "1" : "2")) return { status: "ERROR", code: "bad-request" };
    guest.hello = { realm, key, nonce, advertised };
    this.hellos.push(guest.hello);
    guest.welcome = { realm: this.me.realm, key: this.me.key, nonce: newNonce(), ...this.lies };
    const signature = this.me.sign(transcript("listener", guest.hello, guest.welcome, guest.binding()));
    return { status: "OK", signature, ...guest.welcome };
  }

  #admit(guest: Guest, words: string): Answer {
    const { hello, welcome } = guest;
    const [signature = ""] = words.split(" ");
    const isHis = (said: Hello, answered: Welcome): boolean =>
      isSigned(transcript("dialer", said, answered, guest.binding()), said.key, signature);
    if (!hello || !welcome || !isHis(hello, welcome)) {
      return { status: "ERROR", code: "realm-refused" };
    }
    this.#linked = guest.channel;
    return { status: "OK", realm: this.me.realm, received: this.received };
  }

  #called(words: string): Answer | string | undefined {
    const [method, rest] = split(words);
    const got = this.answer({ method, body: JSON.parse(rest) });
    return typeof got === "object" ? { status: got.code === undefined ? "OK" : "ERROR", ...got } : got;
  }

  #answered(words: string): Answer {
    const [call, rest] = split(words);
    this.#waiting.get(Number(call))?.resolve(JSON.parse(rest) as Answer);
    this.#waiting.delete(Number(call));
    return { status: "OK" };
  }

  #lost({ channel }: Guest): void {
    if (this.#linked !== channel) return;
    this.#linked = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error("the server ended the link"));
    this.#waiting.clear();
  }
}

/** One who has come to a listener, and what was said in the handshake so far. */
interface Guest {
  readonly channel: Channel;
  readonly binding: () => string | undefined;
  hello?: Hello;
  welcome?: Welcome;
}

/** The first word, and what comes after it. */
function split(words: string): readonly [word: string, rest: string] {
  const [word = ""] = words.split(" ", 1);
  return [word, words.slice(word.length + 1)];
}
