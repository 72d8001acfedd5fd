/** Forms of what is told: what fits is read as it is, and what does not fit is not taken for something else. */
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import { eventFrame } from "../../src/protocol/events.ts";
import {
  anything,
  count,
  flag,
  list,
  maybe,
  number,
  object,
  oneOf,
  record,
  type Told,
  text,
} from "../../src/protocol/form.ts";
import { type Native, type ReplyTo, readEvent, replies } from "../../src/protocol/replies.ts";
import { formed } from "../../src/protocol/row.ts";
import { inputOf, name } from "./inputs.ts";
import { anyText, message, outputs } from "./outputs.ts";

const person = object({ name: text, age: maybe(count), tags: maybe(list(text)) });
const values: readonly unknown[] = ["", "a", 0, 5, -1, 1.5, 1e300, true, false, null, undefined, [], ["a"], {}];

describe("a value", () => {
  test.each([
    ["text", text, ["", "a"]],
    ["number", number, [0, 5, -1, 1.5, 1e300]],
    ["count", count, [0, 5]],
    ["flag", flag, [true, false]],
    ["one of some texts", oneOf("a", "b"), ["a"]],
    ["list", list(text), [[], ["a"]]],
    ["record", record(text), [{}]],
    ["object without needed fields", object({ a: maybe(text) }), [{}]],
  ] as const)("is a %s, or is not", (_, form, fitting) => {
    expect(values.filter((value) => form.read(value) !== undefined)).toEqual(fitting);
  });

  test("that fits is the same value, not another like it", () => {
    for (const [form, value] of [
      [person, { name: "bob", age: 5, tags: ["a"] }],
      [list(person), [{ name: "bob" }, { name: "carl", age: 1 }]],
      [record(list(text)), { bob: ["a"], carl: [] }],
    ] as const) {
      expect(form.read(value)).toBe(value);
    }
  });
});

describe("an object", () => {
  test("has the fields that it needs, and of the others those that there are", () => {
    expect(person.read({ name: "bob" })).toEqual({ name: "bob" });
    expect(person.read({ name: "bob", age: undefined })).toEqual({ name: "bob" });
    expect(person.read({ age: 5 })).toBeUndefined();
    expect(person.read({ name: undefined, age: 5 })).toBeUndefined();
  });

  test("with a field of another kind is none, also where the field may be left out", () => {
    for (const other of [
      { name: 5 },
      { name: "bob", age: "5" },
      { name: "bob", age: null },
      { name: "bob", tags: "a" },
    ]) {
      expect([other, person.read(other)]).toEqual([other, undefined]);
    }
  });

  test("keeps fields that are not known here: a newer server may tell more", () => {
    const more = { name: "bob", tags: ["a", 5], mood: { good: true }, status: "OK" };
    expect(person.read(more)).toEqual({ ...more, tags: ["a"] });
    expect(more.tags).toEqual(["a", 5]);
  });

  test("may have any value where any will do, but must have one", () => {
    const form = object({ data: anything });
    for (const data of [null, 0, "", [], {}]) expect(form.read({ data })).toEqual({ data });
    expect(form.read({})).toBeUndefined();
  });
});

describe("a list", () => {
  test("is without the items that do not fit, at any depth", () => {
    expect(list(text).read(["a", null, 5, "b", {}, undefined])).toEqual(["a", "b"]);
    expect(list(text).read([undefined])).toEqual([]);
    expect(list(person).read([null, { name: "bob", tags: [1, "a"] }, { name: 5 }, "carl", [{ name: "bob" }]])).toEqual([
      { name: "bob", tags: ["a"] },
    ]);
    expect(object({ of: object({ all: list(count) }) }).read({ of: { all: [1, -1, 2] } })).toEqual({
      of: { all: [1, 2] },
    });
  });
});

describe("keys that JavaScript has a meaning for", () => {
  const evil = ["__proto__", "constructor", "toString", "hasOwnProperty", "then"];

  test("are fields like any other, and change nothing", () => {
    for (const key of evil) {
      const json = `{"name":"bob","tags":["a",5],"${key}":{"name":"carl","admin":true}}`;
      const read = person.read(JSON.parse(json)) as Readonly<Record<string, unknown>>;
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(json.replace(",5", "")));
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
      expect("admin" in read).toBe(false);
    }
    expect(({} as Readonly<Record<string, unknown>>)["admin"]).toBeUndefined();
  });

  test("are no field that is needed", () => {
    expect(person.read(JSON.parse('{"__proto__":{"name":"carl"}}'))).toBeUndefined();
  });

  test("may be the keys of a record", () => {
    for (const key of evil) {
      const value = JSON.parse(`{"${key}":["a"]}`) as unknown;
      expect(record(list(text)).read(value)).toBe(value);
      expect(record(text).read(value)).toBeUndefined();
    }
  });

  test("are no names of events", () => {
    for (const key of evil) expect(readEvent(key, { a: 1 })).toEqual({ event: "other", name: key, data: { a: 1 } });
  });
});

