/** `basic` and everything the specs lack: what chat-client speaks, and scripts written for this server. */
import { formatAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import { type Definition, loginFields, textFields } from "../dialect.ts";
import { chatsForm, eventForm, foundForm, historyForm, nativePage, requestForm } from "../forms.ts";
import { INLINED, inlined } from "../inlined.ts";
import type { ReplyTo } from "../replies.ts";
import { formed } from "../row.ts";
import { rfc3339, withTimes } from "../time.ts";
import { basic, basicTexts, realmForm, registered } from "./basic.ts";

function sharedFiles({ files, more, before }: Output<"files">, { received }: Input<"files">): ReplyTo<"files"> {
  const list = files.map(({ id, name, size, sha256, time, from, to, got, gone }) => {
    const file = { id, name, size, sha256, time: rfc3339(time) };
    const group = to.find((one) => one.startsWith("#"))?.slice(1);
    return received ? { ...file, from, group, gone } : { ...file, to, got, gone };
  });
  return { data: list, more: more || undefined, before };
}

function fileReply({ file }: Output<"downloadFile">): ReplyTo<"downloadFile"> {
  return { data: INLINED, filename: file.name, file };
}

function banReply({ target, until }: Output<"adminBan">): ReplyTo<"adminBan"> {
  return textFields("Banned", { target, until: until === undefined ? undefined : rfc3339(until) });
}

/** The rows that are of no document. */
export const nativeRows: Definition["rows"] = [
  formed("hello", "hello", (hello) => ({ data: hello })),
  formed("whoami", "whoami", (info) => ({ data: withTimes(info, "seen", "erasing") })),
  formed("help", "help [request]", ({ requests }) => ({ data: requests })),
  formed("login", "auth <user[@realm]> <password>", loginFields, {
    // In `auto` the row of spec 001 answers, with its text.
    onlyByName: true,
  }),
  formed("register", "invited <code> <user> <password> <name> <country>", registered, {
    give: { session: "login" as const },
    about: "make an account by an invitation's code",
  }),
  formed("ping", "ping", () => textFields("pong")),
  formed("ping", "ping every <seconds>", ({ seconds }) => textFields("pong", { every: seconds }), {
    about: "promise to ping that often: a connection that then is silent three times as long is closed",
  }),
  formed("resume", "resume", (info) => ({ data: withTimes(info, "seen", "erasing") })),
  formed("watch", "watch on", () => textFields("watching", { watching: true }), {
    give: { on: true },
    about: "receive events on this connection as they happen",
  }),
  formed("watch", "watch off", () => textFields("not watching", { watching: false }), {
    give: { on: false },
    about: "receive events no longer",
  }),
  formed("inbox", "inbox", nativePage, {
    give: { scope: "unread" as const },
    about: "read what is new",
    // In `auto` the rows of spec 001 answer, which do not tell what has become of messages.
    onlyByName: true,
  }),
  formed("inbox", "inbox all", nativePage, {
    give: { scope: "all" as const },
    about: "read everything again",
    onlyByName: true,
  }),
  formed("inbox", "unread", nativePage, {
    give: { scope: "peek" as const },
    about: "what is new, without marking it read",
  }),
  formed("inbox", "unread mentions", nativePage, {
    give: { scope: "peek" as const, mentions: true },
    about: "what is new and names one as @name, without marking it read",
  }),
  formed("inbox", "inbox since <since> [before <before>]", nativePage, {
    give: { scope: "since" as const },
    about: "what came after a message, whether it was read or not",
  }),
  formed("history", "history <with> [before <before>] [limit <limit>]", historyForm),
  formed("history", "history <with> after <after> [limit <limit>]", historyForm, {
    about: "the messages of a conversation that came after one, oldest page first",
  }),
  formed("history", "history <with> around <around> [limit <limit>]", historyForm, {
    about: "the messages of a conversation around one",
  }),
  formed("history", "history <with> since <start> [limit <limit>]", historyForm, {
    about: "the messages of a conversation from a day or a moment on, oldest page first",
  }),
  formed("sync", "sync since <since> [before <before>]", ({ events, more, before }) => ({
    data: events.map(eventForm),
    more: more || undefined,
    before,
  })),
  formed("chats", "chats [before <before>] [limit <limit>]", chatsForm),
  formed(
    "search",
    "search [in <with>] [from <from[@realm]>] [since <start>] [until <end>] [before <before>] [limit <limit>] <words...>",
    foundForm,
  ),
  formed("mute", "mute <with>", "Muted", { give: { muted: "all" as const } }),
  formed("mute", "mute <with> mentions", "Muted", {
    give: { muted: "mentions" as const },
    about: "be told of a conversation only what mentions one, on all of one's clients",
  }),
  formed("unmute", "unmute <with>", "Unmuted"),
  formed("mutes", "mutes", ({ muted }) => ({ data: muted.map((one) => withTimes(one, "time")) })),
  formed("markRead", "read <id>", ({ id }) => textFields("read", { id })),
  formed("post", "post <client-id> <to> <text...>", "Message sent"),
  formed("reply", "reply <id> <text...>", "Message sent"),
  formed("postReply", "post-reply <client-id> <id> <text...>", "Message sent"),
  formed("forward", "forward <id> <to>", "Message sent"),
  formed("editMessage", "edit <id> <text...>", "Message edited"),
  formed("deleteMessage", "delete <id>", "Message deleted"),
  formed("react", "react <id> <emoji>", "Reaction added"),
  formed("unreact", "unreact <id> [emoji]", "Reaction removed"),
  formed("pin", "pin <id>", "Message pinned"),
  formed("unpin", "unpin <id>", "Message unpinned"),
  formed("versions", "versions <id>", ({ versions }) => ({
    data: versions.map(({ text, time }) => ({ message: text, time: rfc3339(time) })),
  })),
  formed("pins", "pins <group[@realm]>", (pinned) => ({ data: nativePage({ ...pinned, more: false }).data })),
  formed("groups", "groups", ({ all, mine }) => ({ data: all, groups: all, mine })),
  formed("users", "users [after <user[@realm]>] [limit <limit>]", ({ users, elsewhere, more, after }) => ({
    data: users.map(({ username }) => username),
    users,
    elsewhere,
    more: more || undefined,
    after,
  })),
  formed("members", "members <group[@realm]>", ({ members }) => ({
    data: members.map(formatAddress),
    members: members.map((one) => ({
      user: formatAddress(one),
      name: one.fullName,
      role: one.role,
      online: one.online,
    })),
  })),
  formed("block", "block <user[@realm]>", "Blocked"),
  formed("unblock", "unblock <user[@realm]>", "Unblocked"),
  formed("report", "report <id>", "Reported"),
  formed("report", "report <id> <why...>", "Reported"),
  formed("settings", "settings", (settings) => ({ data: settings })),
  formed("allow", "allow known", "Changed", {
    give: { allow: "known" as const },
    about: "let only those write to one who have spoken with one; others wait in requests",
  }),
  formed("allow", "allow everyone", "Changed", {
    give: { allow: "everyone" as const },
    about: "let everyone write to one",
  }),
  formed("refuseGroups", "refuse-groups on", "Changed", {
    give: { on: true },
    about: "let nobody put one into a group",
  }),
  formed("refuseGroups", "refuse-groups off", "Changed", {
    give: { on: false },
    about: "let others put one into their groups",
  }),
  formed("presence", "presence on", "Changed", {
    give: { on: true },
    about: "let others see if one is there",
  }),
  formed("presence", "presence off", "Changed", {
    give: { on: false },
    about: "let nobody see if one is there",
  }),
  formed("away", "away", "Away", { about: "say that one is away, until back" }),
  formed("away", "away <note...>", "Away"),
  formed("back", "back", "Back"),
  formed("setStatus", "status", "Changed", { about: "say nothing of oneself any more" }),
  formed("setStatus", "status <note...>", "Changed", { about: "say something of oneself that others see" }),
  formed("typing", "typing <with>", "OK"),
  formed("requests", "requests", ({ requests }) => ({ data: requests.map(requestForm) })),
  formed("acceptUser", "accept <user[@realm]>", "Accepted"),
  formed("declineUser", "decline <user[@realm]>", "Declined"),
  formed("blocks", "blocks", ({ blocked }) => ({ data: blocked.map((one) => withTimes(one, "time")) })),
  formed("leaveGroup", "leave <group[@realm]>", "Leave group successful"),
  formed("changePassword", "passwd <old> <new>", "Password changed", {
    errors: { "bad-credentials": "Password lama salah" },
  }),
  formed("cancelErase", "erase cancel", "Not to be erased"),
  formed(
    "erase",
    "erase <password>",
    ({ until, realms }) => textFields("To be erased", { ...withTimes({ until }, "until"), realms }),
    { errors: { "bad-credentials": "Password salah" } },
  ),
  formed("sessions", "sessions", ({ sessions }) => ({
    data: sessions.map((session) => withTimes(session, "created", "used")),
  })),
  formed("endSession", "logout <session>", "Logout successful"),
  formed("client", "client <client...>", "OK"),
  formed("addRealm", "addrealm <realm> key <key>", "Realm added successfully", {
    about: "make a realm known that will call, by its public key",
  }),
  formed("removeRealm", "delrealm <realm>", "Realm removed"),
  formed("realms", "realms", ({ realms }) => ({ data: realms.map(realmForm) })),
  formed("groupInfo", "group <group[@realm]>", (info) => ({ data: withTimes(info, "created") })),
  formed("setGroup", "group set <group[@realm]> posting <posting>", "Group changed", {
    about: "who sends to a group: members, moderators, or open: anybody of linked realms, too (its owner)",
  }),
  formed("setGroup", "group set <group[@realm]> access <access>", "Group changed", {
    about: "who joins a group: open: everybody, invite: who was asked, closed: whom its owner asks (its owner)",
  }),
  formed("setGroup", "group set <group[@realm]> history <history>", "Group changed", {
    about: "whether who joins a group sees all that was said, or what is said since he joined (its owner)",
  }),
  formed("setGroup", "group set <group[@realm]> listed <listed>", "Group changed", {
    about: "whether a group that is not open is in the list of groups: yes or no (its owner)",
  }),
  formed("setGroup", "group set <group[@realm]> keep <keep>", "Group changed", {
    about: "for how many days a group's messages are shown, 0: for ever (its owner)",
  }),
  formed("renameGroup", "group rename <group[@realm]> <new-name>", "Group renamed"),
  formed("deleteGroup", "group delete <group[@realm]>", "Group deleted"),
  formed("setRole", "role <group[@realm]> <user[@realm]> <role>", "Role changed"),
  formed("setTopic", "topic <group[@realm]> <topic...>", "Topic changed"),
  formed("setSlow", "slow <group[@realm]> <slow>", "Group changed"),
  formed("inviteToGroup", "invite <group[@realm]> <user[@realm]>", "Invited"),
  formed("groupInvitations", "invites", ({ invitations }) => ({
    data: invitations.map((one) => withTimes(one, "time")),
  })),
  formed("acceptGroup", "accept <#group[@realm]>", "Join group successful"),
  formed("declineGroup", "decline <#group[@realm]>", "Invitation declined"),
  formed("kick", "kick <group[@realm]> <user[@realm]>", "Kicked"),
  formed("kick", "kick <group[@realm]> <user[@realm]> <why...>", "Kicked", {
    about: "put somebody out of a group, and say why (its moderators)",
  }),
  formed("ban", "ban <group[@realm]> <user[@realm]> [for <duration>]", (done) =>
    textFields("Banned", withTimes(done, "until")),
  ),
  formed("unban", "unban <group[@realm]> <user[@realm]>", "Ban lifted"),
  formed("bans", "bans <group[@realm]>", ({ bans, silences }) => ({
    data: bans.map((one) => withTimes(one, "time", "until")),
    silences: silences.map((one) => withTimes(one, "time", "until")),
  })),
  formed("silence", "silence <group[@realm]> <user[@realm]> [for <duration>]", (done) =>
    textFields("Silenced", withTimes(done, "until")),
  ),
  formed("unsilence", "unsilence <group[@realm]> <user[@realm]>", "Silence lifted"),
  formed("sendFile", "sendfile <user[@realm]> <filename> [b64]", "File terkirim"),
  formed("sendFileGroup", "sendfilegroup <group[@realm]> <filename> [b64]", "File terkirim"),
  formed(
    "upload",
    "upload <receiver> <filename%> <size> [sha256 <sha256>] [id <client-id>] [offset <offset>]",
    "File terkirim",
    {
      body: ({ size, offset = 0 }) => size - offset,
    },
  ),
  formed("uploadStatus", "upload-status <client-id>", (status) => ({ data: withTimes(status, "time") })),
  formed(
    "download",
    "download <id> [offset <offset>]",
    ({ file, offset }) => ({
      data: file.name,
      filename: file.name,
      size: file.size,
      sha256: file.sha256,
      offset,
      length: file.size - offset,
      file,
    }),
    { content: ({ content }) => content },
  ),
  formed("exportAll", "export-all", ({ size }) => ({ data: "export.ndjson", length: size }), {
    content: ({ content }) => content,
  }),
  formed("files", "files [before <before>] [limit <limit>]", sharedFiles, { give: { received: false } }),
  formed("files", "files received [before <before>] [limit <limit>]", sharedFiles, {
    give: { received: true },
    about: "list the files that were sent to you and your groups",
  }),
  formed("unsend", "unsend <id>", ({ id }) => textFields("File withdrawn", { id })),
  formed("adminUsers", "admin users [part]", ({ users }) => ({
    data: users.map((user) => withTimes(user, "created")),
  })),
  formed("adminPassword", "admin password <user> <password>", "Password changed"),
  formed("adminInvite", "admin invite [uses <uses>] [days <days>] [group <group>]", ({ invitation, code }) => ({
    data: { code, ...withTimes(invitation, "until", "created") },
  })),
  formed("adminInvitations", "admin invitations", ({ invitations }) => ({
    data: invitations.map((one) => withTimes(one, "until", "created")),
  })),
  formed("adminUninvite", "admin uninvite <invitation>", "Invitation ended"),
  formed("adminBan", "admin ban <target> [for <duration>]", banReply),
  formed("adminBan", "admin ban <target> [for <duration>] <reason...>", banReply),
  formed("adminUnban", "admin unban <target>", "Unbanned"),
  formed("adminBans", "admin bans", ({ bans }) => ({ data: bans.map((ban) => withTimes(ban, "until", "time")) })),
  formed("adminReports", "admin reports [after <report>]", ({ reports, more }) => ({
    data: reports.map((one) => withTimes(one, "sent", "time")),
    more: more || undefined,
  })),
  formed("adminBackup", "admin backup <folder...>", ({ time, ...made }) =>
    textFields("Backed up", { ...made, ...withTimes({ time }, "time") }),
  ),
  formed("adminReportDone", "admin report done <report>", "Done"),
  formed("adminReload", "admin reload", ({ changed, restart }) => textFields("Reloaded", { changed, restart })),
  formed("adminUser", "admin user <user>", ({ ban, logins, ...user }) => ({
    data: {
      ...withTimes(user, "created", "seen"),
      ...(ban && { ban: withTimes(ban, "until") }),
      logins: logins.map((one) => withTimes(one, "created", "used")),
    },
  })),
  formed("adminKick", "admin kick <user>", "Kicked"),
  formed("adminDelete", "admin delete <user>", "Deleted", { give: { messages: false } }),
  formed("adminDelete", "admin delete <user> messages", "Deleted", {
    give: { messages: true },
    about: "delete an account and what its user has said (administrators)",
  }),
  formed("adminRename", "admin rename <user> <new-name>", "Renamed"),
  formed("adminGroups", "admin groups [part]", ({ groups }) => ({
    data: groups.map((group) => withTimes(group, "created")),
  })),
  formed("adminGroupDelete", "admin group delete <group>", "Group deleted"),
  formed("adminMessageDelete", "admin message delete <id>", "Message deleted"),
  formed("removeRealm", "admin realm remove <realm>", "Realm removed"),
  formed("adminRealmPin", "admin realm pin <realm> <key>", "Key changed"),
  formed("realms", "admin realms", ({ realms }) => ({ data: realms.map(realmForm) })),
  formed("adminAnnounce", "admin announce <announcement...>", "Announced"),
  formed("adminStats", "admin stats", (figures) => ({ data: figures })),
  formed("adminAudit", "admin audit [since <start>] [before <act>]", ({ acts, more, before }) => ({
    data: acts.map((act) => withTimes(act, "time")),
    more: more || undefined,
    before,
  })),
  formed("linkHello", "link hello <version> <realm> <key> <nonce> [advertise]", (hello) => hello),
  formed("linkProve", "link prove <signature> <received>", (proof) => proof),
  formed("linkAnswer", "link answer <call> <answer...>", () => textFields("answered")),
  formed("linkCall", "link call <method> <body...>", (answer) => answer),
  formed("myFiles", "my_file", ({ files }) => ({ data: Object.fromEntries(files) })),
  formed("downloadFile", "download_file <filename...>", fileReply, inlined),
  formed("downloadGroupFile", "downloadgroup_file <group[@realm]> <filename...>", fileReply, inlined),
];

export const native: Definition = {
  name: "native",
  ascii: "never",
  errors: basicTexts,
  ours: true,
  rows: [...basic.rows.filter(({ operation }) => operation !== "login" && operation !== "inbox"), ...nativeRows],
};
