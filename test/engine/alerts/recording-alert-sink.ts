import type { Alert, AlertSink, Firing } from '../../../src/engine/alerts/alert-book.js';

/** Keeps what an alert book tells, in order; a test may act from within. */
export class RecordingAlertSink implements AlertSink {
  readonly fireds: { readonly alert: Alert; readonly firing: Firing }[] = [];
  readonly expireds: Alert[] = [];
  /** One line for each call, in order. */
  readonly calls: string[] = [];
  /** Called after a call was recorded. */
  act: ((alert: Alert) => void) | null = null;

  fired(alert: Alert, firing: Firing): void {
    this.fireds.push({ alert, firing });
    this.calls.push(
      `${alert.id} ${firing.cause} ${firing.direction} ${firing.threshold} by ${firing.previous}→${firing.value} at ${firing.time}, next ${firing.nextReference}`,
    );
    this.act?.(alert);
  }

  expired(alert: Alert): void {
    this.expireds.push(alert);
    this.calls.push(`${alert.id} expired`);
    this.act?.(alert);
  }

  /** Gives the ids that fired since the last time this was asked. */
  takeFired(): readonly number[] {
    return this.fireds.splice(0).map(({ alert }) => alert.id);
  }

  /** Gives the calls since the last time this was asked. */
  takeCalls(): readonly string[] {
    return this.calls.splice(0);
  }
}
