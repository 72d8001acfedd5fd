/** Whom a request speaks to, in the words of a person: `bob`, `bob@kampus`, `#kelas`. */
import type { Operation } from "../contract/operations.ts";
import type { Address } from "../contract/shapes.ts";

/** The name of a user or a group, with its realm where that is another. */
export function addressText(address: Address | string): string {
  if (typeof address === "string") return address;
  return address.realm === undefined ? address.name : `${address.name}@${address.realm}`;
}

/** @param input of the operation. @returns undefined for what is no message to a user or a group */
export function receiverOf(operation: Operation, input: Readonly<Record<string, unknown>>): string | undefined {
  const { user, group, realm } = input as { user?: Address | string; group?: Address; realm?: string };
  switch (operation) {
    case "send":
      return addressText(user as Address);
    case "sendGroup":
      return `#${addressText(group as Address)}`;
    case "sendToRealm":
      return `${String(user)}@${String(realm)}`;
    default:
      return undefined;
  }
}
