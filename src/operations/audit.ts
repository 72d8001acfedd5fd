/** The audit log: what operators have done, who and when. An operation of the table below is noted wherever it succeeds. */
import { writeTarget } from "../contract/ban-target.ts";
import type { Input, Operation, Output } from "../contract/operations.ts";
import type { Act as Told } from "../contract/operator-shapes.ts";
import { Failure } from "../contract/result.ts";
import type { Act } from "../state/entities.ts";
import { actingAs, isOperator } from "./operator.ts";
import type { Caller, Services } from "./services/context.ts";

/** Acts of one reply. */
const PAGE = 100;

/** UTF-16 units of an announcement that are noted. */
const NOTED = 200;

/** What an act is called, and to whom or what it was done. */
interface Noted<O extends Operation> {
  readonly what: string;
  readonly target: (input: Input<O>, output: Output<O>) => string;
  /** Anybody may call this operation: it is an operator's act over the control socket only. */
  readonly onlyControl?: true;
}

/** The operations that are acts of operators. */
export const noted: { readonly [O in Operation]?: Noted<O> } = {
  register: { what: "register", target: ({ user }) => user, onlyControl: true },
  addRealm: { what: "addrealm", target: ({ realm }) => realm },
  removeRealm: { what: "realm remove", target: (_, { realm }) => realm },
  adminRealmPin: { what: "realm pin", target: (_, { realm }) => realm },
  adminPassword: { what: "password", target: (_, { user }) => user },
  adminInvite: { what: "invite", target: (_, { invitation }) => String(invitation.id) },
  adminUninvite: { what: "uninvite", target: ({ invitation }) => String(invitation) },
  adminBan: { what: "ban", target: (_, { target }) => target },
  adminUnban: { what: "unban", target: ({ target }) => writeTarget(target) },
  adminReportDone: { what: "report done", target: ({ report }) => String(report) },
  adminKick: { what: "kick", target: (_, { user }) => user },
  adminDelete: { what: "delete", target: ({ user }) => user },
  adminRename: { what: "rename", target: (_, { user, name }) => `${user} ${name}` },
  adminGroupDelete: { what: "group delete", target: (_, { group }) => group },
  adminMessageDelete: { what: "message delete", target: ({ id }) => id },
  adminAnnounce: { what: "announce", target: ({ announcement }) => announcement.slice(0, NOTED) },
};

/** Of any operation. */
export type AnyNoted = Noted<Operation>;

/**
 * Notes an operator's act, unless it was refused. @param output the result, or a `Later`: for an operation that is answered later
 * `target` may read the input only
 */
export function note(services: Services, caller: Caller, act: AnyNoted, input: unknown, output: unknown): void {
  if (output instanceof Failure) return;
  if (act.onlyControl ? !caller.operator : !isOperator(services, caller)) return;
  const target = act.target(input as never, output as never);
  services.model.audit.add({ time: services.now(), by: actingAs(caller), what: act.what, target });
}

export function adminAudit(
  { model }: Services,
  _caller: Caller,
  { start = 0, act: before = Number.POSITIVE_INFINITY }: Input<"adminAudit">,
): Output<"adminAudit"> {
  const found = model.audit.all().filter(({ id, time }) => id < before && time >= start);
  const page = found.slice(-PAGE);
  const [first] = page;
  const more = page.length < found.length;
  return { acts: page.map(told), more, ...(more && first && { before: first.id }) };
}

/** An act over the control socket has no name. */
function told({ id, time, by = "control", what, target }: Act): Told {
  return { act: id, time, by, what, target };
}
