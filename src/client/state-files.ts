/** The client's files, where the XDG Base Directory Specification 0.8 has them; a relative path in a variable does not count. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** A file of secrets that others can read, or one of settings that is wrong: exit code 78. */
export class ConfigError extends Error {}

/** Of files that people write. */
export function configFolder(env = process.env): string {
  return join(folder(env["XDG_CONFIG_HOME"], ".config", env), "obrol");
}

/** Of what the program keeps between runs and can do without. */
export function stateFolder(env = process.env): string {
  return join(folder(env["XDG_STATE_HOME"], ".local/state", env), "obrol");
}

function folder(given: string | undefined, usual: string, env: NodeJS.ProcessEnv): string {
  return given !== undefined && isAbsolute(given) ? given : join(env["HOME"] ?? homedir(), usual);
}

/** @throws ConfigError when others than its owner can read it. */
export function refuseReadableByOthers(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  // A pipe is nobody else's; Windows has no such modes.
  if (!found?.isFile() || process.platform === "win32") return;
  if ((found.mode & 0o077) !== 0) throw new ConfigError(`${path}: others can read it; chmod 600 ${path}`);
}

/** A JSON object that only its owner reads; empty where there is none. */
export function readState(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Replaces it whole. @throws Error of the file system */
export function writeState(path: string, value: object): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
