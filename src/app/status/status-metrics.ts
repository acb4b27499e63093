import type { StatusMap } from '../../api/system-status.js';
import type { Metrics } from '../../metrics.js';
import type { JournalStats } from './status-journal.js';

/** State as a number: higher is worse. */
const NUMBERS = { ok: 0, degraded: 1, down: 2 } as const;

/** What is shown. */
export interface StatusFigures {
  readonly current: () => StatusMap;
  readonly journal: { readonly stats: JournalStats };
  readonly eventLoop: { readonly p99Ms: number | null };
}

/** Shows how the server and its parts stand, and every figure of a part that is a number, under its name. */
export function bindStatus(metrics: Metrics, { current, journal, eventLoop }: StatusFigures): void {
  metrics.gauge({
    name: 'cryptopredict_health_score',
    help: 'How the server stands, 0-1; 1: nothing is wrong',
    read: () => current().score,
  });
  metrics.gauge({
    name: 'cryptopredict_health_state',
    help: 'State of each part, and of the whole as part="server": 0 ok, 1 degraded, 2 down',
    labels: ['part'],
    read: () => {
      const { state, parts } = current();
      return [{ name: 'server', state }, ...parts].map((part) => ({
        labels: { part: part.name },
        value: NUMBERS[part.state],
      }));
    },
  });
  metrics.gauge({
    name: 'cryptopredict_health_part_score',
    help: 'Score of each part, 0-1',
    labels: ['part'],
    read: () => current().parts.map(({ name, score }) => ({ labels: { part: name }, value: score })),
  });
  metrics.gauge({
    name: 'cryptopredict_health_figure',
    help: 'Figures of each part by name, with their unit in it; one that is not known is left out',
    labels: ['part', 'figure'],
    read: () =>
      current().parts.flatMap(({ name, figures }) =>
        Object.entries(figures).flatMap(([figure, value]) =>
          value === null || typeof value === 'string'
            ? []
            : [{ labels: { part: name, figure }, value: Number(value) }],
        ),
      ),
  });
  metrics.gauge({
    name: 'cryptopredict_event_loop_delay_p99_seconds',
    help: 'Delay of the event loop in the last 10 s, 99th percentile; NaN: not known yet',
    read: () => (eventLoop.p99Ms ?? Number.NaN) / 1_000,
  });
  metrics.gauge({
    name: 'cryptopredict_health_looked_seconds',
    help: 'When the parts were looked at last, seconds since the epoch',
    read: () => current().time / 1_000,
  });
  metrics.gauge({
    name: 'cryptopredict_health_events_waiting',
    help: 'Events and rows of system-status that wait for the database',
    read: () => journal.stats.waiting,
  });
  metrics.counter({
    name: 'cryptopredict_health_events_lost_total',
    help: 'Events of system-status given up because too many waited',
    read: () => journal.stats.lost,
  });
}
