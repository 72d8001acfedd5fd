import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Frame, Frames, type Framing, type Limits } from "../../src/protocol/frames.ts";

/** As a connection of a guest and one that may send a file: what starts with `file` may be longer. */
const LEAST = 20;
const MOST = 60;

/** A limit that no conversation here comes near. */
const roomy: Limits = { least: 1_000_000, of: () => 1_000_000 };
const narrow: Limits = { least: LEAST, of: (head) => (head.startsWith("file") ? MOST : LEAST) };

const GARBLED = "(garbled)";

/** One frame as a word of a list: the text, `(garbled)`, `(over 20)`. */
function told(frame: Frame): string {
  if (frame.is === "blank") return "(blank)";
  if (frame.is === "body") return `(body ${frame.bytes.length})`;
  return frame.is === "request" ? frame.text : frame.is === "garbled" ? GARBLED : `(over ${frame.limit})`;
}

/** All frames there are now. After a frame that is too large nothing can be read. */
function drain(frames: Frames, list: string[]): void {
  while (list.at(-1)?.startsWith("(over") !== true) {
    const frame = frames.next();
    if (!frame) return;
    list.push(told(frame));
  }
}

/** What a connection reads that receives these pieces, and then the end. */
function read(framing: Framing, pieces: readonly Buffer[], limits = roomy, ended = true): string[] {
  const frames = new Frames(framing, limits);
  const list: string[] = [];
  for (const piece of pieces) {
    frames.push(piece);
    drain(frames, list);
  }
  if (ended) frames.end();
  drain(frames, list);
  return list;
}

