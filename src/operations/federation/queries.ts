/** What a linked realm may ask for: public names, and pieces of files that were sent to it. PROTOCOL.md, "Calls". */

import { hash } from "node:crypto";
import type { NoContent } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Group, Party, Realm } from "../../state/entities.ts";
import type { State } from "../../state/state.ts";
import { fetched } from "../files/sharing.ts";
import { somebodyAt } from "../people/parties.ts";
import type { Services } from "../services/context.ts";

/** Names that one answer lists. */
const NAMES_A_PAGE = 1000;

/** Bytes of a file that one answer carries. */
const PIECE_BYTES = 128 * 1024;

/** Public names, after those that the asker has. A new `salt` means that the lists have begun anew and must be fetched from the start. */
interface Names {
  readonly salt: string;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly more: boolean;
}

/** The next page of public names. @param haveUsers how many users' names the asker has. @param haveGroups how many groups' */
export function names({ model, policy }: Services, haveUsers: number, haveGroups: number): Result<Names, "forbidden"> {
  if (!policy.directory) return new Failure("forbidden", "this realm does not tell names");
  const users = [...model.users.all()];
  const groups = [...model.groups.all()].filter(({ listed }) => listed);
  const more = users.length > haveUsers + NAMES_A_PAGE || groups.length > haveGroups + NAMES_A_PAGE;
  return {
    salt: Buffer.from(model.messages.salt).toString("hex") + leftOut(model),
    users: users.slice(haveUsers, haveUsers + NAMES_A_PAGE).map(({ name }) => name),
    groups: groups.slice(haveGroups, haveGroups + NAMES_A_PAGE).map(({ name }) => name),
    more,
  };
}

/**
 * A mark of all that takes names out of the lists: groups that are not listed, and names of groups and users that were freed or
 * changed. While it is the same, names are only added to the lists. Empty where there is none of these.
 */
function leftOut({ groups, users }: State): string {
  const hidden = [...groups.all()].filter(({ listed }) => !listed).map(({ id }) => id);
  const held = [...groups.heldNames.all]
    .map(([key, { until }]) => `${key} ${until}`)
    .toSorted((a, b) => (a < b ? -1 : 1));
  const { formerMark } = users;
  if (hidden.length + held.length === 0 && formerMark === 0) return "";
  return `-${hash("sha256", JSON.stringify([hidden, held, formerMark])).slice(0, 16)}`;
}

/** Bytes of a file; `size`: how many it has in all. */
interface Piece {
  readonly data: Uint8Array;
  readonly size: number;
}

/**
 * The bytes from an offset of a file that was sent to the asking realm, or to a group with members there: PIECE_BYTES at most. A
 * content that has not come here yet, or cannot be read, is `realm-unreachable`: the asker tries again.
 */
export async function piece(
  services: Services,
  { key }: Realm,
  id: string,
  offset: number,
): Promise<() => Result<Piece, NoContent>> {
  const { model, contents, fault } = services;
  const file = model.files.byId(id);
  const theirs = file && model.files.sharesOf(file).some(({ to }) => to.realm === key || isFor(to, key));
  if (!theirs || file.gone) return () => new Failure("file-not-found");
  if (file.stored === undefined) return () => new Failure("realm-unreachable", "it has not come here yet");
  const data = await contents.readPart(file.stored, offset, PIECE_BYTES).catch((error: unknown) => {
    // The content may be put back. This is no fault of the link: other calls go on.
    fault(error, "uploads");
    return undefined;
  });
  if (!data) return () => new Failure("realm-unreachable", "its content cannot be read");
  return () => {
    if (offset + data.length === file.size) fetched(services, file, somebodyAt(services, key));
    return { data, size: file.size };
  };
}

function isFor(to: Party | Group, realm: string): boolean {
  return "members" in to && to.realms.has(realm);
}
