/** `--seed-users FILE`: users and groups that must be there (spec 004 has no request to make them). */
import { readFileSync } from "node:fs";
import { withoutCode } from "../contract/invitation-code.ts";
import { isMisleading, isName } from "../contract/names.ts";
import type { Services } from "../operations/services/context.ts";
import { UsageError } from "./options.ts";

interface Seed {
  readonly users: readonly { username: string; name: string; country: string; password: string }[];
  readonly groups: readonly { name: string; members: readonly string[] }[];
}

/**
 * Hashes the passwords of those that are missing. @returns adds what is missing, at once; what is there is left as it is. A group's
 * first member is its owner. @throws UsageError, as what it returns does
 */
export async function seedOf({ model, passwords, now }: Services, path: string): Promise<() => void> {
  const { users, groups } = readSeed(path);
  const hashed: Omit<Parameters<typeof model.users.add>[0], "created">[] = [];
  for (const { username, name, country, password } of users) {
    if (model.users.isTaken(username)) continue;
    hashed.push({ name: username, fullName: name, country, password: await passwords.hash(password) });
  }
  return () => {
    for (const fields of hashed) if (!model.users.isTaken(fields.name)) model.users.add({ ...fields, created: now() });
    addGroups({ model, now }, path, groups);
  };
}

function addGroups({ model, now }: Pick<Services, "model" | "now">, path: string, groups: Seed["groups"]): void {
  for (const { name, members } of groups) {
    if (model.groups.find(name)) continue;
    const [owner, ...others] = members.map((member) => {
      const user = model.users.find(member);
      if (!user) throw new UsageError(`seed ${path}: group ${name} names ${member}, who is no user`);
      return user;
    });
    if (!owner) throw new UsageError(`seed ${path}: group ${name} has no members`);
    const group = model.groups.add(name, owner, now());
    for (const user of new Set(others)) if (user !== owner) model.groups.join(group, user, 0);
  }
}

function readSeed(path: string): Seed {
  let seed: { users?: unknown; groups?: unknown };
  try {
    seed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`seed ${path}: ${(error as Error).message}`);
  }
  const users = rows(path, "users", seed?.users).map((row) => ({
    username: nameIn(path, row["username"]),
    name: shownIn(path, row["name"] ?? row["username"]),
    country: shownIn(path, row["country"] ?? ""),
    password: passwordIn(path, row["password"]),
  }));
  const groups = rows(path, "groups", seed?.groups).map((row) => ({
    name: nameIn(path, row["name"]),
    members: (Array.isArray(row["members"]) ? row["members"] : []).map(String),
  }));
  return { users, groups };
}

function rows(path: string, what: string, value: unknown): Record<string, unknown>[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((row) => typeof row === "object" && row !== null)) return value;
  throw new UsageError(`seed ${path}: ${what} must be a list of objects`);
}

function nameIn(path: string, value: unknown): string {
  if (typeof value === "string" && isName(value)) return value;
  throw new UsageError(`seed ${path}: ${JSON.stringify(value)} is not a name`);
}

function shownIn(path: string, value: unknown): string {
  const text = String(value);
  if (!isMisleading(text)) return text;
  throw new UsageError(`seed ${path}: ${JSON.stringify(text)} holds a character that changes how a line is shown`);
}

function passwordIn(path: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw new UsageError(`seed ${path}: a password is missing`);
  if (withoutCode(value).code === undefined) return value;
  throw new UsageError(`seed ${path}: a password begins with an invitation's code and :`);
}
