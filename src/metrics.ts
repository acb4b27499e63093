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
    this.#claim(spec.name);
    const metric = new Counter({
      name: spec.name,
      help: spec.help,
      labelNames: [...(spec.labels ?? [])],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels, value } of readings(spec.read)) this.inc({ ...labels }, value);
      },
    });
    metric.reset();
  }

  /** Registers what goes up and down. @throws Error if the name is taken */
  gauge(spec: MetricSpec): void {
    this.#claim(spec.name);
    const metric = new Gauge({
      name: spec.name,
      help: spec.help,
      labelNames: [...(spec.labels ?? [])],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels, value } of readings(spec.read)) this.set({ ...labels }, value);
      },
    });
    metric.reset();
  }

  /** Gives all readings in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
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
