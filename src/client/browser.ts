/** Handing a link to a browser, without a shell: nothing in it can be a command or an option. */
import { spawn } from "node:child_process";
import { splitWords } from "./shell-words.ts";

/** How long, in ms, a program that opens links may take to say that it cannot. */
const FAILS_WITHIN_MS = 3000;

/**
 * The program that opens links and what stands before a link, or `%s` where that is to stand: of several in $BROWSER the first,
 * else what the system has for it.
 * @returns undefined where none could be seen: over SSH, or without a display
 */
export function browserIn(
  { BROWSER = "", DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION }: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): readonly string[] | undefined {
  const [own = ""] = BROWSER.split(":");
  const words = splitWords(own);
  if (words.length > 0) return words;
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  if (platform === "darwin") return SSH_CONNECTION ? undefined : ["open"];
  return DISPLAY || WAYLAND_DISPLAY ? ["xdg-open"] : undefined;
}

/** @param link http or https. @returns whether it is open, as far as the browser says within three seconds */
export function openInBrowser(browser: readonly string[], link: string): Promise<boolean> {
  const [program = "", ...words] = browser;
  const args = words.map((word) => word.replaceAll("%s", () => link));
  if (!words.some((word) => word.includes("%s"))) args.push(link);
  return new Promise((resolve) => {
    // The terminal is the chat's, and what is closed with it need not be the browser.
    const child = spawn(program, args, { stdio: "ignore", detached: true });
    const patience = setTimeout(() => resolve(true), FAILS_WITHIN_MS).unref();
    child.once("error", () => resolve(false));
    child.once("exit", (code) => {
      clearTimeout(patience);
      resolve(code === 0);
    });
    child.unref();
  });
}
