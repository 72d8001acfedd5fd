/** Notifications for a person who looks elsewhere: the terminal's own where it is known to have them, and a bell. */
import { inert } from "../terminal/inert.ts";

/** Values of `--notify`. */
export const notificationKinds = ["auto", "osc9", "osc99", "osc777", "bell", "off"] as const;
export type NotificationKind = (typeof notificationKinds)[number];

const ESC = "\u001b";
const BELL = "\u0007";
const ST = `${ESC}\\`;

/** UTF-16 units of a title or a text; the rest is left out. */
const LONGEST = 120;

/** What this terminal understands. @param env of the process */
export function detectNotificationKind(env: Readonly<Record<string, string | undefined>>): NotificationKind {
  const { TERM = "", TERM_PROGRAM = "" } = env;
  // Inside of these a sequence does not reach the terminal as it is; a bell does.
  if (env["TMUX"] !== undefined || TERM.startsWith("screen") || TERM.startsWith("tmux")) return "bell";
  if (TERM.includes("kitty")) return "osc99";
  if (/iTerm|WezTerm|ghostty|WarpTerminal/i.test(TERM_PROGRAM) || env["ConEmuPID"] || env["WT_SESSION"]) return "osc9";
  if (TERM.startsWith("foot") || TERM.startsWith("rxvt") || env["VTE_VERSION"] !== undefined) return "osc777";
  return "bell";
}

/** The escape sequence that notifies; empty for `off`. */
export function notificationSequence(kind: NotificationKind, title: string, body: string): string {
  // A semicolon ends a field in two of them.
  const [head, text] = [title, body].map((one) => inert(one).replace(/[;\n]/g, " ").slice(0, LONGEST));
  switch (kind) {
    case "osc9":
      return `${ESC}]9;${head}: ${text}${ST}${BELL}`;
    case "osc99":
      return `${ESC}]99;i=obrol:d=0:p=title;${head}${ST}${ESC}]99;i=obrol:d=1:p=body;${text}${ST}${BELL}`;
    case "osc777":
      return `${ESC}]777;notify;${head};${text}${ST}${BELL}`;
    case "bell":
      return BELL;
    default:
      return "";
  }
}
