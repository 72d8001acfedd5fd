/** Logging in and making an account by asking the person. */
import type { Call } from "../../connection/call.ts";
import { orRefusal, RefusedRequest } from "../../connection/errors.ts";
import { type Login, logIn } from "../../connection/login.ts";
import { isInvitationCode, withoutCode } from "../../contract/invitation-code.ts";
import { wording } from "../language/wording.ts";
import { errorInWords } from "../refusal-words.ts";
import { isPassword } from "../secrets.ts";
import type { Console } from "../terminal/console.ts";
import { inert } from "../terminal/inert.ts";
import type { Session } from "./session.ts";

/**
 * Asks for a password and logs in, three times at the most.
 * @param offer to make an account where the server knows none of that name, or its password was another.
 * @returns undefined when it was given up.
 */
export async function logInByAsking(
  console: Console,
  call: Call,
  user: string,
  offer: boolean,
): Promise<Login | undefined> {
  for (let tries = 0; tries < 3; tries++) {
    const password = await console.ask(wording.enter.password(inert(user)), true);
    if (password === undefined) return undefined;
    if (!isPassword(password)) {
      console.print(wording.enter.oneWord);
      continue;
    }
    const login = await orRefusal(logIn(call, user, password));
    if (!(login instanceof RefusedRequest)) return login;
    console.print(`${inert(user)}: ${errorInWords(login)}`);
    if (login.code !== "bad-credentials") return undefined;
    // The server does not tell an unknown name from a wrong password: whoever is new says so.
    if (!offer || !(await agreed(console, wording.enter.isNew(inert(user))))) continue;
    if (!(await isRepeated(console, password))) continue;
    const made = await makeAccount(console, call, user, password);
    if (made) return made;
  }
  return undefined;
}

/** @returns undefined when it was refused or given up, and it was said why. */
export async function registerByAsking(console: Console, call: Call, user: string): Promise<Login | undefined> {
  const password = await console.ask(wording.enter.newPassword(inert(user)), true);
  if (password === undefined) return undefined;
  if (!isPassword(password)) {
    console.print(wording.enter.oneWord);
    return undefined;
  }
  return (await isRepeated(console, password)) ? makeAccount(console, call, user, password) : undefined;
}

/** `auth NAME` or `register NAME` typed in the chat: the password is asked for. @throws LinkError */
export async function logInAs(user: string, isNew: boolean, console: Console, session: Session): Promise<void> {
  const login = isNew
    ? await registerByAsking(console, session.call, user)
    : await logInByAsking(console, session.call, user, false);
  if (!login) return;
  console.print(wording.done.login as string);
  await session.loggedIn(login);
}

/** Asks for a new password again: nobody could find out how it was mistyped. */
async function isRepeated(console: Console, password: string): Promise<boolean> {
  const again = await console.ask(wording.enter.again, true);
  if (again !== undefined && again !== password) console.print(wording.enter.notSame);
  return again === password;
}

async function makeAccount(console: Console, call: Call, user: string, password: string): Promise<Login | undefined> {
  const full = await console.ask(wording.enter.fullName(inert(user)));
  if (full === undefined) return undefined;
  const country = await console.ask(wording.enter.country);
  if (country === undefined) return undefined;
  const word = (text: string, usual: string): string => (text.trim() || usual).replace(/\s+/g, "_");
  const [name, land] = [word(full, user), word(country, "indonesia")];
  const account = { user, password, name, country: land, session: "login" } as const;
  // A try without a code would count as one of the few that an address has. Who knows how gives it before the password.
  const isInvited = withoutCode(password).code === undefined && (await takesInvitations(call));
  const made = isInvited
    ? await byInvitation(console, (code) => call("register", { ...account, code }))
    : await orRefusal(call("register", account));
  if (!(made instanceof RefusedRequest)) return made && { user: made.user, token: made.tokenid };
  console.print(errorInWords(made));
  return undefined;
}

/** An older server does not say so, and needs none. */
async function takesInvitations(call: Call): Promise<boolean> {
  const hello = await orRefusal(call("hello", {}));
  return !(hello instanceof RefusedRequest) && hello.data.registration === "invite";
}

/** Asks for a code, three times at the most. @returns undefined when it was refused or given up, and it was said why */
async function byInvitation<T>(console: Console, register: (code: string) => Promise<T>): Promise<T | undefined> {
  console.print(wording.enter.byInvitation);
  for (let tries = 0; tries < 3; tries++) {
    const code = (await console.ask(wording.enter.code))?.trim();
    if (code === undefined || code === "") return undefined;
    if (!isInvitationCode(code)) {
      console.print(wording.enter.noCode);
      continue;
    }
    const made = await orRefusal(register(code));
    if (!(made instanceof RefusedRequest)) return made;
    console.print(errorInWords(made));
    if (made.code !== "forbidden") return undefined;
  }
  return undefined;
}

/** `erase` typed in the chat: whether that is meant is asked first. @returns the request; undefined when it was given up */
export async function eraseByAsking(console: Console, user: string): Promise<string | undefined> {
  if (!(await agreed(console, wording.enter.erase))) return undefined;
  const password = await console.ask(wording.enter.password(inert(user)), true);
  if (password === undefined) return undefined;
  if (isPassword(password)) return `erase ${password}`;
  console.print(wording.enter.oneWord);
  return undefined;
}

/** Asks; anything but a yes is a no. */
export async function agreed(console: Console, question: string): Promise<boolean> {
  const { yes, yesNo } = wording.enter;
  const answer = await console.ask(`${question}? ${yesNo} `);
  return yes.test(answer?.trim() ?? "");
}
