/** Where the client keeps what, and sessions that outlast it: for oneself alone, and a broken file does no harm. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { SavedLogins } from "../../src/client/saved-logins.ts";
import {
  ConfigError,
  configFolder,
  readState,
  refuseReadableByOthers,
  stateFolder,
  writeState,
} from "../../src/client/state-files.ts";
import { testFolder } from "../support/folder.ts";

const here = { host: "127.0.0.1", port: 8889 };
const alice = { ...here, user: "alice", token: "token of alice" };
const bob = { ...here, user: "bob", token: "token of bob" };

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function keeping() {
  const path = join(testFolder(), "state", "obrol", "logins.json");
  return { path, logins: new SavedLogins(path) };
}

/** An environment with one variable set, or not, until the test is over. */
function setting(name: string, value: string | undefined): void {
  const before = process.env[name];
  const set = (to: string | undefined): void => {
    if (to === undefined) delete process.env[name];
    else process.env[name] = to;
  };
  set(value);
  onTestFinished(() => set(before));
}

describe("logins", () => {
  test("are found again by the next run: of somebody in any case, or the last that was saved", () => {
    const { path, logins } = keeping();
    expect(logins.find(here)).toBeUndefined();
    logins.save(alice);
    logins.save(bob);
    expect(new SavedLogins(path).find(here, "ALICE")).toEqual(alice);
    expect(logins.find(here)).toEqual(bob);
    logins.save({ ...alice, token: "new", ...{ password: "never" } });
    expect(logins.find(here)).toEqual({ ...alice, token: "new" });
    expect(readFileSync(path, "utf8")).not.toMatch(/never|token of alice/);
  });

  test("are those of one server", () => {
    const { logins } = keeping();
    logins.save(alice);
    expect(logins.find({ ...here, port: 1 })).toBeUndefined();
    expect(logins.find({ ...here, host: "localhost" }, "alice")).toBeUndefined();
  });

  test("are forgotten one by one", () => {
    const { path, logins } = keeping();
    logins.forget(alice);
    expect(readdirSync(join(path, "../../.."))).toEqual([]);
    logins.save(alice);
    logins.save(bob);
    logins.forget({ ...here, user: "BOB" });
    expect(logins.find(here)).toEqual(alice);
  });

  test("are readable by oneself alone, and nothing is left beside them", () => {
    const { path, logins } = keeping();
    logins.save(alice);
    logins.save(bob);
    expect([modeOf(path), modeOf(join(path, "..")), modeOf(join(path, "../.."))]).toEqual(["600", "700", "700"]);
    expect(readdirSync(join(path, ".."))).toEqual(["logins.json"]);
  });

  test.each([0o644, 0o640, 0o604, 0o660])("that others can read are not used: %o", (mode) => {
    const { path, logins } = keeping();
    logins.save(alice);
    chmodSync(path, mode);
    expect(() => logins.find(here)).toThrow(ConfigError);
    expect(() => logins.find(here)).toThrow(`chmod 600 ${path}`);
    expect(() => logins.save(bob)).toThrow(ConfigError);
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    `"text"`,
    `{"logins":5}`,
    `{"logins":{"a":1}}`,
    `{"logins":[null]}`,
    `{"logins":[5,"text",[],{}]}`,
    `{"logins":[{"host":"127.0.0.1","port":"8889","user":"alice","token":"t"}]}`,
  ])("that are broken do no harm: %s", (text) => {
    const { path, logins } = keeping();
    logins.save(alice);
    writeFileSync(path, text);
    expect(logins.find(here)).toBeUndefined();
    logins.save(bob);
    expect(logins.find(here)).toEqual(bob);
  });
});

describe("places", () => {
  test("are those of the XDG specification; a relative one does not count", () => {
    setting("XDG_CONFIG_HOME", "/c");
    setting("XDG_STATE_HOME", "/s");
    expect([configFolder(), stateFolder()]).toEqual(["/c/obrol", "/s/obrol"]);
    for (const value of [undefined, "", "relative"]) {
      setting("XDG_CONFIG_HOME", value);
      setting("XDG_STATE_HOME", value);
      expect([configFolder(), stateFolder()]).toEqual([
        join(homedir(), ".config/obrol"),
        join(homedir(), ".local/state/obrol"),
      ]);
    }
  });

  test("of secrets are refused where others can read them, and where they are files", () => {
    const folder = testFolder();
    const path = join(folder, "secret");
    refuseReadableByOthers(path);
    writeFileSync(path, "", { mode: 0o600 });
    refuseReadableByOthers(path);
    chmodSync(path, 0o400);
    refuseReadableByOthers(path);
    chmodSync(path, 0o440);
    expect(() => refuseReadableByOthers(path)).toThrow(ConfigError);
    refuseReadableByOthers("/dev/null");
    refuseReadableByOthers(folder);
  });

  test("hold what was written last, whole", () => {
    const path = join(testFolder(), "a", "b.json");
    expect(readState(path)).toEqual({});
    writeState(path, { a: [1] });
    writeState(path, { b: 2 });
    expect(readState(path)).toEqual({ b: 2 });
    expect([modeOf(path), modeOf(join(path, ".."))]).toEqual(["600", "700"]);
  });

  test("that cannot be written say so, and what was there stays", () => {
    const folder = testFolder();
    writeFileSync(join(folder, "file"), "");
    expect(() => writeState(join(folder, "file", "x.json"), {})).toThrow();
    mkdirSync(join(folder, "x.json"));
    expect(() => writeState(join(folder, "x.json"), {})).toThrow();
    expect(readState(join(folder, "x.json"))).toEqual({});
  });

  test("that could not be replaced leave no draft behind", () => {
    const folder = testFolder();
    mkdirSync(join(folder, "x.json"));
    expect(() => writeState(join(folder, "x.json"), {})).toThrow();
    expect(readdirSync(folder)).toEqual(["x.json"]);
  });

  test.skipIf(!existsSync("/dev/full"))("that find no room on the disk leave no draft behind", () => {
    const folder = testFolder();
    symlinkSync("/dev/full", join(folder, `x.json.${process.pid}`));
    expect(() => writeState(join(folder, "x.json"), {})).toThrow(/ENOSPC/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
