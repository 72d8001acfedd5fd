/** README, "Adding an operation": what is forgotten, the compiler names, by file. Tried on a copy of the tree. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = new URL("..", import.meta.url).pathname;
let copy = "";

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "obrol-exhaustive-"));
  for (const part of ["src", "tsconfig.json", "package.json"])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Something put before a text that stands once in a file. */
interface Addition {
  readonly file: string;
  readonly before: string;
  readonly added: string;
}

/** How often each file is named by the compiler where it refuses, once all of these have been added. */
function refusedWith(...additions: readonly Addition[]): Record<string, number> {
  const texts = new Map(additions.map(({ file }) => [file, readFileSync(join(copy, file), "utf8")]));
  for (const { file, before, added } of additions) {
    const text = readFileSync(join(copy, file), "utf8");
    expect(text.split(before), file).toHaveLength(2);
    writeFileSync(
      join(copy, file),
      text.replace(before, () => `${added}${before}`),
    );
  }
  try {
    return compiled();
  } finally {
    for (const [file, text] of texts) writeFileSync(join(copy, file), text);
  }
}

function compiled(): Record<string, number> {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", copy, "--pretty", "false", "--singleThreaded"], {
      encoding: "utf8",
      stdio: "pipe",
    });
    return {};
  } catch (error) {
    const { stdout } = error as { stdout: string };
    const files = stdout.split("\n").flatMap((line) => /^(?:.*\/)?(src\/[^(]+)\(\d+,/.exec(line)?.[1] ?? []);
    return Object.fromEntries(
      Object.entries(Object.groupBy(files, (file) => file)).map(([file, all]) => [file, all?.length ?? 0]),
    );
  }
}

const edited: Addition = {
  file: "src/contract/event.ts",
  before: '  | { readonly kind: "request"',
  added: '  | { readonly kind: "edit"; readonly id: string }\n',
};

// One compilation for what is named in different files: which is whose stands above it.
test("of one more kind of change, item between realms, event and code it names each place that must know of it, and no other", () => {
  const change = {
    // Where it is applied, undone, written and told.
    "src/logs/rows.ts": 1,
    "src/operations/follow.ts": 1,
    "src/state/apply.ts": 2,
  };
  const item = {
    // Where it is read, taken, answered, and told to older realms.
    "src/operations/federation/accept.ts": 1,
    "src/operations/federation/results.ts": 1,
    "src/realms/read-items.ts": 1,
    "src/realms/legacy.ts": 1,
  };
  const event = {
    // Where it becomes JSON, and the form that this has.
    "src/protocol/events.ts": 1,
    "src/protocol/replies.ts": 1,
  };
  const code = {
    // The dialects' texts, and the languages that have no words for it.
    "src/client/language/en.ts": 1,
    "src/client/language/id.ts": 1,
    "src/protocol/dialects/basic.ts": 1,
  };
  const refused = refusedWith(
    {
      file: "src/state/changes.ts",
      before: "  // Files\n",
      added: '  "message.edited": { seq: number; text: string };\n',
    },
    {
      file: "src/contract/items.ts",
      before: '  | { readonly kind: "heads"',
      added: '  | { readonly kind: "edit"; readonly id: string }\n',
    },
    edited,
    { file: "src/contract/codes.ts", before: '  "not-member":', added: '  "too-late": "too late for that",\n' },
  );
  expect(refused).toEqual({ ...change, ...item, ...event, ...code });
});

/** One compilation for these three: what each names is in other files. */
describe("of what has nothing to do with each other", () => {
  const form = {
    file: "src/protocol/replies.ts",
    before: "  call: object({",
    added: "  edit: object({ id: text }),\n",
  };
  const operation = {
    file: "src/contract/operations.ts",
    before: "  hello: { input",
    added: "  edit: { input: { id: string }; output: Nothing };\n",
  };
  const refusals = (
    [
      [
        "files/lists.ts",
        '  if (!file || mine.length === 0) return new Failure("file-not-found");\n',
        "if (!file) return",
      ],
      ["federation/realms.ts", '    if (!reader) return new Failure("user-not-found", name);\n', "if (!reader) return"],
      [
        "people/sessions.ts",
        "  const right = await passwords.verify(caller, tried, verified, password);\n",
        "if (!user) return () =>",
      ],
      ["messages/send.ts", "  if (before) return answeredAgain", "if (before) return"],
    ] as const
  ).map(([file, before, start]) => ({
    file: `src/operations/${file}`,
    before,
    added: `${start} new Failure("checksum");\n`,
  }));
  const basic = "src/protocol/dialects/basic.ts";
  const texts = [
    { file: basic, before: '"bad-credentials": "User Tidak Ada"', added: 'quota: "Penuh", ' },
    { file: basic, before: '  "realm-not-found": "Realm/User', added: '  checksum: "Realm/User tidak cocok",\n' },
  ];
  const named = {
    "one more form of an event: where the client shows it": { "src/client/render.ts": 1, "src/protocol/events.ts": 1 },
    "one more operation: what it is refused with, who may call it, what it is about, and what the client says of it in each language":
      {
        "src/client/language/en.ts": 1,
        "src/client/language/id-about.ts": 1,
        "src/client/language/id.ts": 1,
        "src/contract/refusals.ts": 5,
        "src/operations/index.ts": 2,
        "src/protocol/about.ts": 1,
      },
    "a refusal that the contract does not list: it is no answer of an operation, and a text of such a code is none": {
      ...Object.fromEntries(refusals.map(({ file }) => [file, expect.any(Number)])),
      // One for its own text, and one for each of the three rows that share theirs.
      [basic]: 4,
    },
  };
  let refused: Record<string, number> = {};
  beforeAll(() => {
    refused = refusedWith(edited, form, operation, ...refusals, ...texts);
  });

  test.each(Object.entries(named))("it names of %s", (_, files) => {
    expect(refused).toMatchObject(files);
  });

  test("it names no other", () => {
    expect(Object.keys(refused).toSorted()).toEqual(Object.values(named).flatMap(Object.keys).toSorted());
  });
});
