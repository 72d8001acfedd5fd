/** Spec 001, the reference dialect, and requests that its existing clients add. Other dialects use its texts, too. */

import type { Output } from "../../contract/operations.ts";
import type { RealmInfo } from "../../contract/shapes.ts";
import { type Definition, loginFields, tokenFields } from "../dialect.ts";
import { pageBySender, pageForm } from "../forms.ts";
import type { ReplyTo } from "../replies.ts";
import { command, formed, type Texts } from "../row.ts";
import { withTimes } from "../time.ts";

/** A text for each code, in the words of spec 001 where it has some. */
export const basicTexts: Texts = {
  "unknown-request": "*Maaf, command tidak benar",
  "bad-request": "parameter salah / tidak ada",
  "no-session": "Session tidak ditemukan",
  "bad-credentials": "Username atau password salah",
  banned: "Anda diblokir dari server ini",
  "not-erasing": "Akun tidak akan dihapus",
  "not-banned": "Tidak diblokir",
  "logged-in": "Logout terlebih dahulu",
  "session-not-found": "Sesi tidak ditemukan",
  "user-exists": "User sudah ada",
  "user-not-found": "User tidak ditemukan",
  "group-exists": "Group sudah ada",
  "group-not-found": "Group tidak ditemukan",
  "already-member": "User sudah dalam group",
  "not-member": "Bukan anggota grup",
  "invitation-not-found": "Undangan tidak ditemukan",
  "bad-config": "Pengaturan baru tidak dapat dipakai",
  "report-not-found": "Laporan tidak ditemukan",
  "request-not-found": "Permintaan tidak ditemukan",
  "message-not-found": "Pesan tidak ditemukan",
  "file-not-found": "File tidak ditemukan",
  "too-large": "Terlalu besar",
  incomplete: "Isi file terputus",
  checksum: "Isi file tidak cocok",
  quota: "Kuota habis",
  "disk-full": "Disk server penuh",
  "realm-exists": "Realm sudah ada",
  "realm-not-found": "Realm tidak ditemukan",
  "realm-unreachable": "Realm tidak dapat dihubungi",
  "realm-refused": "Realm tidak dapat membuktikan dirinya",
  "outbox-full": "Terlalu banyak pesan menunggu realm itu",
  forbidden: "Tidak diizinkan",
  "rate-limited": "Terlalu banyak percobaan, tunggu sebentar",
  "too-many": "Terlalu banyak",
  "tls-required": "Server ini hanya menerima TLS",
  storage: "Gagal menyimpan, tidak ada yang tersimpan",
  internal: "Terjadi kesalahan pada server",
};

const realmOrUser = {
  "realm-not-found": "Realm/User tidak ditemukan",
  "user-not-found": "Realm/User tidak ditemukan",
};

const realmOrGroup = {
  "realm-not-found": "Realm/Group tidak ditemukan",
  "group-not-found": "Realm/Group tidak ditemukan",
  "user-not-found": "Realm/Group tidak ditemukan",
};

const fileSent = "File terkirim";
const toSeveral = { about: "send a message to several users" };
const fileToSeveral = { about: "send a file to several users" };

/** Whoever registers is logged in. */
export function registered({ user, token = "" }: Output<"register">): ReplyTo<"register"> {
  return { data: token, ...tokenFields(token), user: user.name };
}

function ownGroups({ mine }: Output<"groups">): object {
  return { data: mine, groups: mine };
}

/** A realm, in a list of them. */
export function realmForm(realm: RealmInfo): ReplyTo<"realms">["data"][number] {
  return withTimes(realm, "contact", "oldest");
}

function linkedRealms({ realms }: Output<"realms">): object {
  const linked = realms.filter(({ state }) => state === "linked");
  return { data: linked.map(realmForm), messages: linked.map(({ realm }) => realm) };
}

export const basic: Definition = {
  name: "basic",
  ascii: "always",
  errors: basicTexts,
  rows: [
    formed("login", "auth <user[@realm]> <password>", loginFields, {
      errors: { "bad-credentials": "User Tidak Ada" },
    }),
    formed("register", "register <user> <password> <name> <country>", registered, {
      give: { session: "login" as const },
      errors: { "bad-request": "parameter salah" },
    }),
    formed("createGroup", "addgroup <group>", "Add group successful"),
    formed("joinGroup", "joingroup <group[@realm]>", "Join group successful"),
    formed("send", "send <user[@realm]> <text...>", "Message sent"),
    formed("sendGroup", "sendgroup <group[@realm]> <text...>", "Message sent to group"),
    formed("sendToRealmGroup", "sendgroup <user,user> <text...>", "Message sent", toSeveral),
    formed("send", "sendprivate <user[@realm]> <text...>", "Message sent"),
    formed("sendFile", "sendprivatefile <user[@realm]> <filename> [b64]", fileSent),
    formed("sendFileGroup", "sendgroupfile <group[@realm]> <filename> [b64]", fileSent),
    formed("sendFileToRealmGroup", "sendgroupfile <user,user> <filename> [b64]", fileSent, fileToSeveral),
    command("groups", "getgroup", ownGroups, { about: "list one's own groups" }),
    command("groups", "getgroups", ownGroups, { about: "list one's own groups" }),
    formed("inbox", "inbox", pageForm, { give: { scope: "unread" as const }, about: "read what is new" }),
    formed("inbox", "inbox all", pageForm, { give: { scope: "all" as const }, about: "read everything again" }),
    formed("logout", "logout", "Logout successful"),
    formed("info", "info [user[@realm]]", (info) => ({ data: withTimes(info, "seen", "erasing") })),
    formed("loggedIn", "logininfo", ({ names }) => ({ data: names, users: names })),
    formed("addRealm", "addrealm <realm> [host] [port] [key]", "Realm added successfully", {
      errors: { "bad-request": "parameter salah" },
    }),
    formed("sendToRealm", "sendprivaterealm <realm> <user> <text...>", "Message sent to user in realm", {
      errors: realmOrUser,
    }),
    formed("sendToRealmGroup", "sendgrouprealm <realm> <to> <text...>", "Message sent to group in realm", {
      errors: realmOrGroup,
    }),
    formed("sendFileToRealm", "sendfilerealm <realm> <user> <filename> [b64]", fileSent, { errors: realmOrUser }),
    formed("sendFileToRealm", "sendprivatefilerealm <realm> <user> <filename> [b64]", fileSent, {
      errors: realmOrUser,
    }),
    formed("sendFileToRealmGroup", "sendgroupfilerealm <realm> <to> <filename> [b64]", fileSent, {
      errors: realmOrGroup,
    }),
    formed("realmInbox", "getrealminbox <realm>", pageBySender),
    formed("realmInbox", "inboxrealm <realm>", pageBySender),
    command("realms", "connectedrealm", linkedRealms, { about: "list the realms that are linked" }),
    formed("legacyRealm", "recvrealm <realm> <host> <port>", "Realm added successfully"),
    formed("legacyMessage", "recvrealmprivatemsg <from[@realm]> <realm> <members> <text...>", "Message sent"),
    formed("legacyMessage", "recvrealmgroupmsg <from[@realm]> <realm> <members> <text...>", "Message sent"),
  ],
};
