/** The dialects by name. `auto` is the mixture of all: the row that fits best answers. */
import { Dialect, type Definition } from "../dialect.ts";
import { application } from "./application.ts";
import { basic, basicTexts } from "./basic.ts";
import { multirealm } from "./multirealm.ts";
import { native } from "./native.ts";
import { token } from "./token.ts";
import { unix } from "./unix.ts";

/** Where a dialect has no words of its own for a code, the reference dialect's serve. */
function withBasicTexts(definition: Definition): Dialect {
  return new Dialect({ ...definition, errors: { ...basicTexts, ...definition.errors } });
}

const own = withBasicTexts(native);
const others = [multirealm, application, unix, token].map(withBasicTexts);

export const dialects: ReadonlyMap<string, Dialect> = new Map(
  [
    new Dialect({ name: "auto", ascii: "with-token", errors: basicTexts, rows: [] }, [own, ...others]),
    own,
    withBasicTexts(basic),
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
