/** What a line means: a table, with nothing open and with a conversation open, in the words of every dialect. */
import { describe, expect, onTestFinished, test } from "vitest";
import { type Interpretation, interpret } from "../../../src/client/chat/interpret.ts";
import { setLanguage } from "../../../src/client/language/wording.ts";
import { knownWith, TOKEN } from "../../support/known.ts";

/** A meaning in a few words, for tables. */
function short(meaning: Interpretation): string {
  switch (meaning.is) {
    case "message":
      return `to ${meaning.to}: ${meaning.text}`;
    case "open":
      return `open ${meaning.name}`;
    case "command":
      return `does ${meaning.words.join("|")}`;
    case "files":
      return `files ${JSON.stringify(meaning.command)}`;
    case "login":
      return `${meaning.word} of ${meaning.user}`;
    case "request":
      return `asks ${meaning.text}`;
    default:
      return meaning.is;
  }
}

function meant(line: string, open?: string): string {
  return short(interpret(line, knownWith(open)));
}

describe("a message that is named", () => {
  const [newest, , oldest] = knownWith().last;

  test("by its id is answered to whom it was said, whatever is open", () => {
    for (const open of [undefined, "carl", "#kelas"])
      expect(interpret(`/reply ${oldest?.id} baik`, knownWith(open))).toEqual({
        is: "message",
        to: "bob",
        text: "baik",
        reply: oldest,
      });
    const unknown = "01a1fc92-5ef7-7000-8000-0800000000ff";
    expect(meant(`/reply ${unknown} baik`, "bob")).toBe(`asks reply ${unknown} baik`);
  });

  test("by its number from the end is reacted to; in doubt nothing is done", () => {
    expect(meant("1 +1", "bob")).toBe(`asks react ${newest?.id} 👍`);
    expect(meant("/3 -:heart:", "#kelas")).toBe(`asks unreact ${oldest?.id} ❤️`);
    expect(meant("/edit 3 baru", "#kelas")).toBe(`asks edit ${oldest?.id} baru`);
    expect(meant("/delete 1")).not.toContain(newest?.id);
    expect(meant(`/react ${newest?.id} :heart:`)).toBe(`asks react ${newest?.id} ❤️`);
    for (const line of ["4 +1", "1 +:no-such:"]) expect(meant(line, "bob")).toBe("refused");
    for (const line of ["1 +2", "3 + 1", "+1"]) expect(meant(line, "bob")).toBe(`to bob: ${line}`);
    expect(meant(" 1 +1", "bob")).toBe("to bob: 1 +1");
  });
});

