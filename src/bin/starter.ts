/**
 * Who has started the program, where that is npx: it stays between the program and the person, and a server that goes on
 * when its npx was killed is one that nobody sees. What runs by itself (`chat-server &` in a script, over ssh) has no such
 * starter, whatever it has inherited in its environment.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process as it was when the program began. */
interface Starter {
  readonly npx: number;
  /** The shell that npx runs a command in, where that stays, too. */
  readonly shell: number | undefined;
}

interface Seen {
  readonly parent: number;
  readonly command: string;
}

/** How often, in ms, it is looked whether it is still there. */
const LOOK_MS = 500;

/** Calls back, once, when the npx that has started this program is no more. @returns stops looking */
export function onStarterGone(gone: () => void): () => void {
  const starter = found();
  if (!starter) return () => {};
  const timer = setInterval(() => {
    if (isThere(starter)) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}

function found(): Starter | undefined {
  if (process.env["npm_lifecycle_event"] !== "npx") return undefined;
  const { ppid } = process;
  const parent = seen(ppid);
  if (!parent) return undefined;
  if (isNpx(parent)) return { npx: ppid, shell: undefined };
  const grandparent = isOneCommand(parent) ? seen(parent.parent) : undefined;
  return grandparent && isNpx(grandparent) ? { npx: parent.parent, shell: ppid } : undefined;
}

/** An orphan gets another parent. */
function isThere({ npx, shell }: Starter): boolean {
  if (process.ppid !== (shell ?? npx)) return false;
  return shell === undefined || seen(shell)?.parent === npx;
}

/** npm writes over its command line: `npm exec chat-server`. */
function isNpx({ command }: Seen): boolean {
  return /^(npm|npx)( |$)/.test(command);
}

/** `sh -c 'chat-server'`, and nothing else that the shell would go on with. */
function isOneCommand({ command }: Seen): boolean {
  return /^(\S*\/)?\w*sh -c (-- )?[^;&|<>()`$\n]+$/.test(command.replaceAll(/'[^']*'/g, "x"));
}

/** @returns undefined for a process that is no more, or is not to be seen. */
function seen(pid: number): Seen | undefined {
  try {
    if (process.platform === "linux") {
      // proc(5): the parent is the second field after the name, which stands in parentheses and may hold anything.
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0+$/, "").replaceAll("\0", " ");
      return { parent, command };
    }
    const line = execFileSync("ps", ["-ww", "-o", "ppid=,command=", "-p", String(pid)], { encoding: "utf8" });
    const [, parent, command] = /^\s*(\d+)\s+(.*)$/m.exec(line) ?? [];
    return parent === undefined || command === undefined ? undefined : { parent: Number(parent), command };
  } catch {
    return undefined;
  }
}