test("whatever there is to read, reading it is no error, and what was read is read again as it is", () => {
  const value = fc.oneof(fc.jsonValue(), fc.constant(undefined));
  const fields = fc.dictionary(
    fc.constantFrom("data", "users", "mine", "groups", "elsewhere", "id", "time", "with"),
    value,
  );
  fc.assert(
    fc.property(fc.constantFrom(...(Object.keys(replies) as Native[])), fc.oneof(value, fields), (operation, said) => {
      const form = replies[operation];
      const read = form.read(said);
      if (read !== undefined) expect(form.read(read)).toBe(read);
    }),
    { numRuns: 1000 },
  );
});

describe("what the server tells is what clients read", () => {
  const rows = [...new Set(dialectNames.flatMap((one) => dialectNamed(one).rows))].filter(({ form }) => form);
  const dialects = dialectNames.map(dialectNamed);

  function fields(frame: string): object {
    return JSON.parse(frame) as object;
  }

  test("in native every operation that has a form is answered in it", () => {
    const native = dialectNamed("native").rows.filter(({ form }) => form);
    expect(new Set(native.map(({ operation }) => operation))).toEqual(new Set(Object.keys(replies)));
  });

  test.each(rows.map((row) => [row.pattern.source, row] as const))("%s", (_, row) => {
    const output: fc.Arbitrary<unknown> = outputs[row.operation as Native];
    const speaking = dialects.filter((dialect) => dialect.rows.includes(row));
    fc.assert(
      fc.property(fc.constantFrom(...speaking), inputOf(row), output, (dialect, input, value) => {
        const reply = fields(dialect.reply({ row, input, token: undefined }, value));
        // The same object: no item was left out.
        expect(row.form?.read(reply)).toBe(reply);
      }),
      { numRuns: 50 },
    );
  });

  test("an event", () => {
    const group = fc.option(name, { nil: undefined });
    const event: fc.Arbitrary<Event> = fc.oneof(
      fc.record({ kind: fc.constant("message" as const), message }),
      fc.record({ kind: fc.constantFrom("join" as const, "leave" as const), group: name, user: name }),
      fc.record({
        ...{ kind: fc.constant("presence" as const), user: name, online: fc.boolean() },
        ...{ away: fc.option(anyText, { nil: undefined }), status: fc.option(anyText, { nil: undefined }) },
      }),
      fc.record({ kind: fc.constant("typing" as const), with: name, user: name }),
      fc.record({
        kind: fc.constant("unsend" as const),
        file: fc.record({ id: fc.uuid(), name: anyText, size: fc.nat(), sha256: anyText }),
        from: name,
        group,
      }),
      fc.record({
        kind: fc.constant("call" as const),
        call: fc.nat(),
        method: fc.constant("deliver"),
        body: fc.json(),
      }),
    ) as fc.Arbitrary<Event>;
    fc.assert(
      fc.property(event, (happened) => {
        const told = fields(eventFrame(happened)) as { event: string; data: unknown };
        const read = readEvent(told.event, told.data);
        expect(read).toEqual(told);
        expect(read.data).toBe(told.data);
      }),
      { numRuns: 500 },
    );
  });

  test("an event that has only a name", () => {
    const told = fields(eventFrame({ kind: "closing" }));
    expect(told).toEqual({ event: "closing" });
    expect(readEvent("closing", undefined)).toEqual({ event: "closing", data: {} });
  });

  test("an event that is not known, or has not the form of its name, is another one with what it holds", () => {
    const other = { event: "other" };
    expect(readEvent("reaction", { a: 1 })).toEqual({ ...other, name: "reaction", data: { a: 1 } });
    expect(readEvent("join", { group: "kelas" })).toEqual({ ...other, name: "join", data: { group: "kelas" } });
    for (const data of [undefined, null]) expect(readEvent("join", data)).toEqual({ ...other, name: "join", data: {} });
  });
});

describe("the compiler", () => {
  test("knows what was read", () => {
    expectTypeOf<Told<typeof person>>().toExtend<{ name: string; age?: number | undefined }>();
    expectTypeOf<ReplyTo<"markRead">["id"]>().toEqualTypeOf<string>();
    expectTypeOf<ReplyTo<"users">["elsewhere"]>().toEqualTypeOf<readonly string[]>();
  });

  test("takes no row whose reply lacks what its operation's form has", () => {
    expect(formed("markRead", "read <id>", ({ id }) => ({ id })).form).toBe(replies.markRead);
    // A row may tell more than clients read.
    expect(formed("markRead", "read <id>", ({ id }) => ({ id, data: "read" })).form).toBe(replies.markRead);
    // @ts-expect-error the id is missing
    formed("markRead", "read <id>", () => ({ message: "read" }));
    // @ts-expect-error a number is not the text that is wanted
    formed("markRead", "read <id>", ({ id }) => ({ id: id.length }));
    // @ts-expect-error the list is missing: a text is not enough
    formed("groups", "groups", "these");
    // @ts-expect-error its time is a number, not a text
    formed("sessions", "sessions", ({ sessions }) => ({ data: sessions }));
    // @ts-expect-error no client reads its replies
    formed("userNames", "names", ({ names }) => ({ data: names }));
  });
});