/** The bytes whole, split in two at every point, and byte by byte. */
function* splits(bytes: Buffer): Iterable<Buffer[]> {
  yield [bytes];
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** Latin-1 stands for bytes: `\xff` is a byte that no UTF-8 has. */
const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

interface Conversation {
  readonly what: string;
  readonly framing: Framing;
  readonly bytes: string | Buffer;
  readonly gives: readonly string[];
}

const conversations: readonly Conversation[] = [
  { what: "a request", framing: "blank-line", bytes: "ping\r\n\r\n", gives: ["ping"] },
  { what: "two requests", framing: "blank-line", bytes: "auth a b\r\n\r\ninbox\r\n\r\n", gives: ["auth a b", "inbox"] },
  {
    what: "a text of three lines",
    framing: "blank-line",
    bytes: "send b 1\n2\r\n3\r\n\r\n",
    gives: ["send b 1\n2\r\n3"],
  },
  { what: "blanks at the end of a text", framing: "blank-line", bytes: "send b x  \r\n\r\n", gives: ["send b x  "] },
  { what: "empty lines first", framing: "blank-line", bytes: "\r\n\n\r\n\r\n\r\nping\r\n\r\n", gives: ["ping"] },
  { what: "empty lines between", framing: "blank-line", bytes: "a\r\n\r\n\r\n\r\n\r\nb\r\n\r\n", gives: ["a", "b"] },
  { what: "nothing but empty lines", framing: "blank-line", bytes: "\r\n\r\n\r\n\r\n\r\n", gives: [] },
  { what: "lines of netcat", framing: "line", bytes: "auth a b\ninbox\n", gives: ["auth a b", "inbox"] },
  { what: "lines of a CRLF client", framing: "line", bytes: "auth a b \r\ninbox\r\n", gives: ["auth a b ", "inbox"] },
  {
    what: "the protocol's own ends, read as lines",
    framing: "line",
    bytes: "a b\r\n\r\nc\r\n\r\n",
    gives: ["a b", "c"],
  },
  { what: "empty lines among lines", framing: "line", bytes: "\n\r\n\na\n\n\nb\n", gives: ["a", "b"] },
  { what: "a pipe of requests", framing: "auto", bytes: "auth a b\r\n\r\ninbox\r\n\r\n", gives: ["auth a b", "inbox"] },
  {
    what: "a text of lines",
    framing: "auto",
    bytes: "send b 1\n2\r\n\r\nping\r\n\r\n",
    gives: ["send b 1\n2", "ping"],
  },
  {
    what: "a pipe of lines, then the end",
    framing: "auto",
    bytes: "auth a b\ninbox\nquit",
    gives: ["auth a b", "inbox", "quit"],
  },
  { what: "one unfinished request, then the end", framing: "auto", bytes: "send b hi", gives: ["send b hi"] },
  { what: "leftovers of lines at the end", framing: "line", bytes: "a\nb", gives: ["a", "b"] },
  { what: "leftovers of requests at the end", framing: "blank-line", bytes: "a\r\n\r\nb", gives: ["a", "b"] },
  { what: "an end with one line end only", framing: "blank-line", bytes: "a\r\n\r\nb\r\n", gives: ["a", "b"] },
  { what: "an end cut short by one byte", framing: "blank-line", bytes: "a\r\n\r\nb\r\n\r", gives: ["a", "b"] },
  {
    what: "characters of two to four bytes",
    framing: "blank-line",
    bytes: Buffer.from("send b é€😀\r\n\r\nñ\r\n\r\n"),
    gives: ["send b é€😀", "ñ"],
  },
  {
    what: "characters of two to four bytes in lines",
    framing: "line",
    bytes: Buffer.from("send b é€😀\nñ\n"),
    gives: ["send b é€😀", "ñ"],
  },
  {
    what: "a garbled request",
    framing: "blank-line",
    bytes: "a\r\n\r\nsend b \xff\r\n\r\nc\r\n\r\n",
    gives: ["a", GARBLED, "c"],
  },
  { what: "a garbled line", framing: "line", bytes: "a\nsend b \xff\nc\n", gives: ["a", GARBLED, "c"] },
  {
    what: "a garbled request, then an empty line",
    framing: "blank-line",
    bytes: "send b \xff\r\n\r\n\r\nc\r\n\r\n",
    gives: [GARBLED, "c"],
  },
  {
    what: "an empty line, then a garbled request",
    framing: "blank-line",
    bytes: "a\r\n\r\n\r\nb \xff\r\n\r\nc\r\n\r\n",
    gives: ["a", GARBLED, "c"],
  },
  {
    what: "a character cut short, then a fine one",
    framing: "blank-line",
    bytes: "b \xe2\x82\r\n\r\n\xe2\x82\xac\r\n\r\n",
    gives: [GARBLED, "€"],
  },
  {
    what: "a character cut short in a line, then a fine one",
    framing: "line",
    bytes: "b \xe2\x82\n\xe2\x82\xac\n",
    gives: [GARBLED, "€"],
  },
  { what: "garbled leftovers", framing: "auto", bytes: "a\r\n\r\nb \xff", gives: ["a", GARBLED] },
];

describe("a conversation gives the same requests whole, split in two at every point, and byte by byte", () => {
  test.each(conversations)("$framing: $what", ({ framing, bytes, gives }) => {
    for (const pieces of splits(typeof bytes === "string" ? bytesOf(bytes) : bytes)) {
      expect(read(framing, pieces), pieces.map((piece) => JSON.stringify(piece.toString("latin1"))).join(" ")).toEqual(
        gives,
      );
    }
  });
});

describe("auto settles once, on the first request", () => {
  function auto(...pieces: string[]): Frames {
    const frames = new Frames("auto", roomy);
    for (const piece of pieces) frames.push(bytesOf(piece));
    return frames;
  }
  const all = (frames: Frames): string[] => {
    const list: string[] = [];
    drain(frames, list);
    return list;
  };

  test("on requests with an empty line as soon as there is one, and a line end ends nothing any more", () => {
    const frames = auto("ping\r\n\r\n");
    expect([all(frames), frames.framing]).toEqual([["ping"], "blank-line"]);
    frames.push(bytesOf("send b hi\n"));
    expect([frames.mayBeLine, all(frames)]).toEqual([false, []]);
    frames.settle();
    expect([all(frames), frames.framing]).toEqual([[], "blank-line"]);
  });

  test("on lines when nothing follows a line end, and an empty line means nothing any more", () => {
    const frames = auto("auth a b\r\n");
    expect([all(frames), frames.framing, frames.mayBeLine]).toEqual([[], "auto", true]);
    frames.settle();
    expect([all(frames), frames.framing]).toEqual([["auth a b"], "line"]);
    frames.push(bytesOf("\r\nsend b 1\r\n\r\n2\n"));
    expect([all(frames), frames.framing]).toEqual([["send b 1", "2"], "line"]);
  });

  test("not on a request that has no line end yet", () => {
    expect(auto("ping").mayBeLine).toBe(false);
    expect(auto("ping\r").mayBeLine).toBe(false);
    expect(auto("ping\n", "x").mayBeLine).toBe(false);
  });

  test("on lines when the connection ends before anything else tells", () => {
    const frames = auto("a\nb");
    frames.end();
    expect([all(frames), frames.framing]).toEqual([["a", "b"], "line"]);
  });

  test("an unfinished request is counted until it ends", () => {
    const frames = auto("pi", "ng");
    expect(frames.unfinished).toBe(4);
    frames.push(bytesOf("\r\n\r\n"));
    expect([all(frames), frames.unfinished]).toEqual([["ping"], 0]);
  });
});

describe("a request may have so many bytes and no more", () => {
  const ends = { "blank-line": "\r\n\r\n", line: "\r\n" } as const;

  describe.each(["blank-line", "line"] as const)("in %s framing", (framing) => {
    const sent = (request: string): Iterable<Buffer[]> => splits(Buffer.from(request + ends[framing]));

    test("exactly as many are fine, however they arrive", () => {
      const full = "x".repeat(LEAST);
      for (const pieces of sent(full)) expect(read(framing, pieces, narrow)).toEqual([full]);
    });

    test("one more is too many, however they arrive", () => {
      for (const pieces of sent("x".repeat(LEAST + 1)))
        expect(read(framing, pieces, narrow)).toEqual([`(over ${LEAST})`]);
    });

    test("they are bytes, not characters", () => {
      const full = "x".repeat(LEAST - 3 * 6) + "€".repeat(6);
      for (const pieces of sent(full)) expect(read(framing, pieces, narrow)).toEqual([full]);
      for (const pieces of sent(`${full}x`)) expect(read(framing, pieces, narrow)).toEqual([`(over ${LEAST})`]);
    });

    test("a request whose start allows it may have more, up to its own limit", () => {
      const file = "file ".padEnd(MOST, "x");
      for (const pieces of sent(file)) expect(read(framing, pieces, narrow)).toEqual([file]);
      for (const pieces of sent(`${file}x`)) expect(read(framing, pieces, narrow)).toEqual([`(over ${MOST})`]);
    });

    test("what came before one that is too large is still read", () => {
      const bytes = Buffer.from(`ping${ends[framing]}${"x".repeat(MOST)}${ends[framing]}`);
      for (const pieces of splits(bytes)) expect(read(framing, pieces, narrow)).toEqual(["ping", `(over ${LEAST})`]);
    });

    test("an endless request is refused before it ends", () => {
      const pieces = Array.from({ length: LEAST }, () => Buffer.from("xx"));
      expect(read(framing, pieces, narrow, false)).toEqual([`(over ${LEAST})`]);
    });

    test("its own limit is asked for only beyond what any request may have", () => {
      const asked: string[] = [];
      const limits: Limits = {
        least: LEAST,
        of(head) {
          asked.push(head);
          return MOST;
        },
      };
      read(framing, [Buffer.from("x".repeat(LEAST) + ends[framing])], limits);
      expect(asked).toEqual([]);
      read(framing, [Buffer.from("y".repeat(LEAST + 1) + ends[framing])], limits);
      expect(asked).toEqual(["y".repeat(LEAST + 1)]);
    });
  });

  test("under auto a script of lines longer than one request may be is read as lines", () => {
    const script = Buffer.from("inbox\n".repeat(LEAST));
    for (const pieces of splits(script)) expect(read("auto", pieces, narrow)).toEqual(Array(LEAST).fill("inbox"));
    expect(read("auto", [script], narrow, false)).toEqual(Array(LEAST).fill("inbox"));
  });

  test("under auto one line that is too long is too long", () => {
    expect(read("auto", [Buffer.from("x".repeat(LEAST + 1))], narrow, false)).toEqual([`(over ${LEAST})`]);
  });
});

describe("any bytes in any pieces", () => {
  const bit = fc.constantFrom(
    "\r\n\r\n",
    "\r\n",
    "\n",
    "\r",
    " ",
    "a",
    "send b",
    "\xe2\x82\xac",
    "\xe2\x82",
    "\xff",
    "\0",
  );
  const anyBytes = fc.oneof(
    fc.array(bit, { maxLength: 30 }).map((bits) => bytesOf(bits.join(""))),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );
  const framing = fc.constantFrom<Framing>("auto", "blank-line", "line");

  function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
    const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
    return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
  }

  test("never throw, and give the same frames as whole", () => {
    fc.assert(
      fc.property(framing, anyBytes, fc.array(fc.nat(90), { maxLength: 6 }), (how, bytes, places) => {
        expect(read(how, cut(bytes, places))).toEqual(read(how, [bytes]));
      }),
      { numRuns: 3000 },
    );
  });

  test("beyond every limit never throw either", () => {
    const tight: Limits = { least: 4, of: (head) => head.length % 9 };
    fc.assert(
      fc.property(framing, anyBytes, fc.array(fc.nat(90), { maxLength: 6 }), (how, bytes, places) => {
        const requests = read(how, cut(bytes, places), tight).filter((text) => !/^\((garbled|over \d)\)$/.test(text));
        expect(requests.filter((text) => Buffer.byteLength(text) > 8)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });
});

test("the memory of an unfinished request goes back when it is outgrown, and all of it when nothing more is read", () => {
  const made = vi.spyOn(Buffer, "allocUnsafeSlow");
  onTestFinished(() => made.mockRestore());
  const inUse = (): number => made.mock.results.filter(({ value }) => (value as Buffer).length > 0).length;
  const frames = new Frames("auto", roomy);
  for (let i = 0; i < 10; i++) frames.push(Buffer.alloc(1000, "x"));
  expect(made.mock.results.length).toBeGreaterThan(2);
  expect(inUse()).toBe(1);
  frames.push(Buffer.from("\r\n\r\nbegun"));
  expect(frames.next()).toEqual({ is: "request", text: "x".repeat(10_000) });
  frames.drop();
  expect(inUse()).toBeLessThanOrEqual(1);
  expect(frames.unfinished).toBe(0);
});
