import type { Sources } from '../feeds/sources/create-sources.js';
import type { SourceStats } from '../feeds/sources/source.js';
import type { Metrics, Reading } from '../metrics.js';

/** Shows how the external sources stand, each under its name. NaN: never yet. */
export function bindSources(metrics: Metrics, sources: Pick<Sources, 'stats'>): void {
  const labels = ['source'];
  const each = (read: (stats: SourceStats) => number) => (): readonly Reading[] =>
    sources.stats.map((stats) => ({ labels: { source: stats.source }, value: read(stats) }));
  const counter = (name: string, help: string, read: (stats: SourceStats) => number): void =>
    metrics.counter({ name: `cryptopredict_source_${name}`, help, labels, read: each(read) });
  const gauge = (name: string, help: string, read: (stats: SourceStats) => number): void =>
    metrics.gauge({ name: `cryptopredict_source_${name}`, help, labels, read: each(read) });
  gauge('on', '1 if the source is asked at all', ({ isOn }) => Number(isOn));
  gauge('up', '1 if it is on and nothing is wrong with it', ({ isOn, fault }) =>
    Number(isOn && fault === null),
  );
  counter('calls_total', 'Requests to its provider', ({ calls }) => calls);
  counter('failures_total', 'Requests in vain', ({ failures }) => failures);
  gauge('last_success_seconds', 'When it last brought something, seconds since the epoch', (stats) =>
    inSeconds(stats.lastSuccessAt),
  );
  gauge('last_failure_seconds', 'When it last failed, seconds since the epoch', (stats) =>
    inSeconds(stats.lastFaultAt),
  );
  gauge('next_try_seconds', 'When it is asked next, seconds since the epoch', (stats) =>
    inSeconds(stats.nextTryAt),
  );
}

function inSeconds(time: number | null): number {
  return time === null ? Number.NaN : time / 1_000;
}
