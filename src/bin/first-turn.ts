/** The first turn of a server, before anybody is connected: it puts right what has changed while it did not run. */
import { expire, loseMissing, reconcile } from "../operations/files/retention.ts";
import { endEmptyGroups } from "../operations/groups/ending.ts";
import { endOldInvitations } from "../operations/people/invitations.ts";
import { endOldSessions } from "../operations/people/sessions.ts";
import type { Services } from "../operations/services/context.ts";
import { seedOf } from "./seed.ts";

/**
 * @param seedUsers file of users and groups that must be there (`--seed-users`), if any
 * @throws UsageError for what is wrong in that file; Error of the log, and of the folder of files
 */
export async function firstTurn(services: Services, seedUsers: string | undefined): Promise<void> {
  const { model } = services;
  const seed = seedUsers === undefined ? undefined : await seedOf(services, seedUsers);
  // What others have kept since this node has read the log: their files must not be taken for unknown ones.
  await model.look();
  model.endReading();
  // Before this node has the order: nobody else has it while a folder is read.
  const missing = await reconcile(services);
  await model.take();
  loseMissing(services, missing);
  expire(services);
  endOldSessions(services);
  endOldInvitations(services);
  endEmptyGroups(services);
  seed?.();
  await model.commit();
}
