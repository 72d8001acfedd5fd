/** What follows for the links from a change, whoever has made it: this node or another. */
import { type Before, was } from "../state/apply.ts";
import type { Change, ChangeOf } from "../state/changes.ts";
import type { Realm, StoredFile } from "../state/entities.ts";
import type { Follower } from "../state/followers.ts";
import type { State } from "../state/state.ts";
import type { Peer } from "./peer.ts";

/** The realms' peers. */
interface Peers {
  of(realm: Realm): Peer;
  known(realm: Realm): Peer | undefined;
  announce(): void;
  wantNames(): void;
}

/** To follow the state with: wakes the peers that a change concerns, and tells them what they wait for. */
export function realmsFollower(model: State, peers: Peers): Follower {
  return { onChange: (change, before) => follow(model, peers, change, before) };
}

function follow(model: State, peers: Peers, change: Change, before: Before): void {
  switch (change.is) {
    case "item.queued":
      wake(model, peers, change.realm);
      return;
    case "realm.added":
      peerOf(model, peers, change.name)?.added();
      return;
    case "item.answered":
      peerOf(model, peers, change.realm)?.answered(change.n, change.result);
      return;
    case "realm.changed":
      changed(model, peers, change, before);
      return;
    case "realm.ended":
      wake(model, peers, change.as);
      return;
    case "realm.removed": {
      const realm = was(change, before);
      if (realm) peers.known(realm)?.wake();
      return;
    }
    case "file.added":
      if (change.origin && change.stored === undefined && !change.gone) wake(model, peers, change.origin.realm);
      return;
    case "file.arrived":
    case "file.lost":
      arrived(model, peers, model.files.byId(change.file), change.is === "file.arrived");
      return;
    case "names.asked":
      peers.wantNames();
      return;
    case "shown.asked":
      peerOf(model, peers, change.realm)?.askedShown(change);
      return;
    case "shown.told":
      peerOf(model, peers, change.realm)?.toldShown(change);
      return;
    case "group.made":
      if (change.realm === undefined) peers.announce();
      return;
    case "group.renamed":
      if (model.group(change.group).realm === undefined) peers.announce();
      return;
    case "user.added":
    case "user.renamed":
    case "user.deleted":
      peers.announce();
      return;
    default:
  }
}

function peerOf(model: State, peers: Peers, key: string): Peer | undefined {
  const realm = model.realms.find(key);
  return realm && peers.of(realm);
}

function wake(model: State, peers: Peers, key: string): void {
  peerOf(model, peers, key)?.wake();
}

/** A new number of received items changes nothing for its link. An address that the realm itself has told is used when it is dialed next. */
function changed(model: State, peers: Peers, change: ChangeOf<"realm.changed">, before: Before): void {
  const { fields } = was(change, before) as { readonly fields: Partial<Realm> };
  const { host, port, pinned, given } = change.values;
  const isMoved = fields.host !== host || fields.port !== port;
  if (isMoved && given !== "peer") peerOf(model, peers, change.realm)?.moved();
  else if (isMoved || fields.pinned !== pinned) wake(model, peers, change.realm);
}

function arrived(model: State, peers: Peers, file: StoredFile | undefined, isHere: boolean): void {
  const peer = file?.origin && peerOf(model, peers, file.origin.realm);
  if (file) peer?.arrived(file, isHere);
}
