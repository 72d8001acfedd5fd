/** What every store keeps, takes back and forgets, whatever it keeps it in. */
import { hash } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import type { Alteration } from "../../src/contract/shapes.ts";
import type { Posted } from "../../src/state/changes.ts";
import type {
  Ban,
  Conversation,
  Group,
  Invitation,
  Mute,
  Party,
  Realm,
  Report,
  Session,
  Share,
  StoredFile,
  StoredMessage,
  User,
} from "../../src/state/entities.ts";
import { RealmNames } from "../../src/state/realm-names.ts";
import type { State } from "../../src/state/state.ts";

export interface Adapter {
  open(): State;
  /** Closes the store and opens what it left behind; absent where nothing stays. */
  reopen?(stores: State): State;
}

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const LONG = "halo € 😀\n\ttab 'quote' \"\\ ".repeat(3000);

export const addUser = (stores: State, name: string): User =>
  stores.users.add({ name, fullName: `${name} é`, country: "id", password: `$${name}`, created: NOW });

const found = <T>(value: T | undefined): T => {
  expect(value).toBeDefined();
  return value as T;
};
export const user = (stores: State, name: string): User => found(stores.users.find(name));
const group = (stores: State, name = "kelas"): Group => found(stores.groups.find(name));
/** Where sessions are used. */
const HERE = { address: "192.0.2.1", client: "chat-client 1.0" };

const session = (stores: State, hash = "hash1"): Session => found(stores.sessions.find(hash));
const fileOf = (id: string, owner: Party, origin?: StoredFile["origin"]): StoredFile => ({
  id,
  owner,
  created: NOW,
  gone: false,
  name: `${id} é.txt`,
  size: 3,
  sha256: "00ff",
  stored: origin ? undefined : `s_${id}`,
  origin,
});
const invitation = (stores: State): Invitation => found(stores.invitations.find("code1"));
const banOf = (target: string, more: Partial<Ban> = {}): Ban => {
  return { target, reason: "", until: undefined, by: undefined, time: NOW, ...more };
};
const barca = (stores: State): Realm => found(stores.realms.find("barca"));
const xavi = (stores: State): Party => found(stores.users.findAt("XAVI", "barca"));
const tiki = (stores: State): Group => found(stores.groups.findAt("TIKI", "barca"));
const away = (stores: State): StoredFile => found(stores.files.byId("f9"));

/** Somebody of another realm says something. */
function hear(stores: State, from: Party, to: User, text: string, file?: StoredFile): StoredMessage {
  const message = stores.messages.append(
    stores.messages.conversation(from, to),
    from,
    NOW,
    text,
    file,
    `id of ${text}`,
  );
  if (file) stores.files.share({ file, from, to }, message);
  return message;
}

const reported = (stores: State): Omit<Report, "id"> => ({
  by: user(stores, "messi"),
  message: "id",
  sender: xavi(stores),
  group: group(stores),
  text: LONG,
  file: undefined,
  sent: NOW - 1,
  why: "é",
  time: NOW,
});

function block(stores: State, name: string, head: number): void {
  stores.hidings.hide(user(stores, "messi"), user(stores, name), "blocked", head, NOW + 1);
}

/** messi mutes somebody or a group. */
function mute(stores: State, place: Party | Group, muted: Mute | undefined): void {
  stores.mutes.set(user(stores, "messi"), place, muted);
}

export function say(stores: State, from: string, to: string, text = "halo", file?: StoredFile): StoredMessage {
  const conversation = stores.messages.conversation(user(stores, from), user(stores, to));
  return stores.messages.append(conversation, user(stores, from), NOW, text, file);
}

/** Some in each of three conversations. */
function sayMany(stores: State): void {
  for (let i = 0; i < 3; i++) {
    say(stores, "messi", "kaka", `banyak ${i} é`);
    say(stores, "kaka", "ronaldo", "");
    stores.messages.append(
      stores.messages.groupConversation(group(stores)),
      user(stores, "kaka"),
      NOW - i,
      `${i}`,
      undefined,
    );
  }
}

function give(stores: State, from: string, to: User | Group, id: string): void {
  const sender = user(stores, from);
  const file = fileOf(id, sender);
  const conversation =
    "members" in to ? stores.messages.groupConversation(to) : stores.messages.conversation(sender, to);
  stores.files.add(file);
  const message = stores.messages.append(conversation, sender, NOW, "", file);
  stores.files.share({ file, from: sender, to }, message);
}

/** A message, and all before it in its conversation, are too old. */
function removeOld(stores: State, seq: number): void {
  const { conversation } = found(stores.messages.get(seq));
  const all = Array.from({ length: seq }, (_, i) => i + 1);
  stores.messages.removeOld(
    conversation,
    all.filter((one) => stores.messages.get(one)?.conversation === conversation),
  );
}

/** Says what became of a message. */
function alter(stores: State, seq: number, by: string, what: Alteration, text?: string): StoredMessage {
  return stores.messages.alter(found(stores.messages.get(seq)), user(stores, by), NOW + 9, what, text);
}

/** messi answers a message. */
function answer(stores: State, seq: number, text: string): StoredMessage {
  const { conversation } = found(stores.messages.get(seq));
  return stores.messages.append(conversation, user(stores, "messi"), NOW, text, undefined, undefined, seq);
}

