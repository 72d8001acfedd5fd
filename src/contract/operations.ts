/** The operations: all that the server can be asked, with input and output. Protocol, operations and client go by this list. */

import type { AccountOperations } from "./account-operations.ts";
import type { Said } from "./event.ts";
import type { OperatorOperations } from "./operator-operations.ts";
import type {
  Address,
  Altered,
  Blocked,
  Chat,
  Content,
  FileInfo,
  Found,
  GroupAsked,
  GroupInfo,
  GroupSettings,
  Hello,
  HelpEntry,
  InboxScope,
  LinkState,
  Listed,
  Member,
  Message,
  Muted,
  MuteMode,
  OwnSettings,
  Page,
  Person,
  RealmInfo,
  Restrained,
  Role,
  Sent,
  SharedFile,
  UploadStatus,
  UserInfo,
  Version,
  WaitingRequest,
} from "./shapes.ts";

type FileSent = Sent & { file: FileInfo };
/** What was done in a group; `state`: its home is another realm, which has not answered yet. */
type AtHome = { group: string; state?: "queued" };
type Nothing = Record<never, never>;
/** An output without fields. Unlike `Nothing`, a refusal does not have this type. */
type Done = Readonly<Record<string, never>>;

/** Each operation's input, and its output if it succeeds. Times are milliseconds since 1970. */
export interface Operations extends AccountOperations, OperatorOperations {
  whoami: { input: Nothing; output: UserInfo };
  info: { input: { user?: Address }; output: UserInfo };
  /**
   * At most `limit`, oldest accounts first, then those of linked realms (`elsewhere`, `name@realm`): those behind `user`, if that
   * is given. `after`: what to give for the next ones. `whole`: all of them.
   */
  users: {
    input: { user?: Address; limit?: number; whole?: true };
    output: {
      me: string;
      users: Listed<Omit<UserInfo, "seen" | "erasing">>;
      elsewhere: Listed<string>;
      more: boolean;
      after?: string;
    };
  };
  /** Who is logged in on some connection of this server. */
  loggedIn: { input: Nothing; output: { names: readonly string[] } };
  /** For spec 002, which knows no failure here: without a session it gives the users of this realm, or none. */
  userNames: { input: Nothing; output: { names: Listed<string> } };

  /** Nothing that he says privately is shown from now on, nor is he told of the user's comings and goings. */
  block: { input: { user: Address }; output: { user: string } };
  unblock: { input: { user: Address }; output: { user: string } };
  /** Shows a message to the operator, as it is now. */
  report: { input: { id: string; why?: string }; output: { report: number } };
  settings: { input: Nothing; output: OwnSettings };
  /** `known`: what others say who have not spoken with the user waits, see `requests`. */
  allow: { input: { allow: "everyone" | "known" }; output: { allow: string } };
  /** Whether nobody puts the user into a group. */
  refuseGroups: { input: { on: boolean }; output: { on: boolean } };
  /** Whether others see if the user is there. */
  presence: { input: { on: boolean }; output: { on: boolean } };
  /** He is away until `back`, whatever he does. */
  away: { input: { note?: string }; output: Done };
  back: { input: Nothing; output: Done };
  /** What the user says of himself; nothing any more without `note`. */
  setStatus: { input: { note?: string }; output: Done };
  /** `with` as of `history`. Passed on to who watches on the other side, or to nobody, which the user does not learn. */
  typing: { input: { with: string }; output: Done };
  /** Who waits to be let in, the newest 1,000. */
  requests: { input: Nothing; output: { requests: readonly WaitingRequest[] } };
  acceptUser: { input: { user: Address }; output: { user: string } };
  declineUser: { input: { user: Address }; output: { user: string } };
  blocks: { input: Nothing; output: { blocked: readonly Blocked[] } };

