/** Imports run one way (README, "Map of src"); read from the files themselves. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../src/", import.meta.url).pathname;

/** What each room may import from besides itself: rooms, or single files of one. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  world: [],
  contract: [],
  protocol: ["contract"],
  connection: ["world", "contract", "protocol"],
  state: ["world", "contract"],
  contents: ["world", "contract", "state/entities.ts", "state/leases.ts"],
  search: ["world", "contract", "state", "contents/free.ts", "logs/sqlite/texts.ts"],
  backup: ["contents", "logs/sqlite/snapshot.ts"],
  logs: ["contract", "state", "contents/lock.ts"],
  operations: ["world", "contract", "state"],
  server: ["world", "contract", "operations", "protocol", "state"],
  client: ["world", "contract", "protocol", "connection"],
  realms: ["world", "contract", "connection", "operations", "protocol", "state"],
  bin: [
    ...["world", "contract", "operations", "protocol", "state", "contents", "logs", "search", "backup", "server"],
    ...["connection", "client", "realms"],
  ],
};

const imports = globSync("**/*.ts", { cwd: root }).flatMap((file) => {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
    ([, specifier]) => specifier as string,
  );
  return specifiers.map((specifier) => ({ file, to: relative(root, join(root, dirname(file), specifier)) }));
});

function room(file: string): string {
  return file.split("/")[0] as string;
}

test("the scan sees the imports there are", () => {
  expect(imports.length).toBeGreaterThan(100);
  expect(new Set(imports.flatMap(({ file, to }) => [room(file), room(to)]))).toEqual(new Set(Object.keys(allowed)));
});

test("the top level holds what it should and nothing else", () => {
  const entries = execFileSync("git", ["ls-files"], { cwd: join(root, ".."), encoding: "utf8" })
    .trim()
    .split("\n");
  const top = new Set(entries.map((entry) => entry.split("/")[0] as string).filter((name) => !name.startsWith(".")));
  expect([...top].toSorted()).toEqual(
    ["CHANGELOG.md", "LICENSE", "PROTOCOL.md", "README.md", "downloads"].concat([
      "package-lock.json",
      "package.json",
      "src",
      "test",
      "tsconfig.build.json",
      "tsconfig.json",
      "uploads",
    ]),
  );
});

test("no import runs back", () => {
  const back = imports.filter(({ file, to }) => {
    const from = room(file);
    return from !== room(to) && !(allowed[from] ?? []).some((place) => place === to || to.startsWith(`${place}/`));
  });
  expect(back.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
});

test("only bin names a log or where contents lie, and of the logs that of nodes alone knows another: its replica is one of SQLite", () => {
  const named = imports.filter(({ file, to }) => {
    const kind = /^(logs\/[a-z]+|contents)\//.exec(to)?.[1];
    const isReplica = kind === "logs/sqlite" && file.startsWith("logs/postgres/");
    return kind !== undefined && !file.startsWith("bin/") && !file.startsWith(`${kind}/`) && !isReplica;
  });
  expect(named.map(({ file, to }) => `${file} imports ${to}`).toSorted()).toEqual([
    "backup/copier.ts imports logs/sqlite/snapshot.ts",
    "logs/postgres/replica.ts imports contents/lock.ts",
    "logs/sqlite/index.ts imports contents/lock.ts",
    "search/indexer.ts imports contents/free.ts",
    "search/indexer.ts imports logs/sqlite/texts.ts",
  ]);
});

test("in the operations, imports run one way too: what they work with, people, groups, messages, files, federation", () => {
  const order = [
    "untrusted",
    "reach",
    "services",
    "meta",
    "outbox",
    "may",
    "people",
    "groups",
    "messages",
    "files",
    "federation",
    "accounts",
    "audit",
    "figures",
    "follow",
    "backup",
    "index",
  ];
  const place = (path: string): number => order.indexOf(/^operations\/(\w+)/.exec(path)?.[1] ?? "");
  const within = imports.filter(({ file, to }) => place(file) >= 0 && place(to) >= 0 && file !== to);
  expect(within.length).toBeGreaterThan(50);
  const back = within.filter(({ file, to }) => place(file) < place(to));
  expect(back.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
});

test("in the client, imports run one way too: terminal, then files, then chat or script", () => {
  const within = imports.flatMap(({ file, to }) => {
    const [from, at] = [file, to].map((path) => /^client\/(terminal|files|chat|script)\//.exec(path)?.[1]);
    return from !== undefined && at !== undefined && from !== at ? [`${from} → ${at}`] : [];
  });
  expect([...new Set(within)].toSorted()).toEqual([
    "chat → files",
    "chat → terminal",
    "files → terminal",
    "script → files",
    "script → terminal",
  ]);
});
