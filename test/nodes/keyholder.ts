/** Somebody whose passwords and sessions come and go, and who tries whether those that are over let anybody in. */
import { setTimeout as pause } from "node:timers/promises";
import { RefusedRequest } from "../../src/connection/errors.ts";
import type { Chance } from "../simulator/chance.ts";
import { PASSWORD } from "../support/people.ts";
import { ask, mayPass, type Place, untilDone } from "./asking.ts";
import type { Diary } from "./diary.ts";
import type { Access } from "./history.ts";

/** The longest, in ms, between two deeds. */
const SILENCE_MS = 200;

/** So many sessions are left open at most. */
const MOST = 4;

/** So often a token, a password is tried that may be over. */
const TRIES = 0.6;
const OLD_PASSWORDS = 0.05;

export class Keyholder {
  readonly #name: string;
  readonly #place: Place;
  readonly #diary: Diary;
  readonly #chance: Chance;
  readonly #passwords = [PASSWORD];
  /** All there were. */
  readonly #tokens: string[] = [];
  #open: string[] = [];
  #isSilent = false;
  #living: Promise<void> = Promise.resolve();

  constructor(name: string, place: Place, diary: Diary, chance: Chance) {
    this.#name = name;
    this.#place = place;
    this.#diary = diary;
    this.#chance = chance;
    this.#note(PASSWORD, "begun", 0);
  }

  begin(): void {
    this.#living = this.#diary.follow(this.#name, this.#live());
  }

  async fallSilent(): Promise<void> {
    this.#isSilent = true;
    await this.#living;
  }

  async #live(): Promise<void> {
    const chance = this.#chance;
    while (!this.#isSilent) {
      if (chance.isIn(TRIES) && this.#tokens.length > 0)
        await this.#tryToken(chance.one(this.#tokens.slice(-2 * MOST)));
      else if (chance.isIn(OLD_PASSWORDS)) await this.#tryPassword(chance.one(this.#passwords));
      else if (this.#open.length === 0 || (this.#open.length < MOST && chance.isIn(0.5))) await this.#logIn();
      else if (chance.isIn(0.7)) await this.#logOut(chance.one(this.#open));
      else await this.#changePassword(chance.one(this.#open));
      await pause(chance.below(SILENCE_MS));
    }
  }

  get #password(): string {
    return this.#passwords.at(-1) as string;
  }

  async #logIn(): Promise<void> {
    const asked = this.#diary.tick();
    const { answer: token } = await untilDone(() => this.#tokenFor(this.#password), isHeldUp);
    this.#note(token, "begun", asked);
    this.#tokens.push(token);
    this.#open.push(token);
  }

  async #tokenFor(password: string): Promise<string> {
    const { tokenid } = await ask(this.#place, (wire) => wire.call("login", { user: { name: this.#name }, password }));
    return tokenid;
  }

  async #logOut(token: string): Promise<void> {
    const asked = this.#diary.tick();
    this.#open = this.#open.filter((one) => one !== token);
    await untilDone(async () => {
      try {
        await ask(this.#place, (wire) => wire.call("logout", {}, { token }));
      } catch (error) {
        // It was done, and the answer lost.
        if (!isRefusal(error, "no-session")) throw error;
      }
    });
    this.#note(token, "ended", asked);
  }

  /** Ends all sessions but one. */
  async #changePassword(token: string): Promise<void> {
    const asked = this.#diary.tick();
    const [former, next] = [this.#password, `${PASSWORD}-${asked}`];
    const ended = this.#open.filter((one) => one !== token);
    this.#open = [token];
    await untilDone(async () => {
      try {
        const input = { old: former, new: next };
        await ask(this.#place, (wire) => wire.call("changePassword", input, { token }));
      } catch (error) {
        if (!isRefusal(error, "bad-credentials")) throw error;
      }
    }, isHeldUp);
    for (const one of [former, ...ended]) this.#note(one, "ended", asked);
    this.#passwords.push(next);
    this.#note(next, "begun", asked);
  }

  async #tryToken(token: string): Promise<void> {
    await this.#try(token, "no-session", () => ask(this.#place, (wire) => wire.call("whoami", {}, { token })));
  }

  async #tryPassword(password: string): Promise<void> {
    await this.#try(password, "bad-credentials", () => this.#tokenFor(password));
  }

  async #try(secret: string, refusal: string, deed: () => Promise<unknown>): Promise<void> {
    const asked = this.#diary.tick();
    try {
      await deed();
      this.#note(secret, "tried", asked, true);
    } catch (error) {
      if (isRefusal(error, refusal)) this.#note(secret, "tried", asked, false);
      else if (!mayPass(error) && !isHeldUp(error)) throw error;
    }
  }

  #note(secret: string, is: Access["is"], asked: number, isGood?: boolean): void {
    const answered = this.#diary.tick();
    const tried = isGood === undefined ? {} : { isGood };
    this.#diary.accesses.push({ who: this.#name, secret, is, asked, answered, ...tried });
  }
}

function isRefusal(error: unknown, code: string): boolean {
  return error instanceof RefusedRequest && error.code === code;
}

/** Wrong passwords were tried before. */
function isHeldUp(error: unknown): boolean {
  return isRefusal(error, "rate-limited");
}
