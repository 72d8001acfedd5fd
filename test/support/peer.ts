/** Another server of the kind, as somebody would write it who has nothing but PROTOCOL.md, "Realms". It dials. */
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
  verify,
} from "node:crypto";
import type { ChatClient, ClientOptions, Reply, ServerEvent } from "../../src/client/client.ts";

interface Reachable {
  connect(options?: Partial<ClientOptions>): Promise<ChatClient>;
}

/** What the other side answers to `link hello`. */
interface Greeting extends Reply {
  readonly realm: string;
  readonly key: string;
  readonly nonce: string;
  readonly signature: string;
}

/** What was said in a handshake before it is proven. */
interface Said {
  readonly realm: string;
  readonly nonce: string;
  readonly advertise: string;
}

/** What the other side calls for. */
interface Call {
  readonly call: number;
  readonly method: string;
  readonly body: unknown;
}

type Answer = (body: unknown) => unknown;

export class Identity {
  readonly #secret: KeyObject;
  /** The public key. */
  readonly key: string;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.#secret = privateKey;
    this.key = String(publicKey.export({ format: "jwk" }).x);
  }

  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#secret).toString("base64url");
  }
}

export class Peer {
  readonly realm: string;
  readonly client: ChatClient;
  /** Its methods, for calls of the other side. What is not here is not answered. */
  readonly answers = new Map<string, Answer>([
    ["deliver", (items) => (items as unknown[]).map(() => ({}))],
    ["names", () => ({ salt: "", users: [], groups: [] })],
    ["news", () => ({})],
    ["ping", () => ({})],
  ]);
  /** Items that it was given. */
  readonly items: Record<string, unknown>[] = [];
  /** How the handshake ended. */
  readonly proven: Reply;
  #n = 0;

  /** The whole handshake. @throws Error when the other side is not who it says, or refuses. */
  static async dial(server: Reachable, realm: string, identity = new Identity()): Promise<Peer> {
    let peer: Peer | undefined;
    // Calls may be here before the proof's reply has been looked at.
    const early: Call[] = [];
    const onEvent = ({ event, data }: ServerEvent): void => {
      if (event !== "call") return;
      const call = data as unknown as Call;
      if (peer) peer.answer(call);
      else early.push(call);
    };
    const client = await server.connect({ onEvent });
    const said = { realm, nonce: nonce(), advertise: "" };
    const greeting = await hello(client, identity, said);
    if (greeting.status !== "OK") throw new Error(`refused: ${JSON.stringify(greeting)}`);
    if (!isGenuine(greeting, identity, said)) throw new Error("the other side has not proven its key");
    const reply = await client.request(`link prove ${proof(identity, said, greeting)} 0`);
    if (reply.status !== "OK") throw new Error(`refused: ${JSON.stringify(reply)}`);
    peer = new Peer(realm, client, reply);
    for (const call of early) peer.answer(call);
    return peer;
  }

  private constructor(realm: string, client: ChatClient, proven: Reply) {
    this.realm = realm;
    this.client = client;
    this.proven = proven;
    this.#n = Number(proven["received"]);
  }

  call(method: string, body: unknown): Promise<Reply> {
    return this.client.request(`link call ${method} ${JSON.stringify(body)}`);
  }

  /** Delivers items as they are, and gives their results. */
  async deliver(...items: readonly object[]): Promise<readonly Record<string, unknown>[]> {
    const reply = await this.call("deliver", items);
    if (reply.status !== "OK") throw new Error(`not delivered: ${JSON.stringify(reply)}`);
    return reply.data as Record<string, unknown>[];
  }

  /** A message to users of the other side, with the next number. */
  message(to: readonly string[], text: string): object {
    return { ...this.numbered("message"), ...said("budi", text), to };
  }

  /** The beginning of an item of ours. */
  numbered(kind: string): { n: number; kind: string } {
    this.#n += 1;
    return { n: this.#n, kind };
  }

  private answer({ call, method, body }: Call): void {
    if (method === "deliver") this.items.push(...(body as Record<string, unknown>[]));
    const answer = this.answers.get(method);
    if (answer) void this.client.request(`link answer ${call} ${JSON.stringify({ data: answer(body) })}`);
  }
}

/** Who says what, as it stands in an item. */
export function said(name: string, text: string): object {
  return { id: randomUUID(), from: { name, full: `${name} of elsewhere` }, text, time: Date.now() };
}

export function nonce(): string {
  return randomBytes(32).toString("base64url");
}

export async function hello(client: ChatClient, { key }: Identity, words: Said): Promise<Greeting> {
  await client.request("dialect native");
  const reply = await client.request(`link hello 1 ${words.realm} ${key} ${words.nonce} ${words.advertise}`.trimEnd());
  return reply as Greeting;
}

/** What is signed: PROTOCOL.md, "Linking". */
function signed(who: "listener" | "dialer", key: string, words: Said, listener: Greeting): string {
  const { realm, nonce: given, advertise } = words;
  const lines = ["obrol realm link 1", who, realm, key, given, advertise, listener.realm, listener.key, listener.nonce];
  return lines.map((line) => `${line}\n`).join("");
}

export function proof(identity: Identity, words: Said, listener: Greeting): string {
  return identity.sign(signed("dialer", identity.key, words, listener));
}

export function isGenuine(listener: Greeting, { key }: Identity, words: Said): boolean {
  const theirs = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: listener.key }, format: "jwk" });
  const text = Buffer.from(signed("listener", key, words, listener));
  return verify(null, text, theirs, Buffer.from(listener.signature, "base64url"));
}
