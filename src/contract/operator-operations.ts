/** What only the operator can ask: part of the list of operations. */
import type { BanTarget } from "./ban-target.ts";
import type {
  Account,
  AccountDetails,
  Act,
  BanInfo,
  GroupSummary,
  Invitation,
  Reloaded,
  ReportInfo,
  ServerFigures,
} from "./operator-shapes.ts";
import type { LinkState } from "./shapes.ts";

type Nothing = Record<never, never>;

/** As `Operations` is. */
export interface OperatorOperations {
  /** The accounts with this in their name or full name; all unless it is given. */
  adminUsers: { input: { part?: string }; output: { users: readonly Account[] } };
  /** Gives a user another password, and ends all his sessions. */
  adminPassword: { input: { user: string; password: string }; output: { user: string; closed: number } };
  /** `uses` accounts, one unless it is given, can be made with its code within `days`, seven unless given; they join the group. */
  adminInvite: {
    input: { uses?: number; days?: number; group?: string };
    output: { invitation: Invitation; code: string };
  };
  adminInvitations: { input: Nothing; output: { invitations: readonly Invitation[] } };
  /** Ends an invitation, by its id. */
  adminUninvite: { input: { invitation: number }; output: { invitation: number } };
  /** `duration`: ms; for good unless it is given. */
  adminBan: {
    input: { target: BanTarget; duration?: number; reason?: string };
    output: { target: string; until?: number };
  };
  adminUnban: { input: { target: BanTarget }; output: { target: string } };
  /** Those that have not ended. */
  adminBans: { input: Nothing; output: { bans: readonly BanInfo[] } };

  /** Those that nobody has seen to, after the one so numbered. */
  adminReports: { input: { report?: number }; output: { reports: readonly ReportInfo[]; more: boolean } };
  /**
   * Backs up everything into a folder of the server's machine: an absolute path, where nothing is. `size` in bytes; `last`: the number of
   * the last message in it; `time`: what was acknowledged before is in it; `wrong`: files that the server does not have as they were.
   */
  adminBackup: {
    input: { folder: string };
    output: { folder: string; files: number; size: number; last: number; time: number; wrong: readonly string[] };
  };
  adminReportDone: { input: { report: number }; output: { report: number } };
  /** Rereads options and certificate. */
  adminReload: { input: Nothing; output: Reloaded };

  adminUser: { input: { user: string }; output: AccountDetails };
  /** Ends all his sessions, and closes the connections that he uses. */
  adminKick: { input: { user: string }; output: { user: string; closed: number } };
  /** `messages`: what he has said goes, too; `deleted`: how much of it. */
  adminDelete: {
    input: { user: string; messages?: boolean };
    output: { user: string; deleted: number };
  };
  /** `user`: the name that he had. */
  adminRename: { input: { user: string; "new-name": string }; output: { user: string; name: string } };
  /** Those with this in their name; all unless it is given. */
  adminGroups: { input: { part?: string }; output: { groups: readonly GroupSummary[] } };
  adminGroupDelete: { input: { group: string }; output: { group: string } };
  /** As its sender deletes a message. */
  adminMessageDelete: { input: { id: string }; output: { id: string } };
  /** A known realm must have this key from now on. */
  adminRealmPin: { input: { realm: string; key: string }; output: { realm: string; state: LinkState } };
  /** A message of the server to everybody who has an account: how many. */
  adminAnnounce: { input: { announcement: string }; output: { users: number } };
  adminStats: { input: Nothing; output: ServerFigures };
  /**
   * What operators have done: the newest page, oldest first, of what was done from `start` on, a time, and before the act so
   * numbered. `before`: what to give for the page before it.
   */
  adminAudit: {
    input: { start?: number; act?: number };
    output: { acts: readonly Act[]; more: boolean; before?: number };
  };
}
