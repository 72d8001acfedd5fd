/** Logging in and making accounts by questions: what is asked, what is sent, and what a refusal leads to. */
import { describe, expect, test } from "vitest";
import { agreed, logInByAsking, registerByAsking } from "../../../src/client/chat/login.ts";
import { isPassword } from "../../../src/client/secrets.ts";
import type { Reply } from "../../../src/connection/errors.ts";
import { loginOf } from "../../../src/connection/login.ts";
import { callOf } from "../../support/call.ts";
import { QuietConsole } from "../../support/console.ts";

const welcome: Reply = { status: "OK", tokenid: "9b2f8c1e", user: "alice" };
const alice = { user: "alice", token: "9b2f8c1e" };
const wrong: Reply = { status: "ERROR", message: "User Tidak Ada", code: "bad-credentials" };

const CODE = "inv-abcdefghijklmnop";
const hello = { server: "obrol", version: "1", realm: "kampus", dialect: "auto", dialects: ["auto"], limits: {} };

/** A server with accounts by name and password. @param registration as it says it; undefined for one that does not say it */
function server(accounts: Readonly<Record<string, string>> = {}, registration?: string) {
  const all = new Map(Object.entries(accounts));
  const asked: string[] = [];
  const call = callOf(async (text): Promise<Reply> => {
    if (text === "hello") return { status: "OK", data: { ...hello, registration } };
    asked.push(text);
    const [word, user = "", password = ""] = text.split(" ");
    if (word === "invited") {
      return user === CODE ? welcome : { status: "ERROR", message: "Tidak diizinkan", code: "forbidden" };
    }
    if (word === "auth") return all.get(user) === password ? welcome : wrong;
    if (all.has(user)) return { status: "ERROR", message: "User sudah ada", code: "user-exists" };
    all.set(user, password);
    return welcome;
  });
  return { call, asked };
}

describe("logging in", () => {
  test("asks for a password that is not shown, and for nothing else", async () => {
    const console = new QuietConsole("rahasia");
    const { call, asked } = server({ alice: "rahasia" });
    expect(await logInByAsking(console, call, "alice", true)).toEqual(alice);
    expect(console.asked).toEqual([{ question: "password of alice: ", secret: true }]);
    expect(asked).toEqual(["auth alice rahasia"]);
    expect(console.lines).toEqual([]);
  });

  test("is tried three times", async () => {
    const console = new QuietConsole("satu", "dua", "tiga", "rahasia");
    const { call, asked } = server({ alice: "rahasia" });
    expect(await logInByAsking(console, call, "alice", false)).toBeUndefined();
    expect(asked).toHaveLength(3);
    expect(console.lines).toEqual(Array.from({ length: 3 }, () => "alice: unknown name or wrong password"));
  });

  test("with what is no password sends nothing", async () => {
    const console = new QuietConsole("", "dua kata", "rahasia");
    const { call, asked } = server({ alice: "rahasia" });
    expect(await logInByAsking(console, call, "alice", false)).toEqual(alice);
    expect(asked).toEqual(["auth alice rahasia"]);
    expect(console.lines).toEqual(Array.from({ length: 2 }, () => "a password is one word, without blanks"));
  });

  test("is given up with Ctrl-C, and after another refusal than of a wrong password", async () => {
    const { call, asked } = server();
    expect(await logInByAsking(new QuietConsole(undefined), call, "alice", true)).toBeUndefined();
    expect(asked).toEqual([]);
    const limited: Reply = { status: "ERROR", message: "tunggu sebentar", code: "rate-limited" };
    const console = new QuietConsole("a", "b");
    expect(
      await logInByAsking(
        console,
        callOf(async () => limited),
        "alice",
        true,
      ),
    ).toBeUndefined();
    expect(console.asked).toHaveLength(1);
  });

  test("offers an account where there is none: with the same password, and names that one word holds", async () => {
    const console = new QuietConsole("rahasia", "y", "rahasia", "Alice Wati", " ");
    const { call, asked } = server();
    expect(await logInByAsking(console, call, "alice", true)).toEqual(alice);
    expect(asked).toEqual(["auth alice rahasia", "register alice rahasia Alice_Wati indonesia"]);
    expect(console.asked.map(({ question }) => question)).toEqual([
      "password of alice: ",
      "is alice new here? make an account with this password? [y/N] ",
      "the same password again: ",
      "full name [alice]: ",
      "country [indonesia]: ",
    ]);
  });

  test("goes on asking where no account is wanted, or there is one already", async () => {
    const console = new QuietConsole("salah", "n", "keliru", "y", "keliru", "", "", "rahasia");
    const { call } = server({ alice: "rahasia" });
    expect(await logInByAsking(console, call, "alice", true)).toEqual(alice);
    expect(console.lines).toContain("the name is taken");
  });

  test("shows what the server says, and lets it do nothing", async () => {
    const console = new QuietConsole("a");
    const evil: Reply = { status: "ERROR", message: "\u001b[2Jx", code: "new-code", detail: "\u001b[5m" };
    await logInByAsking(
      console,
      callOf(async () => evil),
      "alice",
      false,
    );
    expect(console.lines).toEqual(["alice: \\u001b[2Jx (\\u001b[5m)"]);
  });
});