/** messi, kaka and ronaldo; two groups, a conversation in each way, sessions, files, realms. */
export function peopled(stores: State): State {
  for (const name of ["Messi", "kaka", "Ronaldo"]) addUser(stores, name);
  stores.sessions.add(user(stores, "messi"), "hash1", NOW, HERE);
  stores.sessions.add(user(stores, "messi"), "hash2", NOW + 1, HERE);
  const kelas = stores.groups.add("Kelas", user(stores, "kaka"), NOW);
  stores.groups.join(kelas, user(stores, "messi"), 7);
  const klub = stores.groups.add("klub", user(stores, "messi"), NOW);
  const sepi = stores.groups.add("sepi", user(stores, "kaka"), NOW);
  stores.groups.leave(sepi, user(stores, "kaka"));
  stores.groups.set(sepi, { emptied: NOW });
  stores.groups.setRole(kelas, user(stores, "messi"), "moderator");
  stores.groups.invite(klub, user(stores, "kaka"), user(stores, "messi"), NOW);
  const by = user(stores, "kaka");
  stores.invitations.add({ hash: "code1", uses: 2, until: NOW + 9, group: kelas, by, created: NOW });
  stores.invitations.add({ hash: "code2", uses: 1, until: NOW + 7, group: undefined, by: undefined, created: NOW });
  say(stores, "messi", "kaka", "satu");
  say(stores, "kaka", "messi", LONG);
  stores.messages.append(stores.messages.groupConversation(kelas), user(stores, "kaka"), NOW, "tiga", undefined);
  say(stores, "messi", "ronaldo", "empat");
  stores.messages.setRead(
    stores.messages.conversation(user(stores, "messi"), user(stores, "kaka")),
    user(stores, "kaka"),
    1,
  );
  stores.messages.remember(user(stores, "messi"), "mine", found(stores.messages.get(1)));
  give(stores, "messi", user(stores, "kaka"), "f1");
  give(stores, "messi", kelas, "f2");
  const barca = stores.realms.add({ name: "Barca", host: "10.0.0.1", port: 9000, given: "operator" });
  stores.realms.add({ name: "milan", host: undefined, port: undefined, given: "user" });
  const xavi = stores.users.addAt("Xavi", "barca", "Xavi Hernández");
  stores.groups.sanctions.ban(klub, xavi, { by: user(stores, "messi"), time: NOW, until: NOW + 50 });
  stores.groups.sanctions.silence(klub, xavi, { by: user(stores, "messi"), time: NOW, until: undefined });
  const tiki = stores.groups.addAt("Tiki", "barca", xavi, 12, NOW);
  stores.groups.join(tiki, xavi, 0);
  stores.groups.join(tiki, user(stores, "messi"), 0);
  stores.groups.join(kelas, xavi, 0);
  const away = fileOf("f9", xavi, { realm: "barca", id: "theirs" });
  stores.files.add(away);
  hear(stores, xavi, user(stores, "messi"), "hola", away);
  stores.realms.pin(barca, "KEY");
  stores.realms.setReceived(barca, 41, new Map([[41, { code: "user-not-found", detail: "é" }]]));
  const { seq } = answer(stores, 2, "delapan");
  alter(stores, seq, "messi", "edited", "kedua");
  alter(stores, seq, "messi", "reacted", "👍");
  alter(stores, seq, "messi", "reacted", "é");
  alter(stores, seq, "kaka", "reacted", "é");
  alter(stores, 6, "kaka", "pinned");
  for (const body of ['{"kind":"a"}', '{"kind":"b","text":"é😀"}']) stores.outbox.add(barca, body, NOW);
  const [messi, ronaldo] = [user(stores, "messi"), user(stores, "ronaldo")];
  stores.hidings.hide(messi, xavi, "blocked", 0, NOW);
  stores.hidings.hide(messi, ronaldo, "blocked", 0, NOW);
  stores.hidings.end(messi, ronaldo, 4);
  stores.hidings.hide(messi, by, "waiting", 1, NOW);
  stores.mutes.set(messi, kelas, { mode: "mentions", time: NOW });
  stores.mutes.set(messi, tiki, { mode: "all", time: NOW });
  stores.mutes.set(messi, xavi, { mode: "all", time: NOW + 1 });
  stores.reports.add(reported(stores));
  stores.errands.announce("halo", 2);
  stores.settings.set(messi, { allow: "known", refuseGroups: true, away: "é😀", status: "belajar" });
  stores.lastSeen.set(messi, NOW);
  stores.online.come(messi, 1);
  stores.online.come(messi, 2);
  stores.online.come(ronaldo, 2);
  stores.bans.add(banOf("kaka", { reason: "spam é" }));
  stores.bans.add(banOf("192.0.2.0/24", { until: NOW + 5000, by: "messi" }));
  void stores.commit();
  return stores;
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const sorted = <T>(items: Iterable<T>, tell: (item: T) => string): string[] => [...items].map(tell).toSorted(byText);
const fileLine = ({ id, name, size, sha256, stored, origin }: StoredFile): string =>
  [id, name, size, sha256, stored, origin?.realm, origin?.id].join(" ");
const share = ({ file, from, to }: Share): string => [fileLine(file), from.name, to.name].join(" ");
const messageLine = (message: StoredMessage): string => {
  const { seq, prev, sender, time, text, file, origin, reply, alters, altered } = message;
  const reactions = [...(altered?.reactions ?? [])].map(([emoji, by]) =>
    [emoji, ...[...by].map(([{ key }, row]) => `${key}:${row}`)].join(" "),
  );
  const become = [
    altered?.edited && [altered.edited.seq, altered.edited.time, altered.edited.first].join(" "),
    reactions,
  ];
  return JSON.stringify([
    ...[seq, prev, sender.key, time, brief(text), file && fileLine(file), origin, reply],
    ...[alters && [alters.target, alters.what, alters.former, alters.last], altered?.deleted, become],
  ]);
};

const brief = (text: string): string => (text.length < 100 ? text : hash("sha256", text));

/** Everything a reader can see, as plain data; what has no promised order in alphabetical order. */
export function picture({
  users,
  sessions,
  invitations,
  bans,
  hidings,
  settings,
  lastSeen,
  online,
  reports,
  audit,
  errands,
  groups,
  mutes,
  messages,
  files,
  realms,
  outbox,
}: State): unknown {
  const elsewhere = ["xavi", "puyol"].flatMap((name) => users.findAt(name, "barca") ?? []);
  const elsewhereGroups = ["tiki", "taka", "taki"].flatMap((name) => groups.findAt(name, "barca") ?? []);
  const everybody = [...users.all()].toSorted((a, b) => byText(a.key, b.key));
  // Long ones are among them, and each is in the chains of several: it is read once.
  const read = new Map<number, StoredMessage | undefined>();
  const message = (seq: number): StoredMessage | undefined => {
    if (!read.has(seq)) read.set(seq, messages.get(seq));
    return read.get(seq);
  };
  const chain = (head: number): unknown[] => {
    const list: unknown[] = [];
    for (let m = message(head); m; m = message(m.prev)) list.push(m.seq);
    return list;
  };
  const conversation = (c: Conversation): string => {
    const pinned = [...messages.pinsOf(c)].toSorted((a, b) => a - b);
    return JSON.stringify([
      c.head,
      c.last,
      sorted(c.read, ([reader, seq]) => `${reader.name} ${seq}`),
      chain(c.head),
      pinned,
    ]);
  };
  const told = (posted: StoredMessage | Posted | undefined): unknown =>
    posted && "seq" in posted ? posted.seq : posted;
  const groupLine = (g: Group): string => {
    const members = sorted(
      g.members,
      ([member, { since, order, moderator }]) => `${member.key} ${since} ${order} ${moderator}`,
    );
    const shares = files.of(g).map(share);
    const { topic, access, history, posting, listed, keepDays, slowSeconds, emptied, homeId } = g;
    const rules = [topic, access, history, posting, listed, keepDays, slowSeconds, emptied, homeId];
    const invited = sorted(g.invited, ([one, { by, time }]) => `${one.key} ${by.key} ${time}`);
    const [bans, silences] = [g.bans, g.silences].map((all) =>
      sorted(all, ([one, { by, time, until }]) => `${one.key} ${by.key} ${time} ${until}`),
    );
    const shown = [g.key, g.name, g.owner.key, ...rules, g.created, members, [...g.realms], g.heard, shares];
    return JSON.stringify([...shown, invited, bans, silences, groups.byId(g.id) === g]);
  };
  const peers = (of: User): string[] =>
    everybody.flatMap((peer) => {
      const between = messages.peek(of, peer);
      return between ? [`${peer.name} ${conversation(between)}`] : [];
    });
  return {
    users: everybody.map((one) => ({
      ...one,
      id: users.byId(one.id) === one,
      sessions: sorted(
        sessions.of(one),
        (s) =>
          `${s.hash} ${s.created} ${s.used} ${s.at.address} ${s.at.client} ${s.closed} ${sessions.find(s.hash) === s}`,
      ),
      groups: sorted(groups.of(one), ({ name }) => name),
      owned: groups.ownedBy(one),
      invitedTo: sorted(groups.invitedTo(one), ({ name }) => name),
      conversations: [sorted(messages.privateOf(one), conversation), peers(one)],
      posts: ["mine", "other"].map((id) => told(messages.posted(one, id))),
      files: files.of(one).map(share),
      settings: settings.of(one),
      mutes: sorted(mutes.all(one), ([{ key }, mute]) => JSON.stringify([key, mute])),
      seen: lastSeen.of(one),
      nodes: online.nodesOf(one).toSorted((a, b) => a - b),
      hides: [hidings.blockedBy(one), sorted(hidings.of(one), ([{ key }, hiding]) => JSON.stringify([key, hiding]))],
      hidden: [...everybody, ...elsewhere].map((sender) => {
        return Array.from({ length: 20 }, (_, seq) => hidings.hides(one, sender, seq) && seq).filter(
          (seq) => seq !== false,
        );
      }),
    })),
    elsewhere: elsewhere.map((one) => ({
      ...one,
      id: users.byId(one.id) === one,
      groups: sorted(groups.of(one), ({ key }) => key),
      conversations: sorted(messages.privateOf(one), conversation),
      files: files.of(one).map(share),
    })),
    groups: sorted([...groups.all(), ...elsewhereGroups], groupLine),
    held: ["kelas", "klub", "Sekolah"].map((name) =>
      [NOW, NOW + 5].map((at) => groups.heldNames.ownerOf(name, at)?.key),
    ),
    awaited: [...files.awaited("barca")].map(fileLine),
    shares: ["f1", "f9"].map((id) => {
      const file = files.byId(id);
      return file && [fileLine(file), files.sharesOf(file).map(share)];
    }),
    sessions: ["hash1", "hash2", "hash3"].map((hash) => sessions.find(hash)?.user.name),
    invitations: sorted(invitations.all(), (one) => {
      const { id, hash, uses, until, group, by, created } = one;
      const isFound = invitations.find(hash) === one && invitations.byId(id) === one;
      return JSON.stringify([id, hash, uses, until, group?.key, by?.key, created, isFound]);
    }),
    bans: sorted(bans.all(), ({ target, reason, until, by, time }) =>
      JSON.stringify([target, reason, until, by, time]),
    ),
    former: ["messi", "leo", "kaka", "ronaldo"].map((name) => [users.find(name)?.name, users.findEver(name)?.id]),
    acts: [...audit.all()],
    errands: errands.all().map(({ user, group, ...errand }) => [user?.key, group?.id, errand]),
    reports: [...reports.all()].map(({ id, by, sender, group, ...fields }) => {
      const isFound = reports.byId(id)?.by === by && [...reports.of(by)].some((one) => one.id === id);
      return [id, by.key, sender.key, group?.key, fields, isFound];
    }),
    banned: ["192.0.2.7", "192.0.3.7", "192.0.3.8", "2001:db8::1"].map((one) => bans.onAddress(one, NOW)?.target),
    realms: sorted(realms.all(), (realm) => {
      const { key, name, ended, named, encrypted, host, port, given, pinned, received, results } = realm;
      const waiting = outbox.waiting(realm).items;
      return JSON.stringify([
        key,
        name,
        ended,
        named,
        encrypted,
        host,
        port,
        given,
        pinned,
        received,
        [...results],
        waiting,
      ]);
    }),
    // Looking for a group's conversation makes one: only what has messages is looked at.
    messages: Array.from({ length: 40 }, (_, seq) => message(seq)).map((m) => m && messageLine(m)),
    pins: [3, 6].map((seq) => {
      const pinnedIn = message(seq)?.conversation;
      return pinnedIn && [...messages.pinsOf(pinnedIn)].toSorted((a, b) => a - b);
    }),
    salt: Buffer.from(messages.salt).toString("hex"),
  };
}

/** Every kind of change that a store can be asked for. */
export const changes: readonly (readonly [string, (stores: State) => void])[] = [
  ["a new user", (s) => void addUser(s, "pele")],
  ["a new password", (s) => s.users.setPassword(user(s, "kaka"), "$new")],
  ["a new session", (s) => void s.sessions.add(user(s, "kaka"), "hash3", NOW, HERE)],
  ["a session's use", (s) => s.sessions.touch(session(s), NOW + 5, { address: "127.0.0.2", client: "ponsel" })],
  ["the end of a session", (s) => s.sessions.close(session(s))],
  [
    "a new invitation",
    (s) => void s.invitations.add({ hash: "code3", uses: 5, until: NOW, group: group(s), by: undefined, created: NOW }),
  ],
  ["an invitation's use", (s) => s.invitations.use(invitation(s))],
  ["the last use of an invitation", (s) => s.invitations.use(found(s.invitations.find("code2")))],
  ["the end of an invitation", (s) => s.invitations.end(invitation(s))],
  ["a new group", (s) => void s.groups.add("tim", user(s, "ronaldo"), NOW)],
  ["a new member", (s) => s.groups.join(group(s), user(s, "ronaldo"), 3)],
  ["a moderator", (s) => s.groups.setRole(group(s, "klub"), user(s, "messi"), "moderator")],
  ["a moderator less", (s) => s.groups.setRole(group(s), user(s, "messi"), "member", user(s, "kaka"))],
  ["another owner", (s) => s.groups.setRole(group(s), user(s, "messi"), "owner")],
  ["a member less", (s) => s.groups.leave(group(s), user(s, "messi"))],
  ["a group that is open to its members only", (s) => s.groups.set(group(s), { posting: "members" })],
  ["a group's topic", (s) => s.groups.set(group(s), { topic: "é 😀" }, user(s, "kaka"))],
  [
    "every rule of a group",
    (s) => s.groups.set(group(s), { access: "closed", history: "joined", listed: false, keepDays: 7, slowSeconds: 30 }),
  ],
  ["a group that nobody is in any more", (s) => s.groups.set(group(s), { emptied: NOW })],
  ["a group that somebody is in again", (s) => s.groups.join(group(s, "sepi"), user(s, "ronaldo"), 0)],
  ["a group's id at its home", (s) => s.groups.set(tiki(s), { homeId: "7-abc" })],
  ["somebody who is asked to join", (s) => s.groups.invite(group(s), user(s, "ronaldo"), user(s, "messi"), NOW)],
  ["somebody who is asked no more", (s) => s.groups.uninvite(group(s, "klub"), user(s, "kaka"))],
  ["somebody who was asked to join and does", (s) => s.groups.join(group(s, "klub"), user(s, "kaka"), 0)],
  [
    "a ban that ends",
    (s) => s.groups.sanctions.ban(group(s), user(s, "ronaldo"), { by: user(s, "kaka"), time: NOW, until: NOW + 9 }),
  ],
  [
    "a ban in place of another",
    (s) => s.groups.sanctions.ban(group(s, "klub"), xavi(s), { by: user(s, "messi"), time: NOW, until: undefined }),
  ],
  ["a ban that was taken back", (s) => s.groups.sanctions.unban(group(s, "klub"), xavi(s), user(s, "messi"))],
  ["a ban whose time is over", (s) => s.groups.sanctions.end(NOW + 100)],
  [
    "somebody who may say nothing",
    (s) => s.groups.sanctions.silence(group(s), user(s, "messi"), { by: user(s, "kaka"), time: NOW, until: undefined }),
  ],
  ["somebody who may say something again", (s) => s.groups.sanctions.unsilence(group(s, "klub"), xavi(s))],
  ["a first message to a user", (s) => void say(s, "kaka", "ronaldo")],
  ["one more message to a user", (s) => void say(s, "kaka", "messi", LONG)],
  ["a message to oneself", (s) => void say(s, "kaka", "kaka")],
  ["a first message to a group", (s) => give(s, "messi", group(s, "klub"), "f3")],
  [
    "a mark of what is read",
    (s) => s.messages.setRead(s.messages.conversation(user(s, "messi"), user(s, "kaka")), user(s, "messi"), 2),
  ],
  [
    "a later mark of what is read",
    (s) => s.messages.setRead(s.messages.conversation(user(s, "messi"), user(s, "kaka")), user(s, "kaka"), 2),
  ],
  ["many messages of one turn", (s) => sayMany(s)],
  [
    "what becomes of messages in the turn in which they were said",
    (s) => {
      sayMany(s);
      alter(s, 15, "messi", "edited", "lain");
      alter(s, 16, "kaka", "reacted", "👍");
      alter(s, 17, "messi", "deleted");
      sayMany(s);
      alter(s, 18, "messi", "pinned");
    },
  ],
  ["an answer", (s) => void answer(s, 2, "jawab")],
  ["an edit", (s) => void alter(s, 1, "messi", "edited", "satu lagi")],
  ["an edit of an edited message", (s) => void alter(s, 8, "messi", "edited", "ketiga")],
  ["a reaction", (s) => void alter(s, 2, "messi", "reacted", "👍")],
  ["one more reaction", (s) => void alter(s, 8, "kaka", "reacted", "👍")],
  ["a reaction that is taken back", (s) => void alter(s, 8, "messi", "unreacted", "👍")],
  ["all reactions that are taken back", (s) => void alter(s, 8, "messi", "unreacted")],
  ["a pin", (s) => void alter(s, 3, "kaka", "pinned")],
  ["a pin that is taken out", (s) => void alter(s, 6, "kaka", "unpinned")],
  ["a deletion", (s) => void alter(s, 1, "messi", "deleted")],
  ["the deletion of a message of which much has become", (s) => void alter(s, 8, "messi", "deleted")],
  ["the deletion of a pinned file", (s) => void alter(s, 6, "messi", "deleted")],
  ["a client's own id", (s) => s.messages.remember(user(s, "messi"), "other", say(s, "messi", "kaka"))],
  ["a file for a user", (s) => give(s, "kaka", user(s, "messi"), "f4")],
  ["a file for oneself", (s) => give(s, "kaka", user(s, "kaka"), "f5")],
  ["a ban of a user", (s) => s.bans.add(banOf("messi", { until: NOW + 1 }))],
  ["a ban of an address", (s) => s.bans.add(banOf("192.0.3.7"))],
  ["a ban of a network of IPv6", (s) => s.bans.add(banOf("2001:db8::/32"))],
  ["a ban in place of another", (s) => s.bans.add(banOf("192.0.2.0/24", { reason: "again", until: NOW - 1 }))],
  ["a ban that is lifted", (s) => s.bans.lift(found(s.bans.find("192.0.2.0/24")))],
  ["a first block", (s) => s.hidings.hide(user(s, "kaka"), user(s, "messi"), "blocked", 2, NOW)],
  ["a block of somebody who was blocked before", (s) => block(s, "ronaldo", 6)],
  ["a block that goes on where another has ended", (s) => block(s, "ronaldo", 4)],
  ["the end of a block in which something came", (s) => s.hidings.end(user(s, "messi"), xavi(s), 7)],
  ["the end of a block in which nothing came", (s) => s.hidings.end(user(s, "messi"), xavi(s), 0)],
  ["a block of somebody who waits", (s) => block(s, "kaka", 9)],
  ["somebody who is let in", (s) => s.hidings.forget(user(s, "messi"), user(s, "kaka"))],
  ["somebody who is not let in", (s) => s.hidings.hide(user(s, "messi"), user(s, "kaka"), "declined", 0, NOW + 1)],
  ["settings of somebody who has none", (s) => s.settings.set(user(s, "kaka"), { refuseGroups: true })],
  ["a user who is seen by nobody", (s) => s.settings.set(user(s, "kaka"), { presence: false })],
  ["a user who is away", (s) => s.settings.set(user(s, "kaka"), { away: "", status: "é😀" })],
  ["a user who is back", (s) => s.settings.set(user(s, "messi"), { away: undefined })],
  ["a user who was seen for the first time", (s) => s.lastSeen.set(user(s, "kaka"), NOW)],
  ["a user who is online on a node", (s) => s.online.come(user(s, "kaka"), 1)],
  [
    "a user who is there twice, and one who was not there",
    (s) => {
      for (let i = 0; i < 2; i++) s.online.come(user(s, "kaka"), 2);
      s.online.go(user(s, "kaka"), 1);
    },
  ],
  ["a user who is no longer", (s) => s.online.go(user(s, "messi"), 2)],
  ["a node that has ended", (s) => s.online.end(2)],
  ["a user who was seen again", (s) => s.lastSeen.set(user(s, "messi"), NOW + 1)],
  ["another setting", (s) => s.settings.set(user(s, "messi"), { allow: "everyone" })],
  ["a user who is muted", (s) => mute(s, user(s, "kaka"), { mode: "mentions", time: NOW })],
  ["a user of another realm who is muted otherwise", (s) => mute(s, xavi(s), { mode: "mentions", time: NOW + 2 })],
  ["a user who is muted no longer", (s) => mute(s, xavi(s), undefined)],
  ["a group that is muted", (s) => mute(s, group(s, "klub"), { mode: "all", time: NOW })],
  ["a group that is muted otherwise", (s) => mute(s, tiki(s), { mode: "mentions", time: NOW + 2 })],
  ["a group that is muted no longer", (s) => mute(s, group(s), undefined)],
  [
    "a muted group that is left and joined again",
    (s) => {
      s.groups.leave(group(s), user(s, "messi"));
      s.groups.join(group(s), user(s, "messi"), 0);
    },
  ],
  ["a report", (s) => void s.reports.add({ ...reported(s), group: undefined, file: "é.txt" })],
  [
    "acts of operators",
    (s) => {
      s.audit.add({ time: NOW, by: undefined, what: "ban", target: "é" });
      s.audit.add({ time: NOW + 1, by: "messi", what: "kick", target: "kaka" });
    },
  ],
  ["an announcement that begins", (s) => void s.errands.announce("é😀", 3)],
  ["an account that is to be deleted with its messages", (s) => void s.errands.delete(user(s, "kaka"), 5)],
  ["an errand that goes on", (s) => s.errands.reach(found(s.errands.byId(1)), { head: 6, next: 2, floor: 1 }, 2)],
  ["the end of an errand", (s) => s.errands.end(found(s.errands.byId(1)), 3)],
  ["a report whose maker is erased", (s) => s.reports.empty(found(s.reports.byId(1)))],
  ["the end of a report", (s) => s.reports.end(found(s.reports.byId(1)))],
  ["a new realm", (s) => void s.realms.add({ name: "Real", host: "h", port: 1, given: "peer" })],
  ["a realm less", (s) => s.realms.remove(found(s.realms.find("milan")))],
  ["a realm's new address", (s) => s.realms.setAddress(barca(s), "h2", 2, "peer")],
  ["that a realm has linked encrypted", (s) => s.realms.setEncrypted(barca(s))],
  ["a realm's key", (s) => s.realms.pin(barca(s), "OTHER")],
  ["what came from a realm", (s) => s.realms.setReceived(barca(s), 43, new Map([[42, { code: "x" }]]))],
  ["somebody of another realm", (s) => void s.users.addAt("Puyol", "barca", "Carles")],
  ["the names of somebody of another realm", (s) => s.users.setNames(xavi(s), "XAVI", "Xavier")],
  ["a message that is taken back", (s) => s.messages.withdraw(found(s.messages.get(4)))],
  ["a new group of another realm", (s) => void s.groups.addAt("Taka", "barca", user(s, "kaka"), 3, NOW)],
  ["what was heard of a group of another realm", (s) => s.groups.setHeard(tiki(s), 99)],
  ["a member of another realm", (s) => s.groups.join(group(s, "klub"), xavi(s), 4)],
  ["a member of another realm less", (s) => s.groups.leave(group(s), xavi(s))],
  ["a message from another realm", (s) => void hear(s, xavi(s), user(s, "kaka"), "vale")],
  ["the content of a file from another realm", (s) => s.files.arrive(away(s), "s_f9")],
  [
    "a client's own id of what went elsewhere",
    (s) => s.messages.remember(user(s, "messi"), "other", { id: "u", time: 5 }),
  ],
  [
    "a client's own id of what went to a group elsewhere",
    (s) => s.messages.remember(user(s, "messi"), "other", { id: "u", time: 5, group: "tiki@barca" }),
  ],
  ["a client's own id that is forgotten", (s) => s.messages.forget(user(s, "messi"), "mine")],
  ["an item for a realm", (s) => void s.outbox.add(barca(s), '{"kind":"c"}', NOW)],
  ["an item that a realm has confirmed", (s) => s.outbox.remove(barca(s), s.outbox.after(barca(s), 0, 1, 1))],
  ["a group's other name", (s) => s.groups.rename(group(s), "Sekolah", NOW + 5)],
  ["another name of a group of another realm", (s) => s.groups.rename(tiki(s), "Taki")],
  ["an old message", (s) => removeOld(s, 1)],
  ["old messages of which much has become", (s) => removeOld(s, 8)],
  ["old messages of a conversation, one of which is pinned", (s) => removeOld(s, 6)],
  ["the end of a group", (s) => s.groups.delete(group(s, "klub"), NOW + 5, user(s, "messi"))],
  ["the end of a group in which something was said", (s) => s.groups.delete(found(s.groups.byId(1)), NOW + 5)],
  [
    "what was said in a group that has ended, some of it",
    (s) => {
      s.groups.delete(found(s.groups.byId(1)), NOW + 5);
      const klub = found(s.groups.byId(1));
      s.messages.removeGone(klub, { next: found(s.messages.peekGroup(klub)).head, isNamed: true }, 2);
    },
  ],
  [
    "a group that has ended, with much that was said in it",
    (s) => {
      s.groups.delete(found(s.groups.byId(1)), NOW + 5);
      s.errands.empty(found(s.groups.byId(1)), { next: 6, isNamed: true });
    },
  ],
  ["the end of a realm", (s) => s.realms.end(barca(s), "Barca.1")],
  // These last: the others go by these names.
  ["the same name in another case", (s) => s.users.rename(user(s, "messi"), "MESSI")],
  [
    "a name that a user had before",
    (s) => {
      const one = user(s, "messi");
      s.users.rename(one, "leo");
      s.users.rename(one, "Messi");
    },
  ],
  ["another name of a user", (s) => s.users.rename(user(s, "ronaldo"), "cristiano")],
  ["a user less", (s) => s.users.delete(user(s, "kaka"), false)],
  ["when a user is to be erased", (s) => s.users.setErasing(user(s, "messi"), 5)],
  [
    "when a user is to be erased, who had taken it back",
    (s) => {
      for (const at of [5, undefined, 7]) s.users.setErasing(user(s, "messi"), at);
    },
  ],
  ["a user less, of whom nothing but the name is left", (s) => s.users.delete(user(s, "messi"), true)],
];

export function storeContract(name: string, adapter: Adapter): void {
  describe(name, () => contract(adapter));
}

function contract({ open, reopen }: Adapter): void {
  let stores: State;
  afterEach(() => stores.close());
  const fresh = (): State => (stores = open());
  const full = (): State => (stores = peopled(open()));
  /** After a commit: what another start would find, or the store itself where nothing stays. */
  const later = (): State => (stores = reopen ? reopen(stores) : stores);
  const commit = (): State => {
    void stores.commit();
    return later();
  };

  describe("every change is seen at once, kept by a commit, and undone by a revert", () => {
    test.each(changes)("%s", (_, change) => {
      const before = picture(full());
      const mark = stores.mark();
      change(stores);
      const after = picture(stores);
      expect(after).not.toEqual(before);
      stores.revert(mark);
      expect(picture(stores)).toEqual(before);
      expect(stores.commit()).toBe(false);
      change(stores);
      expect(picture(stores)).toEqual(after);
      expect(stores.commit()).toBe(true);
      expect(picture(stores)).toEqual(after);
      expect(picture(later())).toEqual(after);
    });

    test("all of them in one turn", () => {
      const before = picture(full());
      const mark = stores.mark();
      for (const [, change] of changes) change(stores);
      const after = picture(stores);
      stores.revert(mark);
      expect(picture(stores)).toEqual(before);
      for (const [, change] of changes) change(stores);
      expect(picture(commit())).toEqual(after);
    });

    test("a revert to a mark keeps what was before the mark", () => {
      full();
      say(stores, "messi", "kaka", "kept");
      const before = picture(stores);
      const mark = stores.mark();
      say(stores, "messi", "kaka", "taken back");
      addUser(stores, "pele");
      stores.revert(mark);
      expect(picture(stores)).toEqual(before);
      expect(picture(commit())).toEqual(before);
    });

    test("a session that ended and was given back is open for whoever holds it", () => {
      const held = session(full());
      const mark = stores.mark();
      stores.sessions.close(held);
      expect([held.closed, stores.sessions.find("hash1")]).toEqual([true, undefined]);
      stores.revert(mark);
      expect([held.closed, stores.sessions.find("hash1")]).toEqual([false, held]);
    });

    test("a commit of nothing says so", () => {
      fresh();
      expect(stores.commit()).toBe(false);
    });

    test("a close commits", () => {
      full();
      say(stores, "messi", "kaka", "last");
      const before = picture(stores);
      expect(picture(later())).toEqual(before);
    });
  });

  describe("what is there", () => {
    test("an empty store has nothing in it", () => {
      fresh();
      for (const all of [stores.users.all(), stores.groups.all(), stores.realms.all()]) expect([...all]).toEqual([]);
      for (const { find } of [stores.users, stores.groups, stores.realms, stores.sessions].map((s) => ({
        find: s.find.bind(s),
      }))) {
        expect(find("messi")).toBeUndefined();
      }
      expect([stores.users.byId(1), stores.messages.get(0), stores.messages.get(1)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    });

    test("users, groups and realms are found in any case and shown as they were made", () => {
      full();
      commit();
      for (const said of ["MESSI", "messi", "Messi"])
        expect(stores.users.find(said)).toMatchObject({ name: "Messi", key: "messi" });
      for (const said of ["KELAS", "kelas"])
        expect(stores.groups.find(said)).toMatchObject({ name: "Kelas", key: "kelas" });
      for (const said of ["BARCA", "barca"])
        expect(stores.realms.find(said)).toMatchObject({ name: "Barca", host: "10.0.0.1", port: 9000 });
      expect(stores.realms.find("milan")).toEqual({
        name: "milan",
        key: "milan",
        ended: false,
        named: false,
        encrypted: false,
        host: undefined,
        port: undefined,
        given: "user",
        pinned: undefined,
        received: 0,
        results: new Map(),
        headsAsked: "no",
        linkedOn: undefined,
        names: new RealmNames(""),
        gaps: new Map(),
      });
    });

    test("users and groups of another realm are not found among one's own", () => {
      full();
      commit();
      expect([stores.users.find("xavi"), stores.groups.find("tiki")]).toEqual([undefined, undefined]);
      expect([...stores.users.all()].map(({ name }) => name)).toEqual(["Messi", "kaka", "Ronaldo"]);
      expect([...stores.groups.all()].map(({ name }) => name)).toEqual(["Kelas", "klub", "sepi"]);
      expect([...group(stores).realms]).toEqual([["barca", 1]]);
    });

    test("the outbox gives what waits for a realm in order, a batch at a time", () => {
      full();
      const milan = found(stores.realms.find("milan"));
      for (let i = 0; i < 5; i++) stores.outbox.add(milan, `{"i":${i}}`, NOW);
      commit();
      const bodies = (n: number, count: number, size: number): string[] =>
        stores.outbox.after(found(stores.realms.find("milan")), n, count, size).map(({ body }) => body);
      expect(bodies(0, 3, 1000)).toEqual(['{"i":0}', '{"i":1}', '{"i":2}']);
      const [, second] = stores.outbox.after(found(stores.realms.find("milan")), 0, 2, 1000);
      expect(bodies(found(second).n, 10, 1000)).toEqual(['{"i":2}', '{"i":3}', '{"i":4}']);
      expect(bodies(0, 10, 15)).toEqual(['{"i":0}', '{"i":1}']);
      expect(bodies(0, 10, 1)).toEqual(['{"i":0}']);
    });

    test("an invitation's number is given once, also when the last one has ended", () => {
      full();
      const add = (): number =>
        stores.invitations.add({ hash: "code3", uses: 1, until: NOW, group: undefined, by: undefined, created: NOW })
          .id;
      const first = add();
      stores.invitations.end(found(stores.invitations.byId(first)));
      commit();
      expect(add()).toBe(first + 1);
    });

    test("a session's number is given once, also when the last one has ended", () => {
      full();
      const open = (hash: string): number =>
        stores.sessions.add(user(stores, "messi"), hash, NOW, { address: "", client: "" }).id;
      const first = open("last");
      stores.sessions.close(found(stores.sessions.byId(first)));
      commit();
      expect(open("next")).toBe(first + 1);
    });

    test("strangers who were declined, and accepted after all, are not counted among those whom one has blocked", () => {
      full();
      const messi = user(stores, "messi");
      const blocked = stores.hidings.blockedBy(messi);
      stores.hidings.hide(messi, user(stores, "kaka"), "declined", 0, NOW);
      stores.hidings.end(messi, user(stores, "kaka"), 7);
      commit();
      expect(stores.hidings.hides(user(stores, "messi"), user(stores, "kaka"), 7)).toBe(true);
      expect(stores.hidings.blockedBy(user(stores, "messi"))).toBe(blocked);
    });

    test("who was blocked, and is then accepted as a stranger, is heard from then on: what came during the block stays hidden", () => {
      full();
      const [messi, kaka] = [user(stores, "messi"), user(stores, "kaka")];
      stores.hidings.forget(messi, kaka);
      stores.hidings.hide(messi, kaka, "blocked", 3, NOW);
      stores.hidings.end(messi, kaka, 7);
      stores.hidings.hide(messi, kaka, "waiting", 7, NOW);
      stores.hidings.forget(messi, kaka);
      commit();
      const isHidden = (seq: number): boolean => stores.hidings.hides(user(stores, "messi"), user(stores, "kaka"), seq);
      expect([3, 4, 7, 8].map(isHidden)).toEqual([false, true, true, false]);
    });

    test("an item's number is higher than any before, also when the clock goes back", () => {
      full();
      const realm = barca(stores);
      const numbers = [NOW, NOW, NOW - 5000, NOW + 7].map((now) => stores.outbox.add(realm, "{}", now).n);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(new Set(numbers).size).toBe(4);
      stores.outbox.raise(realm.key, NOW * 2000);
      expect(stores.outbox.add(realm, "{}", NOW).n).toBe(NOW * 2000 + 1);
    });

    test("a group's owner is its member, and nobody joins who does not", () => {
      full();
      commit();
      expect([group(stores).owner.name, group(stores).members.get(user(stores, "messi"))]).toEqual([
        "kaka",
        { since: 7, order: 2, moderator: true, mute: { mode: "mentions", time: NOW } },
      ]);
      expect(sorted(group(stores).members.keys(), ({ key }) => key)).toEqual(["kaka", "messi", "xavi@barca"]);
      expect([...stores.groups.of(user(stores, "ronaldo"))]).toEqual([]);
      stores.groups.leave(group(stores), user(stores, "ronaldo"));
      expect(stores.commit()).toBe(false);
    });

    test("messages are numbered from 1 on, and each names the one before it in its conversation", () => {
      full();
      commit();
      const told = [1, 2, 3, 4].map((seq) => found(stores.messages.get(seq)));
      expect(told.map(({ seq, prev, sender, text }) => [seq, prev, sender.key, text === LONG ? "LONG" : text])).toEqual(
        [
          [1, 0, "messi", "satu"],
          [2, 1, "kaka", "LONG"],
          [3, 0, "kaka", "tiga"],
          [4, 0, "messi", "empat"],
        ],
      );
      expect(told[2]?.conversation).toBe(stores.messages.groupConversation(group(stores)));
      expect(say(stores, "kaka", "messi")).toMatchObject({ seq: 14, prev: 12, text: "halo", file: undefined });
      expect(stores.messages.get(15)).toBeUndefined();
    });

    test("two users have one conversation, made when the first of them speaks", () => {
      full();
      const [messi, kaka, ronaldo] = ["messi", "kaka", "ronaldo"].map((one) => user(stores, one)) as [User, User, User];
      expect(stores.messages.conversation(messi, kaka)).toBe(stores.messages.conversation(kaka, messi));
      expect(stores.messages.peek(kaka, ronaldo)).toBeUndefined();
      const made = stores.messages.conversation(kaka, ronaldo);
      expect([made.head, stores.messages.peek(ronaldo, kaka) === made]).toEqual([0, true]);
      expect([...stores.messages.privateOf(ronaldo)]).toContain(made);
    });

    test("a client's own id leads to its message, for that user only", () => {
      full();
      commit();
      expect(stores.messages.posted(user(stores, "messi"), "mine")).toMatchObject({ seq: 1, text: "satu" });
      expect(stores.messages.posted(user(stores, "kaka"), "mine")).toBeUndefined();
    });

    test("a client's own id leads to the group elsewhere that it went to, if to one", () => {
      full();
      const messi = user(stores, "messi");
      stores.messages.remember(messi, "to tiki", { id: "u", time: 5, group: "tiki@barca" });
      stores.messages.remember(messi, "to somebody", { id: "v", time: 6 });
      commit();
      expect(stores.messages.posted(user(stores, "messi"), "to tiki")).toEqual({
        id: "u",
        time: 5,
        group: "tiki@barca",
      });
      expect(stores.messages.posted(user(stores, "messi"), "to somebody")).toEqual({ id: "v", time: 6 });
    });

    test("files are listed oldest first for who sent or was sent them, and for the group", () => {
      full();
      give(stores, "kaka", user(stores, "messi"), "f3");
      commit();
      const names = (shares: readonly Share[]): string[] => shares.map(({ file }) => file.id);
      expect(names(stores.files.of(user(stores, "messi")))).toEqual(["f1", "f2", "f9", "f3"]);
      expect(names(stores.files.of(user(stores, "kaka")))).toEqual(["f1", "f3"]);
      expect(names(stores.files.of(group(stores)))).toEqual(["f2"]);
      expect(stores.messages.get(5)?.file).toEqual(fileOf("f1", user(stores, "messi")));
    });

    test("the salt is long enough to keep ids apart", () => {
      const { salt } = fresh().messages;
      expect([salt.length, salt.some((byte) => byte !== 0)]).toEqual([16, true]);
    });
  });
}