describe("whatever is open", () => {
  test.each([
    // Speaking.
    ["@bob halo", "to bob: halo"],
    ["@bob  halo", "to bob:  halo"],
    ["@bob halo\nkedua", "to bob: halo\nkedua"],
    ["@bob\nhalo", "to bob: halo"],
    // Whether it is a token the server knows, which delivers none.
    [`send_group kelas ${TOKEN} halo`, `asks send_group kelas ${TOKEN} halo`],
    [`send bob ${TOKEN} halo`, `asks send bob ${TOKEN} halo`],
    ["@bob@kampus halo", "to bob@kampus: halo"],
    ["@stranger halo", "to stranger: halo"],
    ["#kelas halo semua", "to #kelas: halo semua"],
    ["#kelas@kampus halo", "to #kelas@kampus: halo"],
    ["@bob", "open bob"],
    ["@bob  ", "open bob"],
    ["#kelas", "open #kelas"],
    ["#kelas@kampus", "open #kelas@kampus"],
    ["@ bob halo", "refused"],
    ["@", "refused"],
    ["#", "refused"],
    ["@bob, halo", "refused"],
    ["@_bob halo", "refused"],
    ["## title", "refused"],
    // Spec 001.
    ["send bob halo", "to bob: halo"],
    ["SEND bob Halo  Bob", "to bob: Halo  Bob"],
    ["send bob baris satu\nbaris dua", "to bob: baris satu\nbaris dua"],
    ["send bob@kampus halo", "to bob@kampus: halo"],
    ["sendgroup kelas halo", "to #kelas: halo"],
    ["sendgroup kelas@kampus halo", "to #kelas@kampus: halo"],
    ["addgroup baru", "asks addgroup baru"],
    ["joingroup kelas", "asks joingroup kelas"],
    ["inbox", "asks inbox"],
    ["inbox all", "asks inbox all"],
    ["logout", "asks logout"],
    ["info", "asks info"],
    ["info bob", "asks info bob"],
    ["addrealm kampus 192.0.2.1 8889", "asks addrealm kampus 192.0.2.1 8889"],
    ["sendprivaterealm kampus bob halo", "to bob@kampus: halo"],
    ["sendgrouprealm kampus kelas halo", "asks sendgrouprealm kampus kelas halo"],
    ["getrealminbox kampus", "asks getrealminbox kampus"],
    // Spec 000.
    ["sendtoserver kampus bob halo", "to bob@kampus: halo"],
    ["creategroup kelas bob,carl", "asks creategroup kelas bob,carl"],
    ["sendfilegroup kelas nowhere.txt", "asks sendfilegroup kelas nowhere.txt"],
    // Spec 002.
    ["send_group kelas halo", "to #kelas: halo"],
    ["send_file bob nowhere.txt", "asks send_file bob nowhere.txt"],
    ["add_group baru", "asks add_group baru"],
    ["join_group kelas", "asks join_group kelas"],
    ["leave_group kelas", "asks leave_group kelas"],
    ["list_users", "asks list_users"],
    ["list_my_groups", "asks list_my_groups"],
    ["list_group kelas", "asks list_group kelas"],
    // Spec 003.
    ["auth_logout", "asks auth_logout"],
    ["ls", "asks ls"],
    ["ls_group", "asks ls_group"],
    ["ls_member kelas", "asks ls_member kelas"],
    ["mkgr baru", "asks mkgr baru"],
    ["join kelas", "asks join kelas"],
    ["leave kelas", "asks leave kelas"],
    ["inboxgroup kelas", "asks inboxgroup kelas"],
    ["sendgroup_file kelas nowhere.txt", "asks sendgroup_file kelas nowhere.txt"],
    // Words of clients that other people wrote.
    ["sendprivate bob halo", "to bob: halo"],
    ["sendserver kampus bob halo", "to bob@kampus: halo"],
    ["addserver kampus 192.0.2.1 8889", "asks addserver kampus 192.0.2.1 8889"],
    ["inboxrealm kampus", "asks inboxrealm kampus"],
    ["exit_group kelas", "asks exit_group kelas"],
    ["getgroups", "asks getgroups"],
    ["get_inbox_group kelas", "asks get_inbox_group kelas"],
    ["connectedrealm", "asks connectedrealm"],
    ["logininfo", "asks logininfo"],
    // A first word with or without its _ and -.
    ["send_private bob halo", "to bob: halo"],
    ["send-private bob halo", "to bob: halo"],
    ["SEND_PRIVATE bob Halo_-", "to bob: Halo_-"],
    ["send-group kelas halo", "to #kelas: halo"],
    ["create_group baru", "asks create_group baru"],
    ["create-group baru bob,carl", "asks create-group baru bob,carl"],
    ["leavegroup kelas", "asks leavegroup kelas"],
    ["joinGroup kelas", "asks joinGroup kelas"],
    ["join-group kelas", "asks join-group kelas"],
    ["listusers", "asks listusers"],
    ["send_private_realm kampus bob halo", "to bob@kampus: halo"],
    ["send_private_file bob /", `files {"does":"send","to":"bob","paths":["/"]}`],
    ["sendprivatefile bob nowhere.txt", "asks sendprivatefile bob nowhere.txt"],
    ["sendfilerealm kampus bob /", `files {"does":"send","to":"bob@kampus","paths":["/"]}`],
    // Spec 004: the token is of whoever gives it, and it goes as it stands.
    [`send message ${TOKEN} bob halo`, `asks send message ${TOKEN} bob halo`],
    [`SEND GROUP MESSAGE ${TOKEN} kelas halo`, `asks SEND GROUP MESSAGE ${TOKEN} kelas halo`],
    [`inbox ${TOKEN}`, `asks inbox ${TOKEN}`],
    [`send ${TOKEN} bob halo`, `asks send ${TOKEN} bob halo`],
    [`my file ${TOKEN}`, `asks my file ${TOKEN}`],
    [`logout ${TOKEN}`, `asks logout ${TOKEN}`],
    // The client's own.
    ["open bob", "does open|bob"],
    ["open #kelas", "does open|#kelas"],
    ["close", "does close"],
    ["chats", "does chats"],
    ["history", "does history"],
    ["history bob", "does history|bob"],
    ["history bob 50", "does history|bob|50"],
    ["history #kelas 5", "does history|#kelas|5"],
    ["search bob tugas akhir", "does search|bob|tugas|akhir"],
    ["ignore carl", "does ignore|carl"],
    ["ignore", "does ignore"],
    ["unignore carl", "does unignore|carl"],
    ["mute #kelas", "does mute|#kelas"],
    ["mute #kelas mentions", "does mute|#kelas|mentions"],
    ["mute", "does mute"],
    ["unmute #kelas", "does unmute|#kelas"],
    ["mutes", "asks mutes"],
    ["help", "does help"],
    ["help send", "does help|send"],
    ["help keys", "does help|keys"],
    ["quit", "does quit"],
    ["exit", "does exit"],
    // What is our own is the server's too, where it has more than we take.
    ["/history bob limit 5", "asks history bob limit 5"],
    [`/history bob before ${TOKEN}`, `asks history bob before ${TOKEN}`],
    ["/files limit 5", "asks files limit 5"],
    // About files; what is refused of them is refused when they run.
    ["sendfile bob ./nowhere", `files {"does":"refuse","fault":"no-file","detail":"./nowhere: no such file"}`],
    ["sendfile bob /", `files {"does":"send","to":"bob","paths":["/"]}`],
    ["sendgroup_file kelas /", `files {"does":"send","to":"#kelas","paths":["/"]}`],
    ["sendfile bob nowhere.txt", "asks sendfile bob nowhere.txt"],
    ["sendfile bob a.txt aGFsbw==", "asks sendfile bob a.txt aGFsbw=="],
    ["getfile a.iso -o /tmp/", `files {"does":"get","what":"a.iso","out":"/tmp/"}`],
    ["download_file nowhere.txt", `files {"does":"get","what":"nowhere.txt"}`],
    ["downloadgroup_file kelas a.txt", `files {"does":"get","from":"#kelas","what":"a.txt"}`],
    ["/download file bob a.txt", `files {"does":"get","from":"bob","what":"a.txt"}`],
    ["files", `files {"does":"list","received":false}`],
    ["files received", `files {"does":"list","received":true}`],
    ["transfers", `files {"does":"transfers"}`],
    ["/upload bob a.txt 7", "refused"],
    ["/sendfile bob", "refused"],
    // A slash says that it is a command.
    ["/send bob halo", "to bob: halo"],
    ["/OPEN bob", "does OPEN|bob"],
    ["/users", "asks users"],
    ["/hello", "asks hello"],
    ["/ping", "asks ping"],
    ["/leave nowhere", "asks leave nowhere"],
    ["/members kelas", "asks members kelas"],
    ["/watch on", "asks watch on"],
    // The prompt always listens.
    ["/watch off", "refused"],
    ["/quit smoking", "refused"],
    ["/passwd lama baru", "asks passwd lama baru"],
    // It is asked whether it is meant, and for the password.
    ["/erase", "erase"],
    ["/erase cancel", "asks erase cancel"],
    ["/erase rahasia", "refused"],
    ["/auth bob", "auth of bob"],
    ["/auth_login bob", "auth_login of bob"],
    ["/register dewi", "register of dewi"],
    ["/auth bob rahasia", "asks auth bob rahasia"],
    ["/", "refused"],
    // What is called otherwise on IRC.
    ["/msg bob halo  bob", "to bob: halo  bob"],
    ["/msg @bob halo", "to bob: halo"],
    ["/msg #kelas halo semua", "to #kelas: halo semua"],
    ["/MSG bob halo", "to bob: halo"],
    ["/msg bob baris satu\nbaris dua", "to bob: baris satu\nbaris dua"],
    ["/msg bob@kampus halo", "to bob@kampus: halo"],
    ["/msg bob", "open bob"],
    ["/msg", "refused"],
    ["/msg , halo", "refused"],
    ["/query bob", "open bob"],
    ["/query #kelas", "open #kelas"],
    ["/query", "refused"],
    ["/part #kelas", "asks leave kelas"],
    ["/part kelas", "asks leave kelas"],
    ["/join #kelas", "asks join kelas"],
    ["/join kelas", "asks join kelas"],
    ["/names #kelas", "asks members kelas"],
    ["/who #kelas", "asks members kelas"],
    ["/who kelas", "asks members kelas"],
    ["/whois bob", "asks info bob"],
    ["/whois @bob", "asks info bob"],
    ["/whois", "refused"],
    ["/list", "asks groups"],
    ["/clear", "does clear"],
    ["/nick bobby", "refused"],
    ["/topic #kelas halo semua", "asks topic kelas halo semua"],
    ["/kick #kelas bob", "asks kick kelas bob"],
    ["/me", "refused"],
    ["/me waves", "refused"],
    ["/sned bob halo", "refused"],
    ["/send bob", "refused"],
    ["/dialect basic", "refused"],
    ["/listen", "refused"],
    // Nothing.
    ["", "nothing"],
    ["   ", "nothing"],
    [" \n\t ", "nothing"],
  ])("%s: %s", (line, wanted) => {
    expect(meant(line)).toBe(wanted);
    expect(meant(line, "dewi")).toBe(wanted);
    expect(meant(line, "#dev")).toBe(wanted);
  });
});

