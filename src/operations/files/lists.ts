/** Lists of files, and withdrawing one. */

import type { ItemBody } from "../../contract/items.ts";
import { formatAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { SharedFile } from "../../contract/shapes.ts";
import type { Group, Party, Realm, Share, StoredFile } from "../../state/entities.ts";
import { filesIn } from "../groups/reach.ts";
import { takeBack } from "../messages/deliver.ts";
import { isSomebody, somebodyAt } from "../people/parties.ts";
import { sharesOf } from "../reach.ts";
import { actor, type Caller, fileInfo, groupName, person, type Services } from "../services/context.ts";

/** Files of one reply. */
const PAGE_FILES = 1000;

/** Names of files: those sent to the user, by sender; those that the user has sent, by receiver; those of the user's groups, by group. */
export function myFiles(services: Services, caller: Caller): Output<"myFiles"> {
  const { model } = services;
  const me = actor(caller);
  const files = new Map<string, Set<string>>();
  const list = (holder: string, { file }: Share): void => {
    if (!file.gone) files.set(holder, (files.get(holder) ?? new Set()).add(file.name));
  };
  for (const one of sharesOf(model, me)) {
    if (one.to === me) list(called(services, one.from), one);
    // Files for groups are listed below, for those that the user is in.
    else if (!("members" in one.to) && !isSomebody(one.to)) list(called(services, one.to), one);
  }
  for (const group of model.groups.of(me)) {
    for (const one of filesIn(services, group, me)) list(groupName(services, group), one);
  }
  return { files: new Map([...files].map(([holder, names]) => [holder, [...names]])) };
}

/** Files that the user has sent; or those that others have given to the user or the user's groups. */
export function files(services: Services, caller: Caller, input: Input<"files">): ResultOf<"files"> {
  const { received, before, limit = PAGE_FILES } = input;
  const all = [...sharesByFile(services, caller, received)];
  const end = before === undefined ? all.length : all.findIndex(([{ id }]) => id === before);
  if (end < 0) return new Failure("file-not-found");
  const page = all.slice(Math.max(0, end - limit), end);
  const oldest = page[0]?.[0].id;
  const more = end > page.length;
  return {
    files: page.map(([file, shares]) => sharedFile(services, file, shares)),
    more,
    ...(more && oldest !== undefined && { before: oldest }),
  };
}

/** The files that `files` lists, oldest first, each with those of its shares that concern the caller. */
export function sharesByFile(
  services: Services,
  caller: Caller,
  received: boolean,
): ReadonlyMap<StoredFile, readonly Share[]> {
  const shares = received ? given(services, caller) : sharesOf(services.model, actor(caller));
  const byFile = new Map<StoredFile, Share[]>();
  for (const share of shares) {
    if (!received && share.from !== actor(caller)) continue;
    const known = byFile.get(share.file);
    if (known) known.push(share);
    else byFile.set(share.file, [share]);
  }
  return byFile;
}

export function sharedFile(services: Services, file: StoredFile, shares: readonly Share[]): SharedFile {
  return {
    ...fileInfo(file),
    time: file.created,
    from: called(services, (shares[0] as Share).from),
    to: [...new Set(receivers(shares).map((to) => called(services, to)))],
    got: [...services.model.files.fetchersOf(file)].map((party) => called(services, party)),
  };
}

/** Withdraws a file from all that the user gave it to. */
export function unsend(services: Services, caller: Caller, { id }: Input<"unsend">): ResultOf<"unsend"> {
  const { model } = services;
  const me = actor(caller);
  const file = model.files.byId(id);
  const mine = file ? model.files.sharesOf(file).filter(({ from }) => from === me) : [];
  if (!file || mine.length === 0) return new Failure("file-not-found");
  takeBack(services, file, me, false);
  return { id };
}

/** Withdraws a file from the receivers of an item that their realm has refused; no event. */
export function notGiven(services: Services, realm: Realm, item: ItemBody & { kind: "message" | "post" }): void {
  const { files, users } = services.model;
  const sender = users.find(item.from.name);
  const file = item.file && files.byId(item.file.id);
  if (!sender || !file) return;
  const there =
    item.kind === "message" ? item.to.map((name) => users.findAt(name, realm.key)) : [somebodyAt(services, realm.key)];
  takeBack(services, file, sender, true, new Set(there.filter((party) => party !== undefined)));
}

/** What others have given to the user or the user's groups, oldest first. */
function given(services: Services, caller: Caller): Share[] {
  const { model } = services;
  const me = actor(caller);
  const own = sharesOf(model, me).filter(({ to }) => to === me);
  const ofGroups = [...model.groups.of(me)].flatMap((group) => filesIn(services, group, me));
  return [...own, ...ofGroups.filter(({ from }) => from !== me)].toSorted(
    (a, b) => a.file.created - b.file.created || a.order - b.order,
  );
}

/** The receivers of a file; without the party that stands for a realm's users, if a group of that realm is among them. */
function receivers(shares: readonly Share[]): (Party | Group)[] {
  const realms = new Set(shares.map(({ to }) => ("members" in to ? to.realm : undefined)));
  return shares
    .map(({ to }) => to)
    .filter((to) => "members" in to || to.realm === undefined || !isSomebody(to) || !realms.has(to.realm));
}

/** `name`, `name@realm` or `#group`. */
function called(services: Services, to: Party | Group): string {
  if ("members" in to) return `#${groupName(services, to)}`;
  return formatAddress(person(services, to));
}
