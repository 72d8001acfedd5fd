/** Text in the format of OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). */
import type { Histogram } from "./histogram.ts";

/** How a scrape is answered, as `Content-Type`. */
export const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;
/** A value, and its labels. A value that is undefined is not known, and is left out. */
export type Sample = readonly [value: number | undefined, labels?: Labels];

/** Gathers metrics. Each is added once, with a line of help. */
export class Exposition {
  #text = "";

  /** A value that goes up and down. The unit is taken from the end of the name (`_bytes`, `_seconds`). */
  gauge(name: string, help: string, ...samples: readonly Sample[]): void {
    this.#family(name, "gauge", help);
    this.#samples(name, samples);
  }

  /** A value that only grows. Its samples are called `name_total`. */
  counter(name: string, help: string, ...samples: readonly Sample[]): void {
    this.#family(name, "counter", help);
    this.#samples(`${name}_total`, samples);
  }

  /** Facts that do not change while the process runs. The sample is called `name_info`. */
  info(name: string, help: string, labels: Labels): void {
    this.#family(name, "info", help);
    this.#samples(`${name}_info`, [[1, labels]]);
  }

  histogram(name: string, help: string, { bounds, counts, sum }: Histogram): void {
    this.#family(name, "histogram", help);
    let count = 0;
    for (const [i, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
      count += counts[i] as number;
      this.#samples(`${name}_bucket`, [[count, { le: decimal(bound) }]]);
    }
    this.#samples(`${name}_count`, [[count]]);
    this.#samples(`${name}_sum`, [[sum]]);
  }

  /** The text of all metrics, with the end mark. */
  toString(): string {
    return `${this.#text}# EOF\n`;
  }

  #family(name: string, type: string, help: string): void {
    const unit = /_(bytes|seconds)$/.exec(name)?.[1];
    this.#text += `# TYPE ${name} ${type}\n${unit === undefined ? "" : `# UNIT ${name} ${unit}\n`}`;
    this.#text += `# HELP ${name} ${escaped(help)}\n`;
  }

  #samples(name: string, samples: readonly Sample[]): void {
    for (const [value, labels] of samples) {
      if (value === undefined) continue;
      const pairs = Object.entries(labels ?? {}).map(([label, text]) => `${label}="${escaped(text)}"`);
      this.#text += `${name}${pairs.length === 0 ? "" : `{${pairs.join()}}`} ${value}\n`;
    }
  }
}

/** A bound as it is canonical in OpenMetrics: `0.5`, `1.0`, `+Inf`. */
function decimal(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return "+Inf";
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (one) => (one === "\n" ? "\\n" : `\\${one}`));
}
