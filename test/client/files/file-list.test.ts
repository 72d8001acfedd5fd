/** The files that the server lists: which one is meant, and how they are shown. */
import { describe, expect, test } from "vitest";
import { filesInWords, findFile, plainFileRow } from "../../../src/client/files/file-list.ts";
import { plainRows } from "../../../src/client/plain.ts";
import type { ReplyTo, ToldFile } from "../../../src/protocol/replies.ts";

test("a file is listed for scripts with all its fields in their places, whatever is not known of it", () => {
  const file = { id: "1", name: "a\tb", size: 5, sha256: "f00", time: "2026-11-21T11:15:00.000Z" };
  const lines = [
    { ...file, to: ["bob", "carl"], got: ["carl"] },
    { ...file, from: "bob" },
    { ...file, from: "bob", group: "kelas", gone: true },
  ].map((one) => plainRows([plainFileRow(one)]).split("\t"));
  const same = ["1", "a\\tb", "5", "2026-11-21T11:15:00.000Z"];
  expect(lines).toEqual([
    [...same, "", "bob,carl", "carl", "", "f00"],
    [...same, "bob", "", "", "", "f00"],
    [...same, "bob", "#kelas", "", "gone", "f00"],
  ]);
});

describe("the file that is meant", () => {
  /** A server's two lists; `page` entries at a time. */
  function lists(received: readonly Partial<ToldFile>[], sent: readonly Partial<ToldFile>[], page = 2) {
    const asked: string[] = [];
    const ask = async (input: {
      received?: boolean | undefined;
      before?: string | undefined;
    }): Promise<ReplyTo<"files">> => {
      asked.push(`${input.received ? "received" : "sent"} ${input.before ?? ""}`.trim());
      const all = (input.received ? received : sent).map((file, i) => ({
        id: `0000000${i}-1c2b-4d3e-8f4a-5b6c7d8e9f00`,
        name: "a.pdf",
        size: 1,
        sha256: "",
        time: "2026-11-21T11:15:00.000Z",
        ...(input.received ? { from: "bob" } : { to: ["carl"] }),
        ...file,
      }));
      const end = input.before === undefined ? all.length : Number(input.before);
      const begin = Math.max(0, end - page);
      const more = begin > 0 ? { more: true, before: String(begin) } : {};
      return { data: all.slice(begin, end), ...more };
    };
    return { ask, asked };
  }
  const sizes = (...all: readonly number[]): { size: number }[] => all.map((size) => ({ size }));

  test("is the newest of its name that was given to one", async () => {
    const { ask, asked } = lists(sizes(1, 2), sizes(3));
    expect(await findFile(ask, { what: "a.pdf" })).toMatchObject({ size: 2 });
    expect(asked).toEqual(["received"]);
  });

  test("is one's own where nobody has given one of that name", async () => {
    const { ask } = lists([{ name: "b.pdf" }], sizes(3, 4));
    expect(await findFile(ask, { what: "a.pdf" })).toMatchObject({ size: 4 });
  });

  test("may stand many pages ago", async () => {
    const { ask, asked } = lists([{ name: "old.pdf" }, ...sizes(1, 2, 3, 4)], []);
    expect(await findFile(ask, { what: "old.pdf" })).toMatchObject({ name: "old.pdf" });
    expect(asked).toEqual(["received", "received 3", "received 1"]);
  });

  test("is found by its id, in any case, whoever has it from whom", async () => {
    const { ask } = lists(sizes(1, 2), sizes(3, 4, 5));
    expect(await findFile(ask, { what: "00000000-1C2B-4D3E-8F4A-5B6C7D8E9F00" })).toMatchObject({ size: 1 });
    expect(await findFile(ask, { what: "00000002-1c2b-4d3e-8f4a-5b6c7d8e9f00" })).toMatchObject({ size: 5 });
  });

  test("by name is not one whose content is gone; by id it is, for the server to say so", async () => {
    const { ask } = lists([{ size: 1 }, { size: 2, gone: true }], []);
    expect(await findFile(ask, { what: "a.pdf" })).toMatchObject({ size: 1 });
    expect(await findFile(ask, { what: "00000001-1c2b-4d3e-8f4a-5b6c7d8e9f00" })).toMatchObject({ size: 2 });
    await expect(findFile(lists([{ gone: true }], []).ask, { what: "a.pdf" })).rejects.toThrow("a.pdf: no such file");
  });

  test("can be one from a user: not somebody else's, not a group's", async () => {
    const { ask } = lists([{ size: 1 }, { size: 2, from: "carl" }, { size: 3, group: "kelas" }], sizes(4));
    expect(await findFile(ask, { what: "a.pdf", from: "bob" })).toMatchObject({ size: 1 });
    expect(await findFile(ask, { what: "a.pdf", from: "carl" })).toMatchObject({ size: 2 });
    await expect(findFile(ask, { what: "a.pdf", from: "dewi" })).rejects.toThrow("a.pdf: no such file");
  });

  test("can be one of a group", async () => {
    const { ask } = lists([{ size: 1, group: "kelas" }, { size: 2, group: "les" }, { size: 3 }], []);
    expect(await findFile(ask, { what: "a.pdf", from: "#kelas" })).toMatchObject({ size: 1 });
    await expect(findFile(ask, { what: "a.pdf", from: "#bob" })).rejects.toThrow("a.pdf: no such file");
  });

  test("is found whatever the case in which the user or the group is written, as the server does", async () => {
    const { ask } = lists([{ size: 1 }, { size: 2, group: "Kelas" }], []);
    expect(await findFile(ask, { what: "a.pdf", from: "Bob" })).toMatchObject({ size: 1 });
    expect(await findFile(ask, { what: "a.pdf", from: "#kelas" })).toMatchObject({ size: 2 });
  });

  test("a name must be the whole name, as it is written", async () => {
    const { ask } = lists([{ name: "a.pdf.exe" }, { name: "A.pdf" }], []);
    await expect(findFile(ask, { what: "a.pdf" })).rejects.toThrow("a.pdf: no such file");
  });
});

