/** What a server tells at the address of its `--metrics`. */
import { spawnSync } from "node:child_process";
import type { TestServer } from "./server.ts";

/** A free port of loopback. */
export const METRICS = ["--metrics", "127.0.0.1:0"] as const;

/** As it stands in its log. */
export function metricsPort(server: TestServer): number {
  return Number(/ info metrics place=127\.0\.0\.1:(\d+)$/m.exec(server.log())?.[1]);
}

export function ask(server: TestServer, path: string, method = "GET"): Promise<Response> {
  return fetch(`http://127.0.0.1:${metricsPort(server)}${path}`, { method });
}

/** As it is now: a page of just before is given again. */
export async function metricsOf(server: TestServer): Promise<string> {
  server.pass(100);
  return (await ask(server, "/metrics")).text();
}

/** The value of a sample with its labels as they are written; undefined if there is none. */
export function sampleIn(page: string, sample: string): number | undefined {
  const line = page.split("\n").find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

/** As `200 ok`. */
export async function healthOf(server: TestServer): Promise<string> {
  const response = await ask(server, "/healthz");
  return `${response.status} ${(await response.text()).trim()}`;
}

/** The Python of the system has it, where another one comes first. */
const python = ["python3", "/usr/bin/python3"].find(
  (one) => spawnSync(one, ["-c", "import prometheus_client.openmetrics.parser"]).status === 0,
);

/** Is the parser of Prometheus's own client library here? */
export const canParse = python !== undefined;

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, value: number])[];
}

const PARSE = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
print(json.dumps([
  {"name": f.name, "type": f.type, "unit": f.unit, "help": f.documentation,
   "samples": [[s.name, s.labels, s.value] for s in f.samples]}
  for f in text_string_to_metric_families(sys.stdin.read())]))
`;

/** Read by that parser, which refuses what is not OpenMetrics. */
export function parsed(page: string): readonly Family[] {
  const { status, stdout, stderr } = spawnSync(python as string, ["-c", PARSE], { input: page, encoding: "utf8" });
  if (status !== 0) throw new Error(`not OpenMetrics: ${stderr}`);
  return JSON.parse(stdout) as Family[];
}
