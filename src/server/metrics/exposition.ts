/** Text in the format of OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). */
import type { Histogram } from "./histogram.ts";

/** How a scrape is answered, as `Content-Type`. */
export const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;
/** A value; undefined where it is not known, and is left out. */
export type Sample = readonly [value: number | undefined, labels?: Labels];

/** Gathers metrics; each is added once, with a line that says what it is. */
export class Exposition {
  #text = "";

  /** What goes up and down. A name that ends with a unit (`_bytes`, `_seconds`) tells it. */
  gauge(name: string, help: string, ...samples: readonly Sample[]): void {
    this.#family(name, "gauge", help);
    this.#samples(name, samples);
  }

  /** What only grows; its samples are called `name_total`. */
  counter(name: string, help: string, ...samples: readonly Sample[]): void {
    this.#family(name, "counter", help);
    this.#samples(`${name}_total`, samples);
  }

  /** What is true as long as the process runs; its sample is called `name_info`. */
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

  /** All of it, and that this is the end. */
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

/** Bounds are written so by all: `0.5`, `1.0`, `+Inf`. */
function decimal(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return "+Inf";
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (one) => (one === "\n" ? "\\n" : `\\${one}`));
}