  createGroup: { input: { group: string; members?: readonly Address[] }; output: { group: string } };
  /** `anywhere`: a group of a linked realm where none here has that name (spec 002). */
  joinGroup: { input: { group: Address; anywhere?: boolean }; output: { group: string; state?: "queued" } };
  leaveGroup: { input: { group: Address }; output: { group: string } };
  groups: { input: Nothing; output: { all: Listed<string>; mine: readonly string[] } };
  members: { input: { group: Address }; output: { group: string; members: Listed<Member> } };
  groupInfo: { input: { group: Address }; output: GroupInfo };
  /** One or more of its settings. */
  setGroup: { input: { group: Address } & Partial<GroupSettings>; output: AtHome & Partial<GroupSettings> };
  /** `-` for none. */
  setTopic: { input: { group: Address; topic: string }; output: AtHome & { topic: string } };
  setSlow: { input: { group: Address; slow: number }; output: AtHome & { slow: number } };
  renameGroup: { input: { group: Address; "new-name": string }; output: AtHome };
  deleteGroup: { input: { group: Address }; output: AtHome };
  setRole: { input: { group: Address; user: Address; role: Role }; output: AtHome & { user: string; role: string } };
  inviteToGroup: { input: { group: Address; user: Address }; output: AtHome & { user: string } };
  groupInvitations: { input: Nothing; output: { invitations: readonly GroupAsked[] } };
  acceptGroup: { input: { group: Address }; output: AtHome };
  declineGroup: { input: { group: Address }; output: AtHome };
  kick: { input: { group: Address; user: Address; why?: string }; output: AtHome & { user: string } };
  /** `duration`: ms. `until`: of a group of this realm. */
  ban: {
    input: { group: Address; user: Address; duration?: number };
    output: AtHome & { user: string; until?: number };
  };
  unban: { input: { group: Address; user: Address }; output: AtHome & { user: string } };
  silence: {
    input: { group: Address; user: Address; duration?: number };
    output: AtHome & { user: string; until?: number };
  };
  unsilence: { input: { group: Address; user: Address }; output: AtHome & { user: string } };
  bans: {
    input: { group: Address };
    output: { group: string; bans: readonly Restrained[]; silences: readonly Restrained[] };
  };

