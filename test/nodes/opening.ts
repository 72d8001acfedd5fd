/** The first message of each: what comes after it is news to him. */
import { ok, type Person } from "../support/people.ts";

/** Everybody says something to himself. @returns the ids of it */
export function openings(people: readonly (readonly [name: string, account: Person])[]): Promise<readonly string[]> {
  return Promise.all(
    people.map(async ([name, { client }]) => String((await ok(client.request(`send ${name} buka`)))["id"])),
  );
}
