/** What is wrong in JSON that another server has sent. */
import { address, Problem } from "../protocol/kinds.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** A value is not what its place requires; the message says which. */
export class Wrong extends Error {}

/** `name@realm`. @throws Wrong */
export function fullAddress(value: unknown, what: string): string {
  const read = typeof value === "string" && value.includes("@") ? address.read(value) : undefined;
  if (!read || read instanceof Problem) throw new Wrong(`${what}: not a name@realm`);
  return value as string;
}
