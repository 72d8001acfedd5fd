/** What a linked realm may ask: public names, and files that were sent to it. PROTOCOL.md, "Calls". */
import type { Group, Party } from "../state/entities.ts";
import { type Caller, linkedRealm, type Services } from "./context.ts";
import { type Answer, type Ending, Failure, type Input, type Output } from "./contract.ts";
import { somebodyAt } from "./delivery.ts";
import { fetched } from "./sharing.ts";

/** Names that one answer lists. */
const NAMES_A_PAGE = 1000;

/** Bytes of a file that one answer carries. */
const PIECE_BYTES = 128 * 1024;

/** Public names, for whoever is linked. */
export function names({ model, policy }: Services, _caller: Caller, { have }: Input<"names">): Answer<"names"> {
  if (!policy.directory) return new Failure("forbidden", "this realm does not tell names");
  const users = [...model.users.all()];
  const groups = [...model.groups.all()];
  const more = users.length > have.users + NAMES_A_PAGE || groups.length > have.groups + NAMES_A_PAGE;
  return {
    salt: Buffer.from(model.messages.salt).toString("hex"),
    users: users.slice(have.users, have.users + NAMES_A_PAGE).map(({ name }) => name),
    groups: groups.slice(have.groups, have.groups + NAMES_A_PAGE).map(({ name }) => name),
    more,
  };
}

/** The names there are more: they are asked for. */
export function news({ neighbours }: Services, caller: Caller): Output<"news"> {
  neighbours.refresh(linkedRealm(caller));
  return {};
}

/** Part of a file that was sent to somebody, or to a group, of the realm that asks. */
export async function piece(services: Services, caller: Caller, { part }: Input<"piece">): Promise<Ending<"piece">> {
  const { model, contents } = services;
  const { key } = linkedRealm(caller);
  const file = model.files.byId(part.file);
  const theirs = file && model.files.sharesOf(file).some(({ to }) => to.realm === key || isFor(to, key));
  if (!theirs || file.gone) return () => new Failure("file-not-found");
  if (file.stored === undefined) return () => new Failure("realm-unreachable", "it has not come here yet");
  const data = await contents.readPart(file.stored, part.offset, PIECE_BYTES);
  return () => {
    if (part.offset + data.length === file.size) fetched(services, file, somebodyAt(services, key));
    return { data, size: file.size };
  };
}

function isFor(to: Party | Group, realm: string): boolean {
  return "members" in to && to.realms.has(realm);
}