describe("with nothing open", () => {
  test.each([
    ["hello", "asks hello"],
    ["ping", "asks ping"],
    ["users", "asks users"],
    ["members kelas", "asks members kelas"],
    ["leave nowhere", "asks leave nowhere"],
    ["send stranger halo", "to stranger: halo"],
    ["auth bob", "auth of bob"],
    ["AUTH bob", "AUTH of bob"],
    ["login bob", "login of bob"],
    ["auth_register dewi", "auth_register of dewi"],
    ["auth bob rahasia", "asks auth bob rahasia"],
    ["register dewi rahasia Dewi_Sari indonesia", "asks register dewi rahasia Dewi_Sari indonesia"],
    // A blank before it changes nothing: there is nobody to say it to.
    ["  send bob halo", "to bob: halo"],
    ["\tinbox", "asks inbox"],
    ["halo semua", "refused"],
    ["sned bob halo", "refused"],
    ["send", "refused"],
    ["send bob", "refused"],
    ["joingroup a/b", "refused"],
    ["//halo", "refused"],
    ["listen --from bob", "refused"],
    ["completion bash", "refused"],
  ])("%s: %s", (line, wanted) => {
    expect(meant(line)).toBe(wanted);
  });

  test("what is refused is told why, and what may have been meant", () => {
    expect(interpret("sned bob halo", knownWith())).toEqual({
      is: "refused",
      why: "there is no sned; did you mean send?",
      unsure: false,
    });
    expect(interpret("zzzzz", knownWith())).toMatchObject({
      why: "no conversation is open, and zzzzz is no command. open NAME or open #GROUP opens one; @NAME TEXT says something at once; help lists the commands",
    });
    expect(interpret("//halo", knownWith())).toMatchObject({ why: "to whom? open NAME, or @NAME TEXT" });
    expect(interpret("joingroup a/b", knownWith())).toMatchObject({ why: expect.stringContaining("1-32 of letters") });
    expect(interpret("send bob", knownWith())).toMatchObject({ why: expect.stringContaining("send <user[@realm]>") });
    expect(interpret("@bob, halo", knownWith())).toMatchObject({ why: "@bob, is no name of a user" });
    expect(interpret("#a/b halo", knownWith())).toMatchObject({ why: "#a/b is no name of a group" });
  });

  test.each(["halo", "Halo semua!", "hai", "hi", "pagi", "tes", "ok", "apa kabar?", "selamat pagi", "日本"])(
    "%j: it is said that no conversation is open, and how one is opened",
    (line) => {
      const { is, why = "" } = interpret(line, knownWith()) as { is: string; why?: string };
      expect(is).toBe("refused");
      for (const part of ["no conversation is open", "open NAME", "open #GROUP", "@NAME TEXT", "help"]) {
        expect(why).toContain(part);
      }
    },
  );

  test.each([
    ["msg bob halo", "to bob: halo"],
    ["query bob", "open bob"],
    ["who", "asks users"],
    ["/who", "asks users"],
    ["list", "asks groups"],
    ["/part", "refused"],
    ["/names", "refused"],
    ["leave", "refused"],
    ["members", "refused"],
    ["inboxgroup", "refused"],
  ])("%s: %s, as nothing is open", (line, wanted) => {
    expect(meant(line)).toBe(wanted);
  });

  test.each([
    ["/nick bobby", /register NAME.*auth NAME/],
    ["/topic", /topic <group/],
    ["/kick bob", /kick <group/],
    ["/me waves", /as any text/],
    ["/part", /no group is open.*leave GROUP/],
    ["/names", /no group is open.*members GROUP/],
    ["/msg", /@NAME TEXT/],
    ["/query", /open NAME/],
    ["leave", /leave <group/],
    ["members", /members <group/],
  ])("%s names what does something of the kind", (line, why) => {
    expect(interpret(line, knownWith())).toMatchObject({ is: "refused", why: expect.stringMatching(why) });
  });

  test("it is said in Indonesian to whom that is spoken", () => {
    setLanguage("id");
    onTestFinished(() => setLanguage("en"));
    for (const [line, why] of [
      ["halo", /tidak ada percakapan yang terbuka.*open NAMA/],
      ["sned bob halo", /maksudmu send\?/],
      ["/part", /tidak ada grup yang terbuka/],
      ["@bob, halo", /bukan nama pengguna/],
    ] as const) {
      expect(interpret(line, knownWith())).toMatchObject({ is: "refused", why: expect.stringMatching(why) });
    }
  });

  test("a name that is none is refused in the language that is spoken", () => {
    setLanguage("id");
    onTestFinished(() => setLanguage("en"));
    expect(interpret("joingroup a/b", knownWith())).toMatchObject({
      why: expect.not.stringMatching(/\b(of|letters|digits|with|and|is|must)\b/),
    });
  });

  test("a command of the shell is not said to be meant by its own word", () => {
    for (const word of ["listen", "completion", "man"]) {
      expect(interpret(`/${word}`, knownWith())).toMatchObject({ why: expect.not.stringContaining(`mean ${word}?`) });
    }
  });
});

