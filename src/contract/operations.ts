/** What the server can be asked: the one list that the protocol, the operations and the client agree on. */
import type {
  Address,
  Chat,
  Content,
  FileInfo,
  Hello,
  HelpEntry,
  InboxScope,
  LinkState,
  Member,
  Page,
  Person,
  RealmInfo,
  Sent,
  SessionInfo,
  SharedFile,
  UploadStatus,
  UserInfo,
} from "./shapes.ts";

type FileSent = Sent & { file: FileInfo };
type Nothing = Record<never, never>;
/** Nothing more to say of it. A refusal would be one of those, and is none of these. */
type Done = Readonly<Record<string, never>>;

/** Every operation: what goes in, what comes out when it succeeds. */
export interface Operations {
  register: {
    input: {
      user: string;
      password: string;
      name?: string;
      country?: string;
      /** `login`: also logs the connection in. `token`: only hands out a token. */
      session: "none" | "token" | "login";
      /** Refused with logged-in while somebody is (spec 003). */
      onlyLoggedOut?: boolean;
    };
    output: { user: Person; token?: string };
  };
  login: { input: { user: Address; password: string }; output: { user: string; token: string } };
  logout: { input: Nothing; output: Done };
  changePassword: { input: { old: string; new: string }; output: { closed: number } };
  sessions: { input: Nothing; output: { sessions: readonly SessionInfo[] } };
  /** The session that acts, by a token, becomes the connection's own. */
  resume: { input: Nothing; output: UserInfo };
  whoami: { input: Nothing; output: UserInfo };
  info: { input: { user?: Address }; output: UserInfo };
  /** `elsewhere`: users of linked realms, `name@realm`. */
  users: {
    input: Nothing;
    output: { me: string; users: readonly UserInfo[]; elsewhere: readonly string[] };
  };
  /** Who is logged in on some connection of this server. */
  loggedIn: { input: Nothing; output: { names: readonly string[] } };
  /** Names alone, for a document that knows no failure: without a session those of this realm, or none. */
  userNames: { input: Nothing; output: { names: readonly string[] } };

  createGroup: { input: { group: string; members?: readonly Address[] }; output: { group: string } };
  /** `anywhere`: a group of a linked realm where none here has that name (spec 002). */
  joinGroup: { input: { group: Address; anywhere?: boolean }; output: { group: string; state?: "queued" } };
  leaveGroup: { input: { group: Address }; output: { group: string } };
  groups: { input: Nothing; output: { all: readonly string[]; mine: readonly string[] } };
  members: { input: { group: Address }; output: { group: string; members: readonly Member[] } };
  setPosting: { input: { group: string; posting: "open" | "members" }; output: { group: string; posting: string } };

  send: { input: { user: Address; text: string }; output: Sent };
  sendGroup: { input: { group: Address; text: string }; output: Sent };
  sendToRealm: { input: { realm: string; user: string; text: string }; output: Sent };
  /** `to` is a group (`kelas`, `group:kelas`) or several users (`u1,u2`) of the realm, or of this one. */
  sendToRealmGroup: { input: { realm?: string; to: string; text: string }; output: Sent };
  /** `to` is a user, or a group written `#group`. */
  post: { input: { "client-id": string; to: string; text: string }; output: Sent };
  /** `since` and `before` go with the scope `since`: only what came after one message, and before another. */
  inbox: { input: { scope: InboxScope; contents?: boolean; since?: string; before?: string }; output: Page };
  realmInbox: { input: { realm: string }; output: Page };
  groupInbox: { input: { group: Address }; output: Page };
  /** `with` is a user, or a group (`#group` where a user has the same name). */
  history: { input: { with: string; before?: string; limit?: number }; output: Page };
  chats: {
    input: { before?: string; limit?: number };
    output: { chats: readonly Chat[]; more: boolean; before?: string };
  };
  markRead: { input: { id: string }; output: { id: string } };

  sendFile: { input: { user: Address; filename: string; b64?: Uint8Array }; output: FileSent };
  sendFileGroup: {
    /** `realm`: only to its members of that realm. */
    input: { group: Address; filename: string; b64?: Uint8Array; realm?: string };
    output: FileSent;
  };
  sendFileToRealm: {
    input: { realm: string; user: string; filename: string; b64?: Uint8Array };
    output: FileSent;
  };
  /** `to` as of `sendToRealmGroup`. */
  sendFileToRealmGroup: {
    input: { realm?: string; to: string; filename: string; b64?: Uint8Array };
    output: FileSent;
  };
  /** `receiver` is a user, or a group written `#group`. The content is the request's body. */
  upload: {
    input: {
      receiver: string;
      filename: string;
      size: number;
      sha256?: string;
      "client-id"?: string;
      offset?: number;
    };
    output: FileSent;
  };
  uploadStatus: { input: { "client-id": string }; output: UploadStatus };
  download: { input: { id: string; offset?: number }; output: { file: FileInfo; offset: number; content: Content } };
  /** What one has sent or, with `received`, was given; the newest, oldest first. */
  files: {
    input: { received: boolean; before?: string; limit?: number };
    output: { files: readonly SharedFile[]; more: boolean; before?: string };
  };
  unsend: { input: { id: string }; output: { id: string } };
  myFiles: { input: Nothing; output: { files: ReadonlyMap<string, readonly string[]> } };
  /** `from`: only what this user has sent, or was sent by oneself, or what was sent to this group. */
  downloadFile: { input: { filename: string; from?: Address }; output: { file: FileInfo; content: Uint8Array } };
  downloadGroupFile: {
    input: { group: Address; filename: string };
    output: { file: FileInfo; content: Uint8Array };
  };

  /** `key`: the public key that it must have. */
  addRealm: {
    input: { realm: string; host?: string; port?: number; key?: string };
    output: { realm: string; state: LinkState };
  };
  realms: { input: Nothing; output: { realms: readonly RealmInfo[] } };

  linkHello: {
    input: { version: string; realm: string; key: string; nonce: string; advertise?: string };
    output: { realm: string; key: string; nonce: string; signature: string };
  };
  linkProve: { input: { signature: string; received: number }; output: { realm: string; received: number } };
  linkAnswer: { input: { call: number; answer: unknown }; output: Done };
  /** What a linked realm asks: its methods are a table of their own, realms/rpc.ts. */
  linkCall: { input: { method: string; body: unknown }; output: { data: unknown } };
  /** What existing servers of this family say to each other; `realm`: who they say they are. */
  legacyRealm: { input: { realm: string; host: string; port: number }; output: Done };
  legacyMessage: {
    input: { from: Address; realm?: string; members: readonly Address[]; text: string };
    output: Done;
  };

  hello: { input: Nothing; output: Hello };
  /** `seconds`: a promise to be heard of that often. */
  ping: { input: { seconds?: number }; output: { seconds?: number } };
  help: { input: { request?: string }; output: { requests: readonly HelpEntry[] } };
  dialect: { input: { dialect: string }; output: { dialect: string } };
  watch: { input: { on: boolean }; output: { watching: boolean } };
}

export type Operation = keyof Operations;
export type Input<O extends Operation> = Operations[O]["input"];
export type Output<O extends Operation> = Operations[O]["output"];
