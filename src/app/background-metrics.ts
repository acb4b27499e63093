import type { Metrics } from '../metrics.js';
import type { Housekeeping } from '../store/housekeeping.js';
import type { OutboxRelay } from '../store/outbox-relay.js';
import type { LiveChanges } from './live-changes.js';

/** What works beside the way of a tick. */
export interface BackgroundParts {
  readonly relay: Pick<OutboxRelay, 'stats'>;
  readonly changes: Pick<LiveChanges, 'stats'>;
  readonly housekeeping: Pick<Housekeeping, 'stats'>;
}

/** Shows the relay of the outbox, the listener to changes and the housekeeping. NaN: another process does it. */
export function bindBackground(metrics: Metrics, { relay, changes, housekeeping }: BackgroundParts): void {
  const counter = (name: string, help: string, read: () => number): void =>
    metrics.counter({ name: `cryptopredict_${name}`, help, read });
  const gauge = (name: string, help: string, read: () => number): void =>
    metrics.gauge({ name: `cryptopredict_${name}`, help, read });
  gauge('outbox_leader', '1 if this process publishes the events of the outbox', () =>
    Number(relay.stats.isLeader),
  );
  gauge(
    'outbox_pending',
    'Committed events that are not published yet',
    () => relay.stats.pending ?? Number.NaN,
  );
  gauge('outbox_lag_milliseconds', 'Age of the oldest of them', () => relay.stats.lagMs ?? Number.NaN);
  counter('outbox_published_total', 'Events published', () => relay.stats.published);
  counter('outbox_failed_total', 'Publications that failed and were tried again', () => relay.stats.failed);
  gauge('changes_listening', '1 while changes in the database are heard', () =>
    Number(changes.stats.isConnected),
  );
  counter('changes_reconnects_total', 'Times the listener was made anew', () => changes.stats.reconnects);
  counter(
    'changes_failed_reads_total',
    'Readings of changed rows that failed',
    () => changes.stats.failedReads,
  );
  gauge('alerts', 'Alerts that are watched', () => changes.stats.alerts);
  gauge('alerts_refused', 'Stored alerts that cannot be watched', () => changes.stats.refusedAlerts);
  counter(
    'alert_firings_held_back_total',
    'Firings of repeating alerts that came too thick to be told',
    () => changes.stats.heldBackFirings,
  );
  counter('tasks_completed_total', 'Background tasks done', () => housekeeping.stats.completed);
  counter('tasks_failed_total', 'Background tasks that failed', () => housekeeping.stats.failed);
  gauge('tasks_healthy', '1 while no background task fails', () =>
    Number(housekeeping.stats.lastError === null),
  );
}