describe.each(["bob", "#dev"])("with %s open", (open) => {
  test.each([
    ["halo", "halo"],
    ["hello", "hello"],
    ["ping", "ping"],
    ["Hello bob", "Hello bob"],
    ["jam berapa?\nbesok?", "jam berapa?\nbesok?"],
    // A blank before it: that one is not part of what is said.
    [" send carl halo", "send carl halo"],
    ["\tls", "ls"],
    ["  dua", " dua"],
    [" @carl halo", "@carl halo"],
    [" /quit", "/quit"],
    [" sned carl halo", "sned carl halo"],
    // Two slashes: one of them is.
    ["//quit", "/quit"],
    ["//", "/"],
    ["/// x", "// x"],
    // Words that are both, with what makes them none of ours.
    ["open the door", "open the door"],
    ["close the window", "close the window"],
    ["send it", "send it"],
    ["info dari kantor", "info dari kantor"],
  ])("%j says %j there", (line, text) => {
    expect(interpret(line, knownWith(open))).toEqual({ is: "message", to: open, text });
  });

  test("a name that nobody here has is asked about, not written to", () => {
    expect(interpret("send carla halo", knownWith(open))).toEqual({
      is: "refused",
      why: `there is no user carla here; to do it all the same, begin with /; to say it in ${open}, begin with a blank`,
      unsure: true,
    });
    expect(interpret("join us", knownWith(open))).toMatchObject({ is: "refused", unsure: true });
    expect(interpret("leave now", knownWith(open))).toMatchObject({ is: "refused", unsure: true });
    expect(interpret("sendgroup entah halo", knownWith(open))).toMatchObject({ is: "refused", unsure: true });
  });

  test("a group that is to be made is no stranger", () => {
    for (const line of ["addgroup baru", "add_group baru", "mkgr baru", "creategroup baru bob"]) {
      expect(interpret(line, knownWith(open))).toEqual({ is: "request", text: line });
    }
  });

  test("a slip stands there with what may have been meant", () => {
    expect(interpret("sned carl halo", knownWith(open))).toEqual({
      is: "refused",
      why: `did you mean send? to say this in ${open}, begin with a blank`,
      unsure: false,
    });
  });
});

