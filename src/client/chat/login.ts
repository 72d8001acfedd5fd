/** Logging in and making an account by asking the person. */
import { isOk, type Reply, type Request } from "../client.ts";
import { wording } from "../language/wording.ts";
import { refusalInWords, replyInWords } from "../render.ts";
import { isPassword } from "../secrets.ts";
import type { Console } from "../terminal/console.ts";
import { inert } from "../terminal/inert.ts";
import type { Session } from "./session.ts";

/**
 * Asks for a password and logs in, three times at the most.
 * @param offer to make an account where the server knows none of that name, or its password was another.
 * @returns the reply that holds the token; undefined when it was given up.
 */
export async function logInByAsking(
  console: Console,
  request: Request,
  user: string,
  offer: boolean,
): Promise<Reply | undefined> {
  for (let tries = 0; tries < 3; tries++) {
    const password = await console.ask(wording.enter.password(inert(user)), true);
    if (password === undefined) return undefined;
    if (!isPassword(password)) {
      console.print(wording.enter.oneWord);
      continue;
    }
    const reply = await request(`auth ${user} ${password}`);
    if (isOk(reply)) return reply;
    console.print(`${inert(user)}: ${refusalInWords(reply)}`);
    if (reply.code !== "bad-credentials") return undefined;
    // The server does not tell an unknown name from a wrong password: whoever is new says so.
    if (!offer || !(await agreed(console, wording.enter.isNew(inert(user))))) continue;
    if (!(await isRepeated(console, password))) continue;
    const made = await makeAccount(console, request, user, password);
    if (made) return made;
  }
  return undefined;
}

/** @returns the reply that holds the token; undefined when it was refused or given up, and it was said why. */
export async function registerByAsking(console: Console, request: Request, user: string): Promise<Reply | undefined> {
  const password = await console.ask(wording.enter.newPassword(inert(user)), true);
  if (password === undefined) return undefined;
  if (!isPassword(password)) {
    console.print(wording.enter.oneWord);
    return undefined;
  }
  return (await isRepeated(console, password)) ? makeAccount(console, request, user, password) : undefined;
}

/** `auth NAME` or `register NAME` typed in the chat: the password is asked for. @throws LinkError */
export async function logInAs(user: string, isNew: boolean, console: Console, session: Session): Promise<void> {
  const reply = isNew
    ? await registerByAsking(console, session.request, user)
    : await logInByAsking(console, session.request, user, false);
  if (!reply) return;
  console.print(replyInWords(reply, {}, isNew ? "register" : "login"));
  if (reply["tokenid"] !== undefined) await session.loggedIn(reply);
}

/** Asks for a new password again: nobody could find out how it was mistyped. */
async function isRepeated(console: Console, password: string): Promise<boolean> {
  const again = await console.ask(wording.enter.again, true);
  if (again !== undefined && again !== password) console.print(wording.enter.notSame);
  return again === password;
}

async function makeAccount(
  console: Console,
  request: Request,
  user: string,
  password: string,
): Promise<Reply | undefined> {
  const full = await console.ask(wording.enter.fullName(inert(user)));
  if (full === undefined) return undefined;
  const country = await console.ask(wording.enter.country);
  if (country === undefined) return undefined;
  const [name, land] = [full.trim() || user, country.trim() || "indonesia"].map((word) => word.replace(/\s+/g, "_"));
  const reply = await request(`register ${user} ${password} ${name} ${land}`);
  if (isOk(reply)) return reply;
  console.print(refusalInWords(reply));
  return undefined;
}

/** Asks; anything but a yes is a no. */
export async function agreed(console: Console, question: string): Promise<boolean> {
  const { yes, yesNo } = wording.enter;
  const answer = await console.ask(`${question}? ${yesNo} `);
  return yes.test(answer?.trim() ?? "");
}
