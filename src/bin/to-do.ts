/** Lines of the log at the start: what is left for the operator to do, so that others can come. */
import type { Services } from "../operations/services/context.ts";
import type { Log } from "../server/log.ts";
import { controlPath } from "./folders.ts";
import type { ServerSettings } from "./server-options.ts";

/** Logs how accounts are made where they need an invitation, and which names of --admin have no account yet. */
export function tellToDo({ policy, model }: Services, options: ServerSettings, log: Log): void {
  const control = controlPath(options) === undefined ? "--control PATH, then " : "";
  if (policy.registration === "invite") {
    const todo = `new accounts need an invitation: ${control}chat-server admin invite; or --registration open`;
    log("info", "by-invitation", { todo });
  }
  for (const user of options.admin) {
    if (!model.users.find(user))
      log("warn", "no-admin", { user, todo: `${control}chat-server admin register ${user}` });
  }
}