  send: { input: { user: Address; text: string }; output: Sent };
  sendGroup: { input: { group: Address; text: string }; output: Sent };
  sendToRealm: { input: { realm: string; user: string; text: string }; output: Sent };
  /** `to` is a group (`kelas`, `group:kelas`) or several users (`u1,u2`) of the realm, or of this one. */
  sendToRealmGroup: { input: { realm?: string; to: string; text: string }; output: Sent };
  /** `to` is a user, or a group written `#group`. */
  post: { input: { "client-id": string; to: string; text: string }; output: Sent };
  /** `mentions`: only messages that name the user. `since` and `before` are ids of messages, for the scope `since`: only messages after the one and before the other. */
  inbox: {
    input: { scope: InboxScope; mentions?: boolean; contents?: boolean; since?: string; before?: string };
    output: Page;
  };
  realmInbox: { input: { realm: string }; output: Page };
  groupInbox: { input: { group: Address }; output: Page };
  /** `with` is a user, or a group (`#group` where a user has the same name). */
  history: {
    /** At most one of `before`, `after` and `around`, which are ids of messages, and `start`, a time that a message must not be before. */
    input: { with: string; before?: string; after?: string; around?: string; start?: number; limit?: number };
    output: Page;
  };
  /** What was said in one's conversations, by oneself too, and what became of messages, oldest first. @see Page */
  sync: {
    input: { since: string; before?: string };
    output: { events: readonly Said[]; more: boolean; before?: string };
  };
  /** The answer to a message goes where that was said. */
  reply: { input: { id: string; text: string }; output: Sent };
  /** The client's ids are those of `post`. */
  postReply: { input: { "client-id": string; id: string; text: string }; output: Sent };
  /** `to` as of `post`. */
  forward: { input: { id: string; to: string }; output: Sent };
  editMessage: { input: { id: string; text: string }; output: Altered };
  deleteMessage: { input: { id: string }; output: Altered };
  react: { input: { id: string; emoji: string }; output: Altered };
  /** Without `emoji`, all that one has reacted with. */
  unreact: { input: { id: string; emoji?: string }; output: Altered };
  pin: { input: { id: string }; output: Altered };
  unpin: { input: { id: string }; output: Altered };
  /** All that a message has said, the first text first. */
  versions: { input: { id: string }; output: { versions: readonly Version[] } };
  pins: { input: { group: Address }; output: { reader: Person; messages: readonly Message[] } };
  chats: {
    input: { before?: string; limit?: number };
    output: { chats: readonly Chat[]; more: boolean; before?: string };
  };
  /** `with` as of `history`, or somebody with whom nothing was said yet. What is told, and counted, is the same: clients go by it. */
  mute: { input: { with: string; muted: MuteMode }; output: { with: string; muted: MuteMode } };
  unmute: { input: { with: string }; output: { with: string } };
  mutes: { input: Nothing; output: { muted: readonly Muted[] } };
  markRead: { input: { id: string }; output: { id: string } };
  /**
   * `with` as of `history`; `start` and `end`: times that a message must not be before and after; `words` as `readTerms` reads them.
   * The newest first. `behind`: the newest messages may be missing.
   */
  search: {
    input: {
      with?: string;
      from?: Address;
      start?: number;
      end?: number;
      before?: string;
      limit?: number;
      words: string;
    };
    output: { found: readonly Found[]; more: boolean; before?: string; behind: boolean };
  };

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
  /** Files that the user has sent or, with `received`, was given; the newest page, oldest first. */
  files: {
    input: { received: boolean; before?: string; limit?: number };
    output: { files: readonly SharedFile[]; more: boolean; before?: string };
  };
  unsend: { input: { id: string }; output: { id: string } };
  myFiles: { input: Nothing; output: { files: ReadonlyMap<string, readonly string[]> } };
  /** `from`: only files between this user and the caller, or of this group. */
  downloadFile: { input: { filename: string; from?: Address }; output: { file: FileInfo; content: Content } };
  downloadGroupFile: {
    input: { group: Address; filename: string };
    output: { file: FileInfo; content: Content };
  };

  /** `key`: the public key that the realm must have, base64url. */
  addRealm: {
    input: { realm: string; host?: string; port?: number; key?: string };
    output: { realm: string; state: LinkState };
  };
  /** `refused`: messages and other items that waited for it. `as`: what was said stays to be read under this name. */
  removeRealm: { input: { realm: string }; output: { realm: string; refused: number; as?: string } };
  realms: { input: Nothing; output: { realms: readonly RealmInfo[] } };

  linkHello: {
    input: { version: string; realm: string; key: string; nonce: string; advertise?: string };
    output: { realm: string; key: string; nonce: string; signature: string };
  };
  linkProve: { input: { signature: string; received: number }; output: { realm: string; received: number } };
  linkAnswer: { input: { call: number; answer: unknown }; output: Done };
  /** A call of a linked realm. The methods are those of realms/rpc.ts. */
  linkCall: { input: { method: string; body: unknown }; output: { data: unknown } };
  /** A server of the older kind makes itself known, as `realm`. */
  legacyRealm: { input: { realm: string; host: string; port: number }; output: Done };
  legacyMessage: {
    input: { from: Address; realm?: string; members: readonly Address[]; text: string };
    output: Done;
  };

  hello: { input: Nothing; output: Hello };
  /** `seconds`: the client promises to send something that often. */
  ping: { input: { seconds?: number }; output: { seconds?: number } };
  help: { input: { request?: string }; output: { requests: readonly HelpEntry[] } };
  dialect: { input: { dialect: string }; output: { dialect: string } };
  watch: { input: { on: boolean }; output: { watching: boolean } };
}

/** An operation's name. */
export type Operation = keyof Operations;
/** What an operation takes, and what it gives if it succeeds. */
export type Input<O extends Operation> = Operations[O]["input"];
export type Output<O extends Operation> = Operations[O]["output"];
