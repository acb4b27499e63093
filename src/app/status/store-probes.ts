import type { HousekeepingStats } from '../../store/housekeeping.js';
import type { OutboxRelayStats } from '../../store/outbox-relay.js';
import type { WriterStats } from '../../store/writer.js';
import type { HistoryStore } from '../history-store.js';
import { Grown, Rate } from './rate.js';
import { DEGRADED, faultIf, type Probe, reading } from './reading.js';

/** Closed candles that wait longer than this are late for those who ask the database, ms. */
const OLD_MS = 30_000;
/** Events that wait longer than this are late, and far too late, ms. */
const LATE_EVENT_MS = 5_000;
const STUCK_EVENT_MS = 60_000;
/** What was lost or refused is told for so long, ms. */
const HOLD_MS = 600_000;

/** Looks at the one that writes, and at what waits for it. */
export function writerProbe(
  writer: { readonly stats: WriterStats },
  history: Pick<HistoryStore, 'pending' | 'unstored' | 'failures'>,
): Probe {
  const written = new Rate();
  const overflowed = new Grown(HOLD_MS);
  const rejected = new Grown(HOLD_MS);
  return {
    name: 'writer',
    weight: 0.9,
    read(now) {
      const { stats } = writer;
      const { spool, lanes } = stats;
      const all = Object.values(lanes);
      const sum = (read: (lane: (typeof all)[number]) => number): number =>
        all.reduce((total, lane) => total + read(lane), 0);
      const fill = spool === null ? 0 : spool.bytes / spool.maxBytes;
      const lost = sum(({ overflowed: rows, lost: gone }) => rows + gone);
      return reading(
        {
          rows_per_second: written.read(
            sum((lane) => lane.written),
            now,
          ),
          queued_rows: sum((lane) => lane.queuedRows),
          queued_bytes: sum((lane) => lane.queuedBytes),
          oldest_age_ms: Math.round(Math.max(0, ...all.map((lane) => lane.oldestAgeMs))),
          closed_queued: stats.closedQueued,
          history_pending: history.pending + history.unstored,
          history_failures: history.failures,
          spool_bytes: spool?.bytes ?? null,
          spool_failing: spool?.isFailing ?? null,
          retries: stats.retries,
          rejected_rows: stats.rejected,
          set_aside_rows: spool?.refusedRows ?? null,
          lost_rows: lost,
        },
        [
          faultIf(overflowed.read(lost, now), 0, 'rows were lost: neither memory nor disk had room'),
          faultIf(spool?.isFailing ?? false, 0.3, 'the disk takes no rows'),
          faultIf(!stats.isHealthy, DEGRADED, `the database does not take writes: ${stats.lastError}`),
          faultIf(fill > 0.8, 0.3, `the spool is ${Math.round(fill * 100)} % full`),
          faultIf(stats.oldestClosedAgeMs > OLD_MS, DEGRADED, 'closed candles wait to be written'),
          faultIf(rejected.read(stats.rejected, now), 0.6, 'the database refused rows; they are set aside'),
        ],
      );
    },
  };
}

/** Looks at who publishes what is committed. */
export function outboxProbe(relay: { readonly stats: OutboxRelayStats }): Probe {
  return {
    name: 'outbox',
    weight: 0.8,
    read() {
      const { isLeader, pending, lagMs, published, failed, lastError } = relay.stats;
      const age = lagMs ?? 0;
      return reading(
        {
          leader: isLeader,
          pending,
          unpublished_age_ms: lagMs === null ? null : Math.round(lagMs),
          published,
          failed,
        },
        [
          faultIf(age > STUCK_EVENT_MS, 0, `events have waited for ${Math.round(age / 1_000)} s`),
          faultIf(age > LATE_EVENT_MS, DEGRADED, `events have waited for ${Math.round(age / 1_000)} s`),
          faultIf(lastError !== null, 0.6, `it last failed with: ${lastError}`),
        ],
      );
    },
  };
}

/** What the listener to changes counts. */
export interface ChangesStats {
  readonly isConnected: boolean;
  readonly reconnects: number;
  readonly failedReads: number;
  readonly alerts: number;
  readonly refusedAlerts: number;
}

/** Looks at who hears what users and admins change. */
export function changesProbe(changes: { readonly stats: ChangesStats }): Probe {
  return {
    name: 'changes',
    weight: 0.5,
    read() {
      const { isConnected, reconnects, failedReads, alerts, refusedAlerts } = changes.stats;
      return reading(
        {
          listening: isConnected,
          reconnects,
          failed_reads: failedReads,
          alerts,
          refused_alerts: refusedAlerts,
        },
        [faultIf(!isConnected, 0.3, 'changes in the database are not heard')],
      );
    },
  };
}

/** Looks at the tasks that keep the database in order. */
export function tasksProbe(housekeeping: { readonly stats: HousekeepingStats }): Probe {
  return {
    name: 'tasks',
    weight: 0.3,
    read() {
      const { running, completed, failed, lastError } = housekeeping.stats;
      return reading({ running, completed, failed }, [
        faultIf(lastError !== null, DEGRADED, `a task failed: ${lastError}`),
      ]);
    },
  };
}

/** What is known of the checkpoint. */
export interface CheckpointFigures {
  readonly written: number;
  readonly failed: number;
  readonly isLastSound: boolean;
  /** ms since the epoch; NaN: there is none. */
  readonly writtenAt: number;
  readonly bytes: number;
}

/** Looks at the file that a restart goes on from. */
export function checkpointProbe(checkpoints: { readonly stats: CheckpointFigures }): Probe {
  return {
    name: 'checkpoint',
    weight: 0.2,
    read(now) {
      const { written, failed, isLastSound, writtenAt, bytes } = checkpoints.stats;
      const orNull = (value: number): number | null => (Number.isFinite(value) ? Math.round(value) : null);
      return reading(
        { age_seconds: orNull((now - writtenAt) / 1_000), bytes: orNull(bytes), written, failed },
        [faultIf(failed > 0 && !isLastSound, DEGRADED, 'the last checkpoint could not be written')],
      );
    },
  };
}
