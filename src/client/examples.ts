/** A request as one might type it, for help and the manual. */
import type { Row } from "../protocol/row.ts";
import type { KindName } from "../protocol/values.ts";

const samples: Readonly<Partial<Record<KindName, string>>> = {
  user: "bob",
  "user[@realm]": "bob",
  "from[@realm]": "bob",
  members: "bob,carl",
  "user,user": "bob,carl",
  seconds: "60",
  group: "kelas",
  "group[@realm]": "kelas",
  "#group[@realm]": "#kelas",
  "new-name": "kelas7",
  role: "moderator",
  access: "invite",
  history: "joined",
  posting: "members",
  listed: "no",
  keep: "30",
  slow: "30",
  "topic...": "ujian hari Senin",
  "why...": "bukan di sini",
  "note...": "makan siang",
  "folder...": "/srv/backup",
  realm: "kampus",
  key: "lc5Y01UK0etgx64b4JrGOd7UB65oAI2kkaZrXTh86m4",
  own: "rumah",
  password: "rahasia",
  code: "inv-abcdefghijklmnop",
  old: "rahasia",
  new: "baru",
  name: "Bob_Budiman",
  "name...": "Bob Budiman",
  country: "indonesia",
  filename: "a.pdf",
  "filename%": "a.pdf",
  "filename...": "a.pdf",
  b64: "YQ==",
  size: "1048576",
  host: "192.0.2.1",
  port: "8889",
  "client-id": "c-1",
  to: "bob",
  with: "bob",
  receiver: "bob",
  request: "send",
  dialect: "basic",
  uses: "5",
  days: "30",
  invitation: "1",
  limit: "50",
  target: "bob",
  duration: "7d",
  "reason...": "spam",
  report: "1",
  act: "1",
  session: "3",
  "client...": "bot-cuaca 1.2",
  start: "2026-11-01",
  end: "2026-11-30",
  "words...": "rapat",
  emoji: "👍",
  "text...": "halo, apa kabar?",
  "announcement...": "server ditutup jam 22",
};

const ID = "01a1fc92-5ef7-7000-8000-080000b221e3";

/** A request of this pattern, as one might type it; without what may be left out. */
export function exampleOf({ pattern }: Row): string {
  return pattern.elements
    .flatMap((element) => {
      if (element.is === "literal") return [element.word];
      if (element.is === "token") return ["TOKEN"];
      if (element.is === "option" || ("optional" in element && element.optional)) return [];
      return [samples[element.kind] ?? ID];
    })
    .join(" ");
}
