/** What a server's backups are made of. */
import { join } from "node:path";
import { Backups } from "../backup/backups.ts";
import { CONFIG, DATA, UPLOADS } from "../backup/manifest.ts";
import { MARKER } from "../contents/claim.ts";
import type { Uploads } from "../contents/uploads.ts";
import type { Log } from "../server/log.ts";
import type { Turn } from "../state/turn.ts";
import { databaseOf, KEY, keyPath } from "./folders.ts";
import type { ServerSettings } from "./server-options.ts";
import { version } from "./version.ts";

interface Parts {
  readonly realm: string;
  readonly uploads: Uploads;
  readonly turn: Turn;
  readonly log: Log;
}

/** @returns undefined for a server that keeps nothing on disk */
export function backupsOf(options: ServerSettings, { realm, uploads, turn, log }: Parts): Backups | undefined {
  const { data = "data", uploads: files = "uploads", config } = options;
  const key = keyPath(options);
  if (options.memory) return undefined;
  return new Backups({
    ...{ version, realm, database: join(data, databaseOf(options)), uploads: files },
    others: [
      // That of several nodes is not in a file.
      ...(key === undefined ? [] : [{ from: key, name: `${DATA}/${KEY}` }]),
      { from: join(files, MARKER), name: `${UPLOADS}/${MARKER}` },
      ...(config === undefined ? [] : [{ from: config, name: CONFIG }]),
    ],
    async hold() {
      const release = await uploads.hold();
      // What other nodes have begun to remove before is in this one's database as gone.
      await turn.entered();
      return release;
    },
    onMade: ({ wrong, ...made }, folder) => log("info", "backup-made", { folder, ...made, wrong: wrong.length }),
    onFailed: (reason, folder) => log("error", "backup-failed", { folder, reason }),
  });
}
