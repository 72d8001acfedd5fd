/** Spec 002: underscored words. One text stands for every cause of a failure; `code` tells them apart. */
import { formatAddress } from "../../contract/names.ts";
import type { Message, Page, Person } from "../../contract/shapes.ts";
import { type Definition, textFields, tokenFields } from "../dialect.ts";
import { pageBySender } from "../forms.ts";
import { command } from "../row.ts";
import { basicTexts } from "./basic.ts";

const notSent = { errors: "pesan tidak terkirim" };
const fileNotSent = { errors: "file tidak terkirim" };

function letters({ reader, messages, more, before }: Page): object {
  const byReader = Object.fromEntries([[reader.name, messages.map((m) => letter(m, reader))]]);
  return { data: byReader, messages: byReader, more: more || undefined, before };
}

function letter(m: Message, reader: Person): object {
  return {
    msg_from: m.from.fullName,
    realm_from: m.from.realm,
    msg_to: reader.fullName,
    realm_to: reader.realm,
    from: formatAddress(m.from),
    to: formatAddress(reader),
    group: m.group,
    msg: m.text,
    filename: m.file?.name,
    filecontent: m.content && Buffer.from(m.content).toString("base64"),
  };
}

export const application: Definition = {
  name: "application",
  ascii: "always",
  errors: {
    ...basicTexts,
    "unknown-request": "request tidak dikenali",
    "no-session": "Session Tidak Ditemukan",
    "realm-exists": "Realm sudah ada",
    "group-exists": "Group sudah ada",
  },
  rows: [
    command(
      "login",
      "auth <user[@realm]> <password>",
      ({ user, token }) => textFields("autentikasi berhasil", { ...tokenFields(token), user }),
      { errors: "autentikasi gagal" },
    ),
    command("logout", "logout", "logout berhasil", { errors: "logout gagal" }),
    command("send", "send <user[@realm]> <text...>", "pesan terkirim", notSent),
    command("sendGroup", "send_group <group[@realm]> <text...>", "pesan terkirim", notSent),
    command("sendFile", "send_file <user[@realm]> <filename> [b64]", "file terkirim", fileNotSent),
    command("sendFileGroup", "send_group_file <group[@realm]> <filename> [b64]", "file terkirim", fileNotSent),
    command(
      "register",
      "register <user> <password> <country> <name...>",
      ({ user, token }) => textFields("registrasi berhasil", { ...tokenFields(token), user: user.name }),
      { give: { session: "token" as const }, errors: "registrasi gagal" },
    ),
    command("addRealm", "add_realm <realm> <host> <port>", "Realm berhasil ditambahkan"),
    command("createGroup", "add_group <group>", "Add group successful"),
    command("joinGroup", "join_group <group[@realm]>", "Berhasil join grup", { give: { anywhere: true } }),
    command("leaveGroup", "leave_group <group[@realm]>", "Berhasil leave dari grup"),
    command("leaveGroup", "exit_group <group[@realm]>", "Berhasil leave dari grup"),
    command("groupInbox", "get_inbox_group <group[@realm]>", pageBySender),
    command("userNames", "list_users", ({ names }) => ({ users: names })),
    command("legacyMessage", "send_to_another_realm <from[@realm]> <members> <text...>", "pesan terkirim"),
    command("groups", "list_my_groups", ({ mine }) => ({ users: mine, groups: mine })),
    command("members", "list_group <group[@realm]>", ({ members }) => {
      const names = members.map(({ name, realm }) => `${name}@${realm}`);
      return { groups: names, members: names, message: names };
    }),
    command("inbox", "inbox", letters, { give: { scope: "unread" as const, contents: true } }),
    command("inbox", "inbox all", letters, { give: { scope: "all" as const, contents: true } }),
  ],
};
