/** Spec 004: the token is the first parameter of every request. Words of two or three, or joined. */
import { formatAddress } from "../../contract/names.ts";
import type { FileInfo, Message, Page } from "../../contract/shapes.ts";
import { type Definition, loginFields } from "../dialect.ts";
import { grouped, letterForm } from "../forms.ts";
import { INLINED, inlined } from "../inlined.ts";
import { command, type Row } from "../row.ts";
import { basicTexts } from "./basic.ts";

function letters({ messages, more, before }: Page): object {
  const bySender = grouped(messages, (m) => m.group ?? formatAddress(m.from), letter);
  return { data: bySender, messages: bySender, more: more || undefined, before };
}

function letter(m: Message): object {
  return {
    ...letterForm(m),
    from: formatAddress(m.from),
    to: m.to ? formatAddress(m.to) : m.group,
    group: m.group,
    filename: m.file?.name,
  };
}

function fileReply({ file }: { readonly file: FileInfo }): object {
  return { "nama file": file.name, filename: file.name, data: INLINED };
}

function names({ files }: { files: ReadonlyMap<string, readonly string[]> }): object {
  const byHolder = Object.fromEntries(files);
  return { data: byHolder, messages: byHolder };
}

const sent = "Message sent";
const sentGroup = "Message sent to group";
const fileSent = "File sent";

const rows: readonly Row[] = [
  command("login", "auth <user[@realm]> <password>", loginFields),
  command("logout", "logout <token>", "Logout successful"),
  command("send", "send message <token> <user[@realm]> <text...>", sent),
  command("send", "send_message <token> <user[@realm]> <text...>", sent),
  command("send", "send <token> <user[@realm]> <text...>", sent),
  command("sendGroup", "send group message <token> <group[@realm]> <text...>", sentGroup),
  command("sendGroup", "send_group_message <token> <group[@realm]> <text...>", sentGroup),
  command("sendGroup", "send_group <token> <group[@realm]> <text...>", sentGroup),
  command("sendFile", "send file <token> <user[@realm]> <filename> [b64]", fileSent),
  command("sendFile", "send_file <token> <user[@realm]> <filename> [b64]", fileSent),
  command("sendFileGroup", "send group file <token> <group[@realm]> <filename> [b64]", fileSent),
  command("sendFileGroup", "send_group_file <token> <group[@realm]> <filename> [b64]", fileSent),
  command("myFiles", "my file <token>", names),
  command("myFiles", "my_file <token>", names),
  command("inbox", "inbox <token>", letters, { give: { scope: "unread" as const } }),
  command("inbox", "inbox all <token>", letters, { give: { scope: "all" as const } }),
  command("inbox", "inbox <token> all", letters, { give: { scope: "all" as const } }),
  command("downloadFile", "download file <token> <from[@realm]> <filename...>", fileReply, inlined),
  command("downloadFile", "download_file <token> <from[@realm]> <filename...>", fileReply, inlined),
];

export const token: Definition = {
  name: "token",
  ascii: "always",
  errors: {
    ...basicTexts,
    "unknown-request": "request tidak dikenali",
    "bad-credentials": "Username atau password salah",
  },
  rows,
};
