/** Conversations that are written down while one goes on chatting, each over a connection of its own. */
import chalk from "chalk";
import type { ConnectionSettings } from "../../connection/connection-options.ts";
import type { Login } from "../../connection/login.ts";
import { exportConversation, exportName, targetAt } from "../export/export.ts";
import { fileTarget } from "../export/target.ts";
import { inTranscript } from "../export/transcript.ts";
import type { Wanted } from "../export/wanted.ts";
import { downloadDestination } from "../files/download-folder.ts";
import { wording } from "../language/wording.ts";
import { errorInWords } from "../refusal-words.ts";
import { inert } from "../terminal/inert.ts";

export interface ExportsOptions extends ConnectionSettings {
  login(): Login | undefined;
  say(text: string): void;
  /** Folder that files are saved in; those that are given no other place, too. */
  readonly downloads: string;
}

export class Exports {
  readonly #options: ExportsOptions;
  #abort = new AbortController();
  #running = 0;

  constructor(options: ExportsOptions) {
    this.#options = options;
  }

  /** Says when it is done, or why not. */
  begin({ place, start, out }: Wanted & { readonly place: string }): void {
    const { login: loggedIn, say } = this.#options;
    const login = loggedIn();
    const why = login ? wording.files.onlyScripts : wording.logInFirst;
    if (!login || out === "-") {
      say(why);
      return;
    }
    say(chalk.dim(inert(wording.export.begun(place))));
    this.#running++;
    void this.#write(login, place, start, out)
      .catch((error: Error) => say(chalk.red(wording.export.failed(inert(place), errorInWords(error)))))
      .finally(() => this.#running--);
  }

  /** Whether any is under way. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /** Ends those that are under way; nothing of them is left. */
  stop(): void {
    this.#abort.abort(new Error(wording.files.interrupted));
    this.#abort = new AbortController();
  }

  async #write(login: Login, place: string, start: number, out: string | undefined): Promise<void> {
    const { downloads, say, ...settings } = this.#options;
    const { signal } = this.#abort;
    const ofGroup = place.startsWith("#");
    const usual = downloadDestination(downloads, login.user, ofGroup, exportName(place, "txt"));
    const { count, path = "" } = await exportConversation({
      ...settings,
      login,
      signal,
      place,
      start,
      target: out === undefined ? await fileTarget(usual, signal) : await targetAt(out, place, "txt", signal),
      form: inTranscript,
      onLost: () => undefined,
    });
    say(inert(wording.export.done(place, count, path)));
  }
}
