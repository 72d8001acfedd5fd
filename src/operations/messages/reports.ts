/** Reports: messages that users show to the operator. */

import { formatAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { ReportInfo } from "../../contract/operator-shapes.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Report } from "../../state/entities.ts";
import { asSeenBy } from "../reach.ts";
import { actor, type Caller, groupName, person, type Services } from "../services/context.ts";
import { messageFor } from "./inbox.ts";
import { PAGE_TEXT } from "./walk.ts";

/** Open reports of one user and in all; reports in one reply. */
const MOST_OF_ONE = 100;
const MOST = 10_000;
const PAGE_REPORTS = 100;

/** Reports a message. Reported again by the same user, it keeps its report. */
export function report(services: Services, caller: Caller, { id, why = "" }: Input<"report">): ResultOf<"report"> {
  const { model, now } = services;
  const me = actor(caller);
  const said = messageFor(services, me, id);
  if (!said) return new Failure("message-not-found");
  const message = asSeenBy(model, said, me);
  const { sender, text, time: sent, file } = message;
  if (sender === me) return new Failure("bad-request", "id: you have said that yourself");
  const own = model.reports.of(me);
  const again = [...own].find((one) => one.message === id);
  if (again) return { report: again.id };
  if (own.size >= MOST_OF_ONE || model.reports.count >= MOST) {
    return new Failure("too-many", "the administrators have not seen to the earlier reports yet");
  }
  const { of } = message.conversation;
  const group = "members" in of ? of : undefined;
  const made = model.reports.add({
    by: me,
    message: id,
    sender,
    group,
    text,
    file: file?.name,
    sent,
    why,
    time: now(),
  });
  services.reportLog("reported", { report: made.id, by: me.name });
  return { report: made.id };
}

/** Open reports after a number, oldest first. */
export function adminReports(
  services: Services,
  _caller: Caller,
  { report: after = 0 }: Input<"adminReports">,
): Output<"adminReports"> {
  const waiting = [...services.model.reports.all()].filter(({ id }) => id > after);
  const reports: ReportInfo[] = [];
  let text = 0;
  for (const one of waiting.toSorted((a, b) => a.id - b.id)) {
    text += one.text.length;
    if (reports.length >= PAGE_REPORTS || (text > PAGE_TEXT && reports.length > 0)) return { reports, more: true };
    reports.push(told(services, one));
  }
  return { reports, more: false };
}

export function adminReportDone(
  services: Services,
  caller: Caller,
  { report: id }: Input<"adminReportDone">,
): ResultOf<"adminReportDone"> {
  const { reports } = services.model;
  const one = reports.byId(id);
  if (!one) return new Failure("report-not-found");
  reports.end(one);
  services.reportLog("report-done", { report: id, by: caller.acting?.user.name ?? "operator" });
  return { report: id };
}

function told(services: Services, { id, by, sender, group, message, text, file, sent, why, time }: Report): ReportInfo {
  return {
    report: id,
    by: by.name,
    from: formatAddress(person(services, sender)),
    ...(group && { group: groupName(services, group) }),
    id: message,
    message: text,
    ...(file !== undefined && { file }),
    sent,
    ...(why !== "" && { why }),
    time,
  };
}
