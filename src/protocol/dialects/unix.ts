/** Spec 003: short words as in a shell. `inbox` is private messages only and is never cleared. */
import { formatAddress } from "../../contract/names.ts";
import type { FileInfo, Listed, Page } from "../../contract/shapes.ts";
import { type Definition, loginFields, textFields } from "../dialect.ts";
import { grouped, letterForm, pageForm } from "../forms.ts";
import { INLINED, inlined } from "../inlined.ts";
import { command } from "../row.ts";
import { basicTexts } from "./basic.ts";

/** Clients of this spec read lists in `messages`, a row for each; `data` is the plain list. */
function rows(list: Listed<string>): object {
  return { data: list, messages: list.map((item) => [item]) };
}

/** Clients of this spec read each message as a text that is JSON itself. */
function letters(page: Page): object {
  const messages = grouped(
    page.messages,
    (m) => formatAddress(m.from),
    (m) => JSON.stringify(letterForm(m)),
  );
  return { ...pageForm(page), messages };
}

function groupLetters(page: Page): object {
  return { ...pageForm(page), messages: page.messages.map((m) => [formatAddress(m.from), m.text]) };
}

function fileReply({ file }: { readonly file: FileInfo }): object {
  return { filename: file.name, data: INLINED };
}

/** Clients of this spec put the token after the group's name. */
const group = { tokenAfterFirst: true };

export const unix: Definition = {
  name: "unix",
  ascii: "always",
  errors: {
    ...basicTexts,
    "bad-credentials": "Username atau password salah",
    "group-exists": "Nama grup sudah ada",
    "group-not-found": "Grup tidak ditemukan",
    "not-member": "User belum menjadi anggota grup tersebut",
    "already-member": "User sudah menjadi anggota grup tersebut",
  },
  rows: [
    command("register", "auth_register <user> <password>", () => textFields("Registrasi berhasil"), {
      give: { session: "none" as const, onlyLoggedOut: true },
    }),
    command("login", "auth_login <user[@realm]> <password>", loginFields),
    command("logout", "auth_logout", "Logout berhasil"),
    command(
      "users",
      "ls",
      ({ me, users }) => rows([...users.map(({ username }) => username)].filter((name) => name !== me)),
      { give: { whole: true as const } },
    ),
    command("send", "send <user[@realm]> <text...>", "Pesan terkirim"),
    command("inbox", "inbox", letters, { give: { scope: "private" as const } }),
    command("sendFile", "send_file <user[@realm]> <filename> [b64]", "File terkirim"),
    command("downloadFile", "download_file <filename...>", fileReply, inlined),
    command("createGroup", "mkgr <group>", "Grup berhasil dibuat", group),
    command("joinGroup", "join <group[@realm]>", "Berhasil bergabung dengan grup", group),
    command("groups", "ls_group", ({ all }) => rows(all)),
    command(
      "members",
      "ls_member <group[@realm]>",
      ({ group: name, members }) => {
        const names = members.map(formatAddress);
        return { data: names, messages: Object.fromEntries([[name, names]]) };
      },
      group,
    ),
    command("sendGroup", "sendgroup <group[@realm]> <text...>", "Pesan terkirim", group),
    command("groupInbox", "inboxgroup <group[@realm]>", groupLetters, group),
    command("sendFileGroup", "sendgroup_file <group[@realm]> <filename> [b64]", "File terkirim", group),
    command("downloadGroupFile", "downloadgroup_file <group[@realm]> <filename...>", fileReply, {
      ...inlined,
      ...group,
    }),
    command("leaveGroup", "leave <group[@realm]>", "Berhasil keluar dari grup", group),
  ],
};
