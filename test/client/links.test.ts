/** Links in what is shown, and the numbers behind them. */
import { describe, expect, test } from "vitest";
import { Links, splitAtLinks } from "../../src/client/links.ts";

const linksIn = (text: string): string[] => splitAtLinks(text).filter((_, i) => i % 2 === 1);

describe("a link", () => {
  test.each([
    ["lihat https://example.org/a?b=c#d ya", ["https://example.org/a?b=c#d"]],
    ["HTTP://EXAMPLE.ORG", ["HTTP://EXAMPLE.ORG"]],
    ["ends before the sentence: https://example.org/a.", ["https://example.org/a"]],
    ["(https://example.org/a), <https://example.org/b>", ["https://example.org/a", "https://example.org/b"]],
    ["https://en.example.org/wiki/A_(b)", ["https://en.example.org/wiki/A_(b)"]],
    ["two: http://a.example http://b.example!", ["http://a.example", "http://b.example"]],
    ["what would act on a terminal ends it: https://example.org/\\u001b[2J", ["https://example.org/"]],
    ["ftp://example.org javascript:alert(1) https:// example.org", []],
  ])("%s", (text, links) => {
    expect(linksIn(text)).toEqual(links);
    expect(splitAtLinks(text).join("")).toBe(text);
  });

  test("is found in a long text at once, whatever stands in it", () => {
    for (const text of ["https://(((", "https://a.", "https://", "http://(a)"]) {
      const long = text.repeat(20_000);
      expect(splitAtLinks(long).join("")).toBe(long);
      expect(splitAtLinks(`https://${text.slice(8).repeat(50_000)}`).length).toBeGreaterThan(0);
    }
  });
});

describe("its number", () => {
  test("is the next, and the same when it is shown again", () => {
    const links = new Links();
    expect(["https://a.example", "https://b.example/x", "https://a.example/"].map(links.numberOf)).toEqual([1, 2, 1]);
    expect(links.at(2)).toBe("https://b.example/x");
    expect(links.at(undefined)).toBe("https://a.example/");
    expect(links.at(3)).toBeUndefined();
  });

  test("is missing where no browser would open it", () => {
    const links = new Links();
    expect(["https://", "https://[", "http://%"].map(links.numberOf)).toEqual([undefined, undefined, undefined]);
    expect(links.at(undefined)).toBeUndefined();
  });

  test("stands for what a browser is given: ASCII, also where it looks like another", () => {
    const links = new Links();
    links.numberOf("https://раypal.example/ä");
    expect(links.at(1)).toMatch(/^https:\/\/xn--[\x21-\x7e]+\/%C3%A4$/);
  });

  test("is forgotten after a thousand others", () => {
    const links = new Links();
    for (let i = 0; i <= 1000; i++) links.numberOf(`https://example.org/${i}`);
    expect(links.at(1)).toBeUndefined();
    expect(links.at(2)).toBe("https://example.org/1");
    expect(links.at(1001)).toBe("https://example.org/1000");
  });
});
