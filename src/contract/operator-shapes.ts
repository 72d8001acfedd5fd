/** What only the operator is answered, in every dialect the same. */
import type { Access } from "./shapes.ts";

/** A user of this realm, as the operator sees him. */
export interface Account {
  readonly username: string;
  readonly name: string;
  readonly country: string;
  readonly online: boolean;
  readonly created: number;
  /** How many he has open. */
  readonly sessions: number;
}

/** All that the operator sees of an account. */
export interface AccountDetails extends Account {
  readonly admin: boolean;
  /** When he was online last, where he shows it. */
  readonly seen?: number;
  readonly ban?: { readonly reason: string; readonly until?: number };
  /** Bytes of his files. */
  readonly space: number;
  /** That he is in, and of those here the ones that he owns. */
  readonly groups: number;
  readonly owned: number;
  /** Wrong passwords for his name of late: one counts half after five minutes. */
  readonly failures: number;
  /** Empty `address` and `client`: of a session that an older program has opened. */
  readonly logins: readonly {
    readonly id: number;
    readonly created: number;
    readonly used: number;
    readonly address: string;
    readonly client: string;
  }[];
  /** Those of the node that answers that are logged in or watch. */
  readonly connections: readonly { readonly address: string; readonly dialect: string }[];
  /** The numbers of the nodes where he is online; undefined where there is only one. */
  readonly nodes?: readonly number[];
}

/** A group of this realm, as the operator sees it. */
export interface GroupSummary {
  readonly group: string;
  readonly owner: string;
  readonly members: number;
  readonly access: Access;
  readonly created: number;
}

/** What an operator has done. `by`: the administrator's name, or `control`; `what`: the command's words. */
export interface Act {
  readonly act: number;
  readonly time: number;
  readonly by: string;
  readonly what: string;
  readonly target: string;
}

/** What there is of a server, and what it takes: counts, bytes, and milliseconds that it has run. */
export interface ServerFigures {
  readonly version: string;
  readonly uptime: number;
  readonly users: number;
  readonly online: number;
  readonly sessions: number;
  readonly connections: number;
  readonly groups: number;
  readonly conversations: number;
  /** With what became of messages. */
  readonly messages: number;
  readonly files: number;
  readonly fileBytes: number;
  readonly databaseBytes: number;
  readonly indexBytes: number;
  /** Resident. */
  readonly memoryBytes: number;
  readonly realms: number;
  readonly outboxItems: number;
  /** In UTF-16 units. */
  readonly outboxSize: number;
  readonly reports: number;
}

/** An invitation, as the operator sees it; its code is known only to whom it was told. */
export interface Invitation {
  readonly id: number;
  /** Accounts that can still be made with it. */
  readonly uses: number;
  /** When it ends. */
  readonly until: number;
  /** The group that whoever comes by it joins. */
  readonly group?: string;
  /** The administrator who made it; none if it was made over the control socket. */
  readonly by?: string;
  readonly created: number;
}

/** A ban, in the operator's list of them. */
export interface BanInfo {
  /** As ban-target.ts writes it. */
  readonly target: string;
  readonly reason: string;
  /** When it ends; never by itself unless given. */
  readonly until?: number;
  /** The administrator; the operator at the control socket unless given. */
  readonly by?: string;
  readonly time: number;
}

/** A message that was reported, as the operator sees it. */
export interface ReportInfo {
  readonly report: number;
  /** Who has reported it, and who has said it. */
  readonly by: string;
  readonly from: string;
  readonly group?: string;
  /** The message's id, text and file name, and when it was said. */
  readonly id: string;
  readonly message: string;
  readonly file?: string;
  readonly sent: number;
  readonly why?: string;
  readonly time: number;
}

/** Names of options that reloading has found changed: those in force now, and those that need a restart. */
export interface Reloaded {
  readonly changed: readonly string[];
  readonly restart: readonly string[];
}