test.each([{}, { user: "alice" }, { user: 5, tokenid: "token" }, { user: "alice", tokenid: null }])(
  "a login that the server answers without a name or a token is none: %j",
  async (more) => {
    const call = callOf(async () => ({ status: "OK", ...more }));
    await expect(logInByAsking(new QuietConsole("rahasia"), call, "alice", true)).rejects.toThrow("is no reply");
    const answers = ["rahasia", "rahasia", "", ""];
    await expect(registerByAsking(new QuietConsole(...answers), call, "alice")).rejects.toThrow("is no reply");
    expect(loginOf({ status: "OK", ...more })).toBeUndefined();
  },
);

describe("making an account", () => {
  test("asks for the password twice, both times hidden", async () => {
    const console = new QuietConsole("rahasia", "rahasia", "", "Timor Leste");
    const { call, asked } = server();
    expect(await registerByAsking(console, call, "alice")).toEqual(alice);
    expect(console.asked.map(({ secret }) => secret)).toEqual([true, true, false, false]);
    expect(asked).toEqual(["register alice rahasia alice Timor_Leste"]);
  });

  test.each([
    ["another the second time", ["rahasia", "rahasai"], "the two are not the same"],
    ["none that is one word", ["dua kata"], "a password is one word, without blanks"],
  ])("sends nothing for %s", async (_, answers, said) => {
    const console = new QuietConsole(...answers);
    const { call, asked } = server();
    expect(await registerByAsking(console, call, "alice")).toBeUndefined();
    expect(asked).toEqual([]);
    expect(console.lines).toEqual([said]);
  });

  test.each([0, 1, 2, 3])("is given up with Ctrl-C at question %i, and nothing is sent", async (at) => {
    const console = new QuietConsole(...["rahasia", "rahasia", "", ""].slice(0, at), undefined);
    const { call, asked } = server();
    expect(await registerByAsking(console, call, "alice")).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe("making an account by invitation", () => {
  const account = ["rahasia", "rahasia", "", ""];

  test("asks for the code, and again where it is none, or not one of the server's", async () => {
    const console = new QuietConsole(...account, "inv-salah", "inv-ponmlkjihgfedcba", ` ${CODE} `);
    const { call, asked } = server({}, "invite");
    expect(await registerByAsking(console, call, "alice")).toEqual(alice);
    expect(asked).toEqual([
      "invited inv-ponmlkjihgfedcba alice rahasia alice indonesia",
      `invited ${CODE} alice rahasia alice indonesia`,
    ]);
    expect(console.lines).toEqual([
      "this server takes new accounts by invitation",
      "a code is inv- and 16 letters",
      "that is not allowed here",
    ]);
  });

  test("is given up with Ctrl-C, with Enter, and after three wrong codes", async () => {
    const wrongCode = CODE.replace("a", "b");
    for (const codes of [[undefined], [""], [wrongCode, wrongCode, wrongCode, CODE]]) {
      const { call } = server({}, "invite");
      expect(await registerByAsking(new QuietConsole(...account, ...codes), call, "alice")).toBeUndefined();
    }
  });

  test("asks for none where it stands before the password, or nobody needs one", async () => {
    const before = `${CODE}:rahasia`;
    const { call, asked } = server({}, "invite");
    expect(await registerByAsking(new QuietConsole(before, before, "", ""), call, "alice")).toEqual(alice);
    expect(asked).toEqual([`register alice ${before} alice indonesia`]);
    for (const registration of ["open", "closed", undefined]) {
      const other = server({}, registration);
      await registerByAsking(new QuietConsole(...account), other.call, "alice");
      expect(other.asked).toEqual(["register alice rahasia alice indonesia"]);
    }
  });
});

test("nothing is agreed to unless it is said", async () => {
  for (const answer of ["y", "Y", "yes", "ya", " ya "]) expect(await agreed(new QuietConsole(answer), "so")).toBe(true);
  for (const answer of ["", "n", "no", "yy", "maybe", undefined]) {
    expect(await agreed(new QuietConsole(answer), "so")).toBe(false);
  }
});

test("a password is what the protocol takes for one", () => {
  for (const text of ["a", "päß", "a".repeat(256)]) expect(isPassword(text)).toBe(true);
  for (const text of ["", "a b", "a\tb", " a", "a".repeat(257)]) expect(isPassword(text)).toBe(false);
});
