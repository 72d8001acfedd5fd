/**
 * The model: the state in memory, read synchronously. Old messages, private conversations that are not in use, and outbox items
 * are read from the log's pages instead.
 */
import { Audit } from "./audit.ts";
import { Bans } from "./bans.ts";
import type { Stage } from "./changes.ts";
import type { Group, Party, StoredFile } from "./entities.ts";
import { Errands } from "./errands.ts";
import { Files } from "./files.ts";
import { GivenPages } from "./given-pages.ts";
import { Groups } from "./groups.ts";
import { Hidings } from "./hidings.ts";
import { Invitations } from "./invitations.ts";
import { LastSeen } from "./last-seen.ts";
import type { Pages } from "./log.ts";
import { Messages } from "./messages.ts";
import { Mutes } from "./mutes.ts";
import { Online } from "./online.ts";
import { Outbox } from "./outbox.ts";
import { Passing } from "./passing.ts";
import { RealmsKnown } from "./realms.ts";
import { Reports } from "./reports.ts";
import { Sessions } from "./sessions.ts";
import { SettingsKept } from "./settings.ts";
import { Users } from "./users.ts";

export class Model {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly invitations: Invitations;
  readonly bans: Bans;
  readonly hidings: Hidings;
  readonly settings: SettingsKept;
  readonly lastSeen: LastSeen;
  readonly online: Online;
  readonly reports: Reports;
  readonly audit: Audit;
  readonly errands: Errands;
  readonly groups: Groups;
  readonly mutes: Mutes;
  readonly messages: Messages;
  readonly givenPages: GivenPages;
  readonly files: Files;
  readonly realms: RealmsKnown;
  readonly outbox: Outbox;
  readonly passing: Passing;

  /** @param stage applies a change that a method of the model asks for. @param conversationsKept as of `Messages` */
  constructor(stage: Stage, pages: Pages, conversationsKept?: number) {
    this.users = new Users(stage);
    this.sessions = new Sessions(stage);
    this.invitations = new Invitations(stage);
    this.bans = new Bans(stage);
    this.hidings = new Hidings(stage);
    this.settings = new SettingsKept(stage);
    this.lastSeen = new LastSeen(stage);
    this.online = new Online(stage);
    this.reports = new Reports(stage);
    this.audit = new Audit(stage);
    this.errands = new Errands(stage);
    this.groups = new Groups(stage);
    this.mutes = new Mutes(stage, this.groups);
    this.messages = new Messages(stage, pages, this.users, conversationsKept);
    this.givenPages = new GivenPages(stage);
    this.files = new Files(stage);
    this.realms = new RealmsKnown(stage);
    this.outbox = new Outbox(stage, pages);
    this.passing = new Passing(stage);
  }

  /** A user of this realm or of another, by number. @throws Error if there is none: a change names only what exists */
  party(id: number): Party {
    return existing(this.users.byId(id), "party", id);
  }

  group(id: number): Group {
    return existing(this.groups.byId(id), "group", id);
  }

  file(id: string): StoredFile {
    return existing(this.files.byId(id), "file", id);
  }
}

/** An entity that a change names. @throws Error if it does not exist */
export function existing<T>(found: T | undefined, what: string, id: number | string): T {
  if (found === undefined) throw new Error(`a change names a ${what} that is not there: ${id}`);
  return found;
}
