/** The dialects by name. `auto` has the rows of all: the one that fits best answers. */
import { type Definition, Dialect } from "../dialect.ts";
import { formed } from "../row.ts";
import { application } from "./application.ts";
import { basic, basicTexts } from "./basic.ts";
import { multirealm } from "./multirealm.ts";
import { native } from "./native.ts";
import { token } from "./token.ts";
import { unix } from "./unix.ts";

/** The request that every dialect has: without it a client could not change back. */
const change = formed("dialect", "dialect <dialect>", ({ dialect }) => ({ data: dialect, dialect }));

function complete(definition: Definition): Dialect {
  return new Dialect({ ...definition, rows: [...definition.rows, change] });
}

const [first, own] = [complete(basic), complete(native)];
const others = [multirealm, application, unix, token].map(complete);

export const dialects: ReadonlyMap<string, Dialect> = new Map(
  [
    new Dialect({ name: "auto", ascii: "with-token", errors: basicTexts, rows: [] }, [first, own, ...others]),
    own,
    first,
    ...others,
  ].map((dialect) => [dialect.name, dialect]),
);

export const dialectNames: readonly string[] = [...dialects.keys()];

/** @throws Error for a name that is not in `dialectNames`. */
export function dialectNamed(name: string): Dialect {
  const dialect = dialects.get(name);
  if (!dialect) throw new Error(`no dialect is called ${name}`);
  return dialect;
}
