/** Bahasa Indonesia: what a server says in English of a refusal. */

const NAME_RULE = "1-32 huruf, angka, _ . -, diawali huruf atau angka";

/** Why the server takes a value not; what stands before it names the value. */
const DETAILS: readonly (readonly [RegExp, string])[] = [
  [/not a name \(.*\)$/, `bukan nama (${NAME_RULE})`],
  [/not a name@realm \(.*\)$/, `bukan nama@realm (${NAME_RULE})`],
  [/not a user or #group \(.*\)$/, `bukan pengguna atau #grup (${NAME_RULE})`],
  [/not names \(.*\)$/, `bukan nama-nama (${NAME_RULE})`],
  [/is empty$/, "kosong"],
  [/holds a control character$/, "ada karakter kendali di dalamnya"],
  [/holds a character that changes how a line is shown$/, "ada karakter yang mengubah tampilan baris"],
  [/longer than (\d+) (?:characters|bytes)$/, "lebih dari $1 karakter"],
  [/a number from (\d+) to (\d+)$/, "angka dari $1 sampai $2"],
  [/begins with an invitation's code and :$/, "diawali kode undangan dan :"],
  [/^this server takes no new accounts$/, "server ini tidak menerima akun baru"],
  [
    /^this server takes new accounts by invitation: put the code and : before the password$/,
    "server ini menerima akun baru dengan undangan: tulis kodenya dan : di depan kata sandi",
  ],
  [/^no invitation has this code, or it has ended$/, "tidak ada undangan dengan kode itu, atau sudah berakhir"],
  [/inv- and 16 letters from a to z$/, "inv- dan 16 huruf dari a sampai z"],
  [/begins with a token$/, "diawali token"],
  [/^you have blocked (.+): unblock comes first$/, "kamu memblokir $1: cabut dulu"],
  [/there is no word in it$/, "tidak ada kata di dalamnya"],
  [/at most (\d+) of them$/, "paling banyak $1"],
  [/before \* stand at least (\d+) letters$/, "sebelum * sedikitnya $1 huruf"],
  [/a day as (\S+), or a moment as (\S+) \(RFC 3339\)$/, "tanggal seperti $1, atau saat seperti $2 (RFC 3339)"],
  [/not an id of this server$/, "bukan id dari server ini"],
  [/^silenced in the group$/, "dilarang berbicara di grup ini"],
  [/^banned from the group$/, "diblokir dari grup ini"],
  [/^by invitation only$/, "hanya dengan undangan"],
  [/^only the owner of the group may do this$/, "hanya pemilik grup"],
  [/^only the owner and the moderators of the group may do this$/, "hanya pemilik dan moderator grup"],
  [/^nobody may do this to the owner of the group$/, "tidak terhadap pemilik grup"],
  [/^only who has sent a message may do this$/, "hanya pengirim pesan"],
  [/^only in a group$/, "hanya di grup"],
  [/^the group is slow: one message in (\d+) s$/, "grup ini dibatasi: satu pesan tiap $1 detik"],
  [/^make somebody else the owner first$/, "angkat dulu pemilik lain"],
  [/^help lists the requests$/, "help menampilkan daftar permintaan"],
  [/^he is not in the group$/, "ia bukan anggota grup ini"],
  [/^he is banned from the group$/, "ia diblokir dari grup ini"],
  [/^he is not banned from the group$/, "ia tidak diblokir dari grup ini"],
  [/^he is not silenced in the group$/, "ia tidak dilarang berbicara di grup ini"],
];

/** What a server says of a refusal; nothing where there are no words for it here. */
export function detailInIndonesian(said: string): string {
  const known = DETAILS.find(([pattern]) => pattern.test(said));
  return known === undefined ? "" : said.replace(...known);
}
