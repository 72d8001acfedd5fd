/** `basic` and everything the specs lack: what chat-client speaks, and scripts written for this server. */
import { formatAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import { type Definition, loginFields, textFields } from "../dialect.ts";
import { chatsForm, pageForm } from "../forms.ts";
import { command } from "../row.ts";
import { rfc3339, withTimes } from "../time.ts";
import { basic, basicTexts, realmForm } from "./basic.ts";

function sharedFiles({ files, more, before }: Output<"files">, { received }: Input<"files">): object {
  const list = files.map(({ id, name, size, sha256, time, from, to, got, gone }) => {
    const file = { id, name, size, sha256, time: rfc3339(time) };
    const group = to.find((one) => one.startsWith("#"))?.slice(1);
    return received ? { ...file, from, group, gone } : { ...file, to, got, gone };
  });
  return { data: list, more: more || undefined, before };
}

function fileReply({ file, content }: Output<"downloadFile">): object {
  return { data: Buffer.from(content).toString("base64"), filename: file.name, file };
}

/** The rows that are of no document. */
export const nativeRows: Definition["rows"] = [
  command("hello", "hello", (hello) => ({ data: hello })),
  command("whoami", "whoami", (info) => ({ data: info })),
  command("help", "help [request]", ({ requests }) => ({ data: requests })),
  command("login", "auth <user[@realm]> <password>", loginFields, {
    // In `auto` the row of spec 001 answers, with its text.
    onlyByName: true,
  }),
  command("ping", "ping", () => textFields("pong")),
  command("ping", "ping every <seconds>", ({ seconds }) => textFields("pong", { every: seconds }), {
    about: "promise to ping that often: a connection that then is silent three times as long is closed",
  }),
  command("resume", "resume", (info) => ({ data: info })),
  command("watch", "watch on", () => textFields("watching", { watching: true }), {
    give: { on: true },
    about: "receive events on this connection as they happen",
  }),
  command("watch", "watch off", () => textFields("not watching", { watching: false }), {
    give: { on: false },
    about: "receive events no longer",
  }),
  command("inbox", "unread", pageForm, {
    give: { scope: "peek" as const },
    about: "what is new, without marking it read",
  }),
  command("inbox", "inbox since <since> [before <before>]", pageForm, {
    give: { scope: "since" as const },
    about: "what came after a message, whether it was read or not",
  }),
  command("history", "history <with> [before <before>] [limit <limit>]", pageForm),
  command("chats", "chats [before <before>] [limit <limit>]", chatsForm),
  command("markRead", "read <id>", ({ id }) => textFields("read", { id })),
  command("post", "post <client-id> <to> <text...>", "Message sent"),
  command("groups", "groups", ({ all, mine }) => ({ data: all, groups: all, mine })),
  command("users", "users", ({ users, elsewhere }) => ({
    data: users.map(({ username }) => username),
    users,
    elsewhere,
  })),
  command("members", "members <group[@realm]>", ({ members }) => ({
    data: members.map(formatAddress),
    members: members.map((one) => ({ user: formatAddress(one), name: one.fullName, online: one.online })),
  })),
  command("leaveGroup", "leave <group[@realm]>", "Leave group successful"),
  command("changePassword", "passwd <old> <new>", "Password changed", {
    errors: { "bad-credentials": "Password lama salah" },
  }),
  command("sessions", "sessions", ({ sessions }) => ({
    data: sessions.map((session) => withTimes(session, "created", "used")),
  })),
  command("realms", "realms", ({ realms }) => ({ data: realms.map(realmForm) })),
  command("setPosting", "group set <group> posting open", "Group changed", {
    give: { posting: "open" as const },
    about: "let anyone of a linked realm send to the group",
  }),
  command("setPosting", "group set <group> posting members", "Group changed", {
    give: { posting: "members" as const },
    about: "let only members send to the group",
  }),
  command("sendFile", "sendfile <user[@realm]> <filename> [b64]", "File terkirim"),
  command("sendFileGroup", "sendfilegroup <group[@realm]> <filename> [b64]", "File terkirim"),
  command(
    "upload",
    "upload <receiver> <filename%> <size> [sha256 <sha256>] [id <client-id>] [offset <offset>]",
    "File terkirim",
    {
      body: ({ size, offset = 0 }) => size - offset,
    },
  ),
  command("uploadStatus", "upload-status <client-id>", (status) => ({ data: withTimes(status, "time") })),
  command(
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
  command("files", "files [before <before>] [limit <limit>]", sharedFiles, { give: { received: false } }),
  command("files", "files received [before <before>] [limit <limit>]", sharedFiles, {
    give: { received: true },
    about: "list the files that were sent to you and your groups",
  }),
  command("unsend", "unsend <id>", ({ id }) => textFields("File withdrawn", { id })),
  command("linkHello", "link hello <version> <realm> <key> <nonce> [advertise]", (hello) => hello),
  command("linkProve", "link prove <signature> <received>", (proof) => proof),
  command("linkAnswer", "link answer <call> <answer...>", () => textFields("answered")),
  command("linkCall", "link call <method> <body...>", (answer) => answer),
  command("myFiles", "my_file", ({ files }) => ({ data: Object.fromEntries(files) })),
  command("downloadFile", "download_file <filename...>", fileReply),
  command("downloadGroupFile", "downloadgroup_file <group[@realm]> <filename...>", fileReply),
];

export const native: Definition = {
  name: "native",
  ascii: "never",
  errors: basicTexts,
  ours: true,
  rows: [...basic.rows.filter(({ operation }) => operation !== "login"), ...nativeRows],
};
