/** Values in JSON that another server has sent, and the error for those that are not of the form they should have. */
import { address, Problem } from "../protocol/kinds.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** A value is not what its place requires; the message says which. */
export class Malformed extends Error {}

/** `name@realm`. @throws Malformed */
export function fullAddress(value: unknown, what: string): string {
  const read = typeof value === "string" && value.includes("@") ? address.read(value) : undefined;
  if (!read || read instanceof Problem) throw new Malformed(`${what}: not a name@realm`);
  return value as string;
}