describe("a line of the list", () => {
  const file: ToldFile = {
    id: "d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00",
    name: "notes.pdf",
    size: 1_258_291,
    sha256: "",
    time: "2026-11-21T11:15:26.431Z",
  };

  const row = (one: Partial<ToldFile>, columns?: number): string[] =>
    filesInWords([{ ...file, ...one }], columns).split("\n");

  test("says when, what, how large, to whom and who has fetched it", () => {
    expect(row({ to: ["bob", "#kelas"], got: ["bob"] })).toEqual([
      `2026-11-21 11:15  notes.pdf  1.2 MiB  to bob, #kelas, fetched by bob  ${file.id}`,
    ]);
    expect(row({ to: ["bob"], got: [] })).toEqual([`2026-11-21 11:15  notes.pdf  1.2 MiB  to bob  ${file.id}`]);
    expect(filesInWords([])).toBe("(nothing)");
  });

  test("says whom it is from, and where it was given", () => {
    expect(row({ from: "bob", group: "kelas" })[0]).toContain("  from bob #kelas  ");
    expect(row({ from: "bob", gone: true })).toEqual([`2026-11-21 11:15  notes.pdf  gone  from bob  ${file.id}`]);
  });

  test("fits the window, and never cuts an id", () => {
    expect(row({ from: "bob" }, 60)).toEqual(["2026-11-21 11:15  notes.pdf  1.2 MiB  from bob", `  ${file.id}`]);
  });

  test("acts on no terminal", () => {
    expect(row({ name: "\u001b[2Ja\u202e.pdf", from: "b" })[0]).toContain("\\u001b[2Ja\\u202e.pdf");
  });
});