test("what the server tells one can be read, and not be answered", () => {
  const known = knownWith("*");
  expect(interpret("halo", known)).toMatchObject({
    is: "refused",
    why: expect.stringMatching(/^the server only tells/),
  });
  expect(interpret("/users", known)).toMatchObject({ is: "request" });
});

describe("with a group open, what is about a group needs no name", () => {
  test.each([
    ["leave", "#dev", "asks leave dev"],
    ["/leave", "#dev", "asks leave dev"],
    ["LEAVE", "#dev", "asks LEAVE dev"],
    ["leave_group", "#dev", "asks leave_group dev"],
    ["leavegroup", "#dev", "asks leavegroup dev"],
    ["exit_group", "#dev", "asks exit_group dev"],
    ["/part", "#dev", "asks leave dev"],
    ["members", "#dev", "asks members dev"],
    ["/members", "#dev", "asks members dev"],
    ["pins", "#dev", "asks pins dev"],
    ["/pins", "#dev", "asks pins dev"],
    ["ls_member", "#dev", "asks ls_member dev"],
    ["/names", "#dev", "asks members dev"],
    ["/who", "#dev", "asks members dev"],
    ["inboxgroup", "#dev", "asks inboxgroup dev"],
    ["/leave", "#kelas@kampus", "asks leave kelas@kampus"],
    ["/members", "#kelas@kampus", "asks members kelas@kampus"],
    ["/topic halo semua", "#dev", "asks topic dev halo semua"],
    ["/topic", "#dev", "asks group dev"],
    ["/kick bob", "#dev", "asks kick dev bob"],
    ["/kick bob sudah malam", "#kelas@kampus", "asks kick kelas@kampus bob sudah malam"],
    ["/kick kelas bob", "#dev", "asks kick kelas bob"],
    ["/ban bob for 3d", "#dev", "asks ban dev bob for 3d"],
    ["/invite bob", "#dev", "asks invite dev bob"],
    ["/role bob moderator", "#dev", "asks role dev bob moderator"],
    ["/slow 30", "#dev", "asks slow dev 30"],
    ["/bans", "#dev", "asks bans dev"],
    ["/group", "#dev", "asks group dev"],
    ["/group set access invite", "#dev", "asks group set dev access invite"],
    ["/group rename kantor", "#dev", "asks group rename dev kantor"],
    ["/group delete", "#dev", "asks group delete dev"],
    ["/group delete kelas", "#dev", "asks group delete kelas"],
    // Of another one by its name.
    ["leave kelas", "#dev", "asks leave kelas"],
    ["/members kelas", "#dev", "asks members kelas"],
    ["/part #kelas", "#dev", "asks leave kelas"],
    // What is about more than one goes on as it was.
    ["groups", "#dev", "asks groups"],
    ["users", "#dev", "asks users"],
    // A person is no group.
    ["/leave", "bob", "refused"],
    ["/kick bob", "bob", "refused"],
    ["/topic halo", "bob", "refused"],
    ["/members", "bob", "refused"],
    ["/part", "bob", "refused"],
    ["/names", "bob", "refused"],
    ["/who", "bob", "asks users"],
  ])("%s in %s: %s", (line, open, wanted) => {
    expect(meant(line, open)).toBe(wanted);
  });
});

test.each([
  "who is there?",
  "names please",
  "list of things",
  "part of it",
  "me too",
  "msg me later",
  "kick off at nine",
  "topic of the day",
  "nick is here",
  "query failed",
  "clear as day",
])("%s, said without a slash, is said", (line) => {
  for (const open of ["bob", "#dev"]) {
    expect(interpret(line, knownWith(open))).toMatchObject({ is: "message", to: open, text: line });
  }
});
