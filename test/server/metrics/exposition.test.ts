/** The text of the page, and the numbers in it. */
import { expect, test } from "vitest";
import { Exposition } from "../../../src/server/metrics/exposition.ts";
import { Histogram } from "../../../src/server/metrics/histogram.ts";
import { RequestCounts } from "../../../src/server/metrics/request-counts.ts";

test("each metric has its type, its unit and what it is, and the page an end", () => {
  const page = new Exposition();
  page.gauge("size_bytes", "How large.", [12], [undefined, { of: "gone" }], [3, { of: "a" }]);
  page.counter("asked", "How often.", [1, { of: "a", by: "b" }]);
  page.info("build", "Which.", { version: "1" });
  expect(page.toString()).toBe(
    [
      ...["# TYPE size_bytes gauge", "# UNIT size_bytes bytes", "# HELP size_bytes How large.", "size_bytes 12"],
      'size_bytes{of="a"} 3',
      ...["# TYPE asked counter", "# HELP asked How often.", 'asked_total{of="a",by="b"} 1'],
      ...["# TYPE build info", "# HELP build Which.", 'build_info{version="1"} 1', "# EOF", ""],
    ].join("\n"),
  );
});

test("a label that holds a quote or a line end ends nothing", () => {
  const page = new Exposition();
  page.gauge("a", "A.", [1, { of: 'x"\\\ny' }]);
  expect(page.toString()).toContain('a{of="x\\"\\\\\\ny"} 1\n');
});

test("a histogram counts in each bound what is within it", () => {
  const histogram = new Histogram([0.5, 1, 10]);
  for (const ms of [500, 501, 1000, 20_000]) histogram.add(ms);
  const page = new Exposition();
  page.histogram("took_seconds", "How long.", histogram);
  expect(page.toString()).toContain(
    ['took_seconds_bucket{le="0.5"} 1', 'took_seconds_bucket{le="1.0"} 3', 'took_seconds_bucket{le="10.0"} 3'].join(
      "\n",
    ),
  );
  expect(page.toString()).toContain(
    'took_seconds_bucket{le="+Inf"} 4\ntook_seconds_count 4\ntook_seconds_sum 22.001\n',
  );
});

test("requests count once their turn has ended: as they were answered, or all as storage", () => {
  const counts = new RequestCounts();
  for (let i = 0; i < 3000; i++) counts.answer("send", "ok");
  counts.answer(undefined, "unknown-request");
  expect([...counts.all()]).toEqual([]);
  counts.keep();
  const kept = [
    { operation: "send", code: "ok", count: 3000 },
    { operation: undefined, code: "unknown-request", count: 1 },
  ];
  expect([...counts.all()]).toEqual(kept);
  counts.answer("send", "ok");
  counts.answer("ping", "ok");
  counts.undo();
  counts.keep();
  expect([...counts.all()]).toEqual([
    kept[0],
    { operation: "send", code: "storage", count: 1 },
    kept[1],
    { operation: "ping", code: "storage", count: 1 },
  ]);
});
