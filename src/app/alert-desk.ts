import type { Alert, AlertSink, Firing } from '../engine/alerts/alert.js';
import type { AlertEvent } from '../store/alert-records.js';
import { FiringPace } from './firing-pace.js';

export interface AlertDeskOptions {
  /** Gives the database's id of an asset by the engine's number. */
  readonly assetIdOf: (asset: number) => number;
  /** Takes an event to be written, at once and for good: the writer's lane of alerts. */
  readonly write: (event: AlertEvent) => void;
}

/**
 * Takes what the engine tells of alerts and hands it to the writer, in one piece with the tick. Remembers which alerts
 * have something on its way to the database: until it has arrived, what stands there is old.
 */
export class AlertDesk implements AlertSink {
  readonly #options: AlertDeskOptions;
  /** How many events of an alert are on their way. */
  readonly #pending = new Map<number, number>();
  readonly #pace = new FiringPace();
  #onSettled: (ids: readonly number[]) => void = () => undefined;

  constructor(options: AlertDeskOptions) {
    this.#options = options;
  }

  /** Alerts of which something is on its way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Firings of repeating alerts that came too thick to be told. */
  get heldBack(): number {
    return this.#pace.heldBack;
  }

  isPending(id: number): boolean {
    return this.#pending.has(id);
  }

  /** Has `listener` called with alerts of which nothing is on its way any more: it is time to read them. */
  onSettled(listener: (ids: readonly number[]) => void): void {
    this.#onSettled = listener;
  }

  fired(alert: Alert, firing: Firing): void {
    const { id: alertId, asset, type: alertType, condition, value, repeating, timeframe } = alert;
    if (repeating && !this.#pace.allows(alertId, firing.time)) return;
    this.#hand({
      ...{ kind: 'fired', alertId, alertType, condition, timeframe },
      ...{ assetId: this.#options.assetIdOf(asset), triggerValue: value, isRepeating: repeating },
      ...{ cause: firing.cause, time: firing.time, value: firing.value, threshold: firing.threshold },
      ...{ previous: firing.previous, direction: firing.direction, nextReference: firing.nextReference },
    });
  }

  expired({ id: alertId, expiresAt }: Alert): void {
    if (expiresAt !== null) this.#hand({ kind: 'expired', alertId, expiresAt });
  }

  /** Takes in what price an alert counts from. */
  placed(alertId: number, reference: number): void {
    this.#hand({ kind: 'placed', alertId, reference });
  }

  /** Takes in that events have been written, or refused: what the database says of these alerts holds again. */
  settled(events: readonly AlertEvent[]): void {
    const ids = new Set<number>();
    for (const { alertId } of events) {
      const left = (this.#pending.get(alertId) ?? 1) - 1;
      if (left > 0) {
        this.#pending.set(alertId, left);
        continue;
      }
      this.#pending.delete(alertId);
      ids.add(alertId);
    }
    this.#onSettled([...ids]);
  }

  #hand(event: AlertEvent): void {
    this.#pending.set(event.alertId, (this.#pending.get(event.alertId) ?? 0) + 1);
    this.#options.write(event);
  }
}
