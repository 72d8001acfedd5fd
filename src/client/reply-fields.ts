/** What stands in a reply, checked: a server can send anything. What is not of the kind that is asked for is left out. */

/** An object of a reply. */
export type Fields = Readonly<Record<string, unknown>>;

/** The objects in a list; none where it is no list. */
export function objectsIn(list: unknown): Fields[] {
  return Array.isArray(list) ? list.filter((one): one is Fields => typeof one === "object" && one !== null) : [];
}

/** The texts in a list; none where it is no list. */
export function textsIn(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];
}

/** A text as it is, any other value as JSON. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
