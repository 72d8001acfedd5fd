/** What requests may carry, made up by fast-check. */
import fc from "fast-check";
import { readTarget } from "../../src/contract/ban-target.ts";
import { accesses, postings, reaches, roles } from "../../src/contract/shapes.ts";
import type { Row } from "../../src/protocol/row.ts";
import type { KindName } from "../../src/protocol/values.ts";

/** For what is tried with each row by itself: there are many hundreds, alike but for their words, and each run makes up others. */
export const EACH_ROW = { numRuns: 30 } as const;

/** One character, of any script, that is no blank and no control character. */
const letter = fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }).filter((c) => !/[\s\p{Cc}]/u.test(c));
export const word = fc.string({ unit: letter, minLength: 1, maxLength: 12 }).filter(({ length }) => length <= 32);
export const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/);
const address = fc.oneof(fc.record({ name }), fc.record({ name, realm: name }));
const uuid = fc.uuid();
const fullName = fc.string({ unit: fc.oneof(letter, fc.constant(" ")), minLength: 1, maxLength: 20 });
const spoken = fullName.map((value) => value.replaceAll("_", " "));
const port = fc.integer({ min: 1, max: 65535 });
const line = fc.oneof(letter, fc.constantFrom(" ", "\n", "\t", "@", "'"));
const filename = word.filter((value) => !/[/\\]|^\.\.?/.test(value));

const fullAddress = fc.oneof(
  name,
  fc.tuple(name, name).map((parts) => parts.join("@")),
);
const receiver = fc.oneof(
  fullAddress,
  fullAddress.map((group) => `#${group}`),
);
const filenameWithBlanks = fc.oneof(
  filename,
  fc.array(filename, { minLength: 2, maxLength: 4 }).map((words) => words.join(" % ")),
);
const bytes = (count: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: count, maxLength: count }).map((some) => Buffer.from(some).toString("base64url"));
const number = fc.nat();
const banTarget = fc
  .oneof(
    fullAddress,
    fullAddress.map((one) => `user:${one}`),
    name.map((realm) => `@${realm}`),
    fc.ipV4(),
    fc.ipV6(),
    fc.tuple(fc.ipV4(), fc.nat(32)).map((parts) => parts.join("/")),
    fc.tuple(fc.ipV6(), fc.nat(128)).map((parts) => parts.join("/")),
  )
  .map((text) => readTarget(text));
/** What a parameter may hold, by the name that patterns give it. */
const arbitraries: Record<KindName, fc.Arbitrary<unknown>> = {
  user: name,
  group: name,
  realm: name,
  own: name,
  "from[@realm]": address,
  "user[@realm]": address,
  "group[@realm]": address,
  "user,user": fc.array(name, { minLength: 2, maxLength: 4 }).map((names) => names.join(",")),
  "#group[@realm]": address,
  "new-name": name,
  session: fc.integer({ min: 1 }),
  "client...": name,
  role: fc.constantFrom(...roles),
  access: fc.constantFrom(...accesses),
  history: fc.constantFrom(...reaches),
  posting: fc.constantFrom(...postings),
  listed: fc.boolean(),
  keep: fc.integer({ min: 0, max: 36_500 }),
  slow: fc.integer({ min: 0, max: 86_400 }),
  "topic...": word,
  "why...": word,
  "note...": word,
  "announcement...": word,
  "folder...": word.map((name) => `/srv/${name}`),
  members: fc.array(address, { minLength: 1, maxLength: 4 }),
  password: word,
  code: fc.stringMatching(/^inv-[a-z]{16}$/),
  uses: fc.integer({ min: 1, max: 100_000 }),
  days: fc.integer({ min: 1, max: 3650 }),
  invitation: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  old: word,
  new: word,
  name: spoken,
  "name...": spoken,
  country: word,
  filename,
  "filename%": filenameWithBlanks,
  "filename...": filename,
  receiver,
  after: uuid,
  around: uuid,
  emoji: fc.constantFrom("👍", "é", "👩‍👩‍👧", "a"),
  size: fc.integer({ min: 1000, max: Number.MAX_SAFE_INTEGER }),
  offset: fc.integer({ min: 0, max: 1000 }),
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
  b64: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  host: word,
  port,
  seconds: fc.integer({ min: 10, max: 600 }),
  id: uuid,
  before: uuid,
  since: uuid,
  start: fc.integer({ min: 0, max: 4e12 }),
  end: fc.integer({ min: 0, max: 4e12 }),
  "words...": fc
    .array(fc.stringMatching(/^[a-z]{3,8}\*?$|^"[a-z ]{3,8}q"$/), { minLength: 1, maxLength: 4 })
    .map((words) => `x ${words.join(" ")}`),
  part: word,
  target: banTarget,
  duration: fc.integer({ min: 1, max: 99_999 }).map((seconds) => seconds * 1000),
  report: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  act: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  "reason...": fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `${words.join(" ")} .`),
  limit: fc.integer({ min: 1, max: 1000 }),
  "client-id": fc.oneof(word, uuid),
  to: word,
  with: receiver,
  dialect: word,
  request: word,
  version: fc.stringMatching(/^[a-z0-9.]{1,16}$/),
  key: bytes(32),
  nonce: bytes(32),
  signature: bytes(64),
  advertise: word,
  received: number,
  call: number,
  "answer...": fc.record({ data: word }),
  method: fc.constantFrom("deliver", "names", "ping"),
  // As it is once it has been sent: JSON knows no -0.
  "body...": fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  "text...": fc.string({ unit: line, minLength: 1, maxLength: 30 }),
};

/** Input that a row can say. What may be left out is left out from the last on, for it is told by its place. */
export function inputOf({ pattern, give }: Row): fc.Arbitrary<Record<string, unknown>> {
  return fc.nat(4).chain((left) => {
    const fields: Record<string, fc.Arbitrary<unknown>> = {};
    let optional = 0;
    for (const element of pattern.elements) {
      if (!("key" in element)) continue;
      const mayMiss = element.is === "option" || (element.is === "value" && element.optional);
      if (mayMiss && optional++ >= left) continue;
      fields[element.key] = arbitraries[element.kind];
    }
    return fc.record(fields).map((input) => ({ ...input, ...give }));
  });
}
