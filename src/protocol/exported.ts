/** The lines of what `export-all` gives (NDJSON): an object each, with `type` and `v`, which is 1: fields are only ever added. */
import type { Exported } from "../contract/exported.ts";
import { leftForm, requestForm } from "./forms.ts";
import { withTimes } from "./time.ts";

/** With its line end. */
export function exportedLine(one: Exported): string {
  return `${JSON.stringify({ type: one.kind, v: 1, ...fieldsOf(one) })}\n`;
}

function fieldsOf(one: Exported): object {
  switch (one.kind) {
    case "account":
      return withTimes(one.account, "created");
    case "settings":
      return one.settings;
    case "session":
      return withTimes(one.session, "created", "used");
    case "group":
      return withTimes(one.group, "created");
    case "invitation":
      return withTimes(one.invitation, "time");
    case "blocked":
      return withTimes(one.blocked, "time");
    case "muted":
      return withTimes(one.muted, "time");
    case "request":
      return requestForm(one.request);
    case "file":
      return { received: one.received, ...withTimes(one.file, "time") };
    case "message":
      return { with: one.with, ...leftForm(one.message) };
  }
}
