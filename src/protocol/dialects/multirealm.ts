/** Spec 000: `user@server_id`, files, and requests that its existing clients add. */
import { formatAddress } from "../../contract/names.ts";
import type { Message, Page } from "../../contract/shapes.ts";
import { type Definition, loginFields, textFields } from "../dialect.ts";
import { grouped, letterForm, plainTime } from "../forms.ts";
import { command } from "../row.ts";
import { basicTexts } from "./basic.ts";

function letters({ messages, more, before }: Page): object {
  const bySender = grouped(messages, (m) => formatAddress(m.from), letter);
  return { data: bySender, inbox: bySender, more: more || undefined, before };
}

function letter(m: Message): object {
  return {
    ...letterForm(m),
    sent_time: plainTime(m.sent ?? m.time),
    group: m.group,
    filename: m.file?.name,
  };
}

/** Rows with the server's own name in `<own>` fit only if a realm of that name is known: else another row is meant. */
const own = { onlyKnownRealm: "own" as const };

export const multirealm: Definition = {
  name: "multirealm",
  ascii: "always",
  lowerCase: true,
  errors: { ...basicTexts, "bad-credentials": "Username atau password salah", "file-not-found": "File tidak ada" },
  rows: [
    command("register", "register <user> <name> <password>", () => textFields("User telah terdaftar"), {
      give: { session: "none" as const },
    }),
    command("login", "login <user[@realm]> <password>", loginFields),
    command("logout", "logout", "User telah keluar"),
    command("inbox", "inbox", letters, { give: { scope: "all" as const } }),
    command("send", "send <user[@realm]> <text...>", "Message sent"),
    command("sendToRealm", "sendtoserver <realm> <user> <text...>", "Message sent"),
    command("sendToRealm", "sendserver <realm> <user> <text...>", "Message sent"),
    command("addRealm", "addserver <realm> <host> <port>", "Realm added successfully"),
    command("legacyMessage", "serverinbox <from[@realm]> <members> <text...>", "Message sent"),
    command("createGroup", "creategroup <group> [members]", ({ group }) => textFields(`Group ${group} telah dibuat`), {
      errors: { "group-exists": "Group {group} sudah ada" },
    }),
    command("sendToRealmGroup", "sendgroup <token> <to> <realm> <text...>", "Message sent", {
      onlyKnownRealm: "realm",
      onlyByName: true,
    }),
    command("sendGroup", "sendgroup <group[@realm]> <text...>", "Message sent"),
    command("sendFile", "sendfile <user[@realm]> <filename> [b64]", "File terkirim"),
    command("sendFile", "sendfileserver <token> <own> <user[@realm]> <filename>", "File terkirim", own),
    command("sendFileGroup", "sendfilegroup <group[@realm]> <filename> <b64>", "File terkirim"),
    command("sendFileGroup", "sendfilegroup <token> <own> <group[@realm]> <filename>", "File terkirim", own),
    command("sendFileGroup", "sendfilegroup <group[@realm]> <filename>", "File terkirim"),
    command("sendFileGroup", "sendfilegroupserver <group[@realm]> <realm> <filename> <b64>", "File terkirim"),
    command(
      "sendFileGroup",
      "sendfilegroupserver <token> <own> <realm> <group[@realm]> <filename>",
      "File terkirim",
      own,
    ),
    command("sendFileGroup", "sendfilegroupserver <group[@realm]> <realm> <filename>", "File terkirim"),
  ],
};
