/** The fields of an object, private ones too, which only a debugger can read: V8's own, in the same thread. */
import { Session } from "node:inspector";

/** What the debugger gives, until it is released. */
const GROUP = "fields";

/** What this and the debugger hand each other. */
const shelf: { one: object | undefined; held: readonly unknown[] } = { one: undefined, held: [] };

interface Remote {
  readonly type: string;
  readonly objectId?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
}

let inspector: Session | undefined;
let shelfId = "";

export function fieldsOf(one: object): readonly (readonly [name: string, value: unknown])[] {
  if (!inspector) open();
  shelf.one = one;
  const onShelf = { objectId: shelfId, objectGroup: GROUP };
  const { result } = post<{ result: Remote }>("Runtime.callFunctionOn", {
    ...onShelf,
    functionDeclaration: "function () { return this.one; }",
  });
  const { privateProperties = [] } = post<{ privateProperties?: { name: string; value?: Remote }[] }>(
    "Runtime.getProperties",
    { objectId: result.objectId, ownProperties: true },
  );
  const fields = privateProperties.flatMap(({ name, value }) =>
    value === undefined || value.type === "function" ? [] : [{ name, value }],
  );
  const objects = fields.filter(({ value }) => value.objectId !== undefined);
  post("Runtime.callFunctionOn", {
    ...onShelf,
    functionDeclaration: "function (...all) { this.held = all; }",
    arguments: objects.map(({ value }) => ({ objectId: value.objectId })),
  });
  post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  const { held } = shelf;
  Object.assign(shelf, { one: undefined, held: [] });
  return [
    ...Object.entries(one),
    ...objects.map(({ name }, i) => [name, held[i]] as const),
    ...fields
      .filter(({ value }) => value.objectId === undefined)
      .map(({ name, value }) => [name, value.value ?? value.unserializableValue] as const),
  ];
}

/** One of them. */
export function fieldOf(one: object, field: string): unknown {
  return fieldsOf(one).find(([name]) => name === field)?.[1];
}

function open(): void {
  inspector = new Session();
  inspector.connect();
  const place = globalThis as { fieldsShelf?: unknown };
  place.fieldsShelf = shelf;
  shelfId = post<{ result: Remote }>("Runtime.evaluate", { expression: "fieldsShelf" }).result.objectId ?? "";
  delete place.fieldsShelf;
}

/** The debugger of the same thread answers at once. @throws Error of it */
function post<T>(method: string, parameters: object): T {
  let answer: T | undefined;
  const session = inspector as unknown as {
    post(method: string, parameters: object, then: (error: Error | null, result: T) => void): void;
  };
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
    answer = result;
  });
  return answer as T;
}
