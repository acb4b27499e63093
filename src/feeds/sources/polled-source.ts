import type { ExternalSource } from '../../external-events.js';
import { Poller } from './poller.js';
import type { Source, SourceContext, SourceStats } from './source.js';

/** One thing that a source asks for in its own time. */
export interface Task {
  /** What it asks for, in words: `coins`. */
  readonly name: string;
  readonly everyMs: number;
  readonly ask: () => Promise<void>;
}

export interface PolledSourceOptions {
  readonly context: SourceContext;
  readonly source: ExternalSource;
  readonly tasks: readonly Task[];
  /** Who is asked, as in `external_api_logs`. */
  readonly provider: string;
  /** Requests made so far. */
  readonly calls: () => number;
  readonly stopping: AbortController;
  /** What else is to be ended. */
  readonly onStop?: () => Promise<void>;
}

/** A source that asks. Its state is told when a task begins to fail and when all of them work. */
export class PolledSource implements Source {
  readonly #options: PolledSourceOptions;
  readonly #pollers: readonly Poller[];
  readonly #faults = new Map<string, string>();
  #fault: string | null = null;

  constructor(options: PolledSourceOptions) {
    this.#options = options;
    const { context, stopping, tasks } = options;
    this.#pollers = tasks.map(
      (task) =>
        new Poller({
          ...task,
          context,
          signal: stopping.signal,
          onFault: (fault) => this.#onFault(task, fault),
        }),
    );
  }

  get stats(): SourceStats {
    const { source, provider, calls } = this.#options;
    const last = this.#pollers
      .filter(({ lastFaultAt }) => lastFaultAt !== null)
      .toSorted((a, b) => (b.lastFaultAt ?? 0) - (a.lastFaultAt ?? 0))[0];
    const next = this.#pollers.flatMap(({ nextTryAt }) => nextTryAt ?? []);
    const successes = this.#pollers.flatMap(({ lastSuccessAt }) => lastSuccessAt ?? []);
    return {
      source,
      provider,
      isOn: true,
      fault: this.#fault,
      calls: calls(),
      failures: this.#pollers.reduce((sum, { failures }) => sum + failures, 0),
      lastSuccessAt: successes.length === 0 ? null : Math.max(...successes),
      lastFault: last?.lastFault ?? null,
      lastFaultAt: last?.lastFaultAt ?? null,
      nextTryAt: next.length === 0 ? null : Math.min(...next),
    };
  }

  async stop(): Promise<void> {
    this.#options.stopping.abort();
    await Promise.all([this.#options.onStop?.(), ...this.#pollers.map(({ done }) => done)]);
  }

  #onFault({ name }: Task, fault: string | null): void {
    const { context, provider, source, tasks } = this.#options;
    if (fault === null) this.#faults.delete(name);
    else this.#faults.set(name, tasks.length === 1 ? fault : `${fault} (asked for ${name})`);
    const [first = null] = this.#faults.values();
    const told = first === null ? null : `(${provider}) ${first}`;
    if (told === this.#fault) return;
    const wasFaulty = this.#fault !== null;
    this.#fault = told;
    if (told === null) context.logger.info({ source }, 'the source works again');
    else if (!wasFaulty) context.logger.warn({ source, fault: told }, 'the source brings nothing');
    context.sink({ type: 'state', source, fault: told });
  }
}
