import { ALERT_CONDITIONS, ALERT_TYPES } from '../../alert-terms.js';
import { isTimeframe } from '../../timeframe.js';
import type { AlertEvent } from '../alert-records.js';
import { writeAlertEvents } from '../repositories/alert-firings.js';
import { writeInTransactions } from '../retry.js';
import type { Lane } from './lane.js';

const MAX_BATCH_ROWS = 500;
const MAX_MEMORY_ROWS = 100_000;
/** An event and its numbers, measured roughly. */
const ROW_BYTES = 400;

export interface AlertLaneOptions {
  /** Called with events that have been written, and committed, or refused. Must not throw. */
  readonly onSettled: (events: readonly AlertEvent[]) => void;
}

/** What the engine tells of alerts, on its way to `signal_alerts`, `notifications` and the outbox. */
export function alertLane({ onSettled }: AlertLaneOptions): Lane<AlertEvent> {
  return {
    ...{ name: 'alerts', kind: 'lossless', priority: 2, isUrgent: true, maxAgeMs: 0 },
    ...{
      maxBatchRows: MAX_BATCH_ROWS,
      maxMemoryRows: MAX_MEMORY_ROWS,
      maxStuckRows: Number.POSITIVE_INFINITY,
    },
    rowBytes: () => ROW_BYTES,
    async write(pool, batch) {
      const outcome = await writeInTransactions(pool, batch, writeAlertEvents);
      onSettled(batch.rows);
      return outcome;
    },
    revive: reviveAlertEvent,
  };
}

/** @throws TypeError if it is not an event */
function reviveAlertEvent(value: unknown): AlertEvent {
  const event = value as AlertEvent | null;
  if (typeof event !== 'object' || event === null || !isAlertEvent(event)) {
    throw new TypeError(`not an alert's event: ${JSON.stringify(value)}`);
  }
  return event;
}

/** Of a value that claims to be one: every field is looked at. */
function isAlertEvent(event: AlertEvent): boolean {
  if (!Number.isSafeInteger(event.alertId)) return false;
  switch (event.kind) {
    case 'placed':
      return Number.isFinite(event.reference);
    case 'expired':
      return Number.isFinite(event.expiresAt);
    case 'fired':
      return (
        Number.isSafeInteger(event.assetId) &&
        ALERT_TYPES.includes(event.alertType) &&
        ALERT_CONDITIONS.includes(event.condition) &&
        (event.timeframe === null || isTimeframe(event.timeframe)) &&
        typeof event.isRepeating === 'boolean' &&
        ['trade', 'candle', 'volume', 'signal'].includes(event.cause) &&
        [event.triggerValue, event.time, event.value, event.threshold].every(Number.isFinite) &&
        [event.previous, event.nextReference].every((number) => number === null || Number.isFinite(number)) &&
        [null, 'up', 'down'].includes(event.direction)
      );
    default:
      return false;
  }
}
