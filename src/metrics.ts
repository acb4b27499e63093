import { Counter, Gauge, Registry } from 'prom-client';

/** One reading of a metric; `labels` tells readings of the same metric apart. */
export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

type Read = () => number | readonly Reading[];

interface MetricSpec {
  /** Prometheus name, unit last: `cryptopredict_trades_total`, `…_seconds`, `…_bytes`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly read: Read;
}

/**
 * Prometheus metrics that are read when `/metrics` is asked for. Components keep plain numbers, so that counting
 * costs nothing on the tick path.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #names = new Set<string>();

  /** Registers what only goes up while the process lives. @throws Error if the name is taken */
  counter(spec: MetricSpec): void {
    new Counter(this.#optionsOf<Counter>(spec, (metric, labels, value) => metric.inc(labels, value))).reset();
  }

  /** Registers what goes up and down. @throws Error if the name is taken */
  gauge(spec: MetricSpec): void {
    new Gauge(this.#optionsOf<Gauge>(spec, (metric, labels, value) => metric.set(labels, value))).reset();
  }

  /** Gives all readings in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Gives the options of a metric that takes its readings anew each time it is asked. */
  #optionsOf<M extends { reset(): void }>(
    spec: MetricSpec,
    write: (metric: M, labels: Record<string, string>, value: number) => void,
  ) {
    this.#claim(spec.name);
    return {
      name: spec.name,
      help: spec.help,
      labelNames: [...(spec.labels ?? [])],
      registers: [this.#registry],
      collect(this: M) {
        this.reset();
        for (const { labels, value } of readings(spec.read)) write(this, { ...labels }, value);
      },
    };
  }

  #claim(name: string): void {
    if (this.#names.has(name)) throw new Error(`metric ${name} is registered twice`);
    this.#names.add(name);
  }
}

function readings(read: Read): readonly Reading[] {
  const value = read();
  return typeof value === 'number' ? [{ value }] : value;
}
