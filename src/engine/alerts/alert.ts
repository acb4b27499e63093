import type { AlertCondition, AlertType } from '../../alert-terms.js';
import type { Timeframe } from '../../timeframe.js';

/** Timeframe of a `volume_spike` that names none. */
export const DEFAULT_VOLUME_TIMEFRAME: Timeframe = '1h';

/** An alert as it is put in; `AlertBook` says what each type and condition mean. */
export interface AlertInput {
  /** Whole, at least 1; unique in the book. */
  readonly id: number;
  /** Number of the asset, as `Engine.addAsset` gave it. */
  readonly asset: number;
  readonly type: AlertType;
  readonly condition: AlertCondition;
  /**
   * `price_target`: a price, quote per base. `volume_spike`: how many times the mean volume. `signal_generated`: the
   * confidence, 0–1. With `percentage_change`: percent, 5 = 5 %.
   */
  readonly value: number;
  /** False: it fires once and is gone. */
  readonly repeating: boolean;
  /** Ms since the epoch, exclusive: from then on it does not fire. Null: never. */
  readonly expiresAt: number | null;
  /** `volume_spike` only; default 1h. */
  readonly timeframe?: Timeframe | null;
  /**
   * `percentage_change` of a price only: the price it counts from. Null: the last price, or the first one if none is
   * known yet. Left out: the same, but `update` keeps what the alert counts from.
   */
  readonly reference?: number | null;
}

/** An alert as the book holds it. */
export interface Alert extends AlertInput {
  /** Null for all but `volume_spike`. */
  readonly timeframe: Timeframe | null;
  /** The price that a `percentage_change` counts from; null for others, and while no price is known. */
  readonly reference: number | null;
}

/** How an alert came to fire: enough for a message to its user. */
export interface Firing {
  /**
   * What fired it. `trade`: a last price. `candle`: a high, low or close of the exchange's minute. `volume`: volume of
   * a candle. `signal`: a signal's confidence.
   */
  readonly cause: 'trade' | 'candle' | 'volume' | 'signal';
  /** Exchange time, ms; of a finished candle its last ms. */
  readonly time: number;
  /** Price, multiple of the mean volume, or confidence that fired it: at the threshold or beyond. */
  readonly value: number;
  /** The level that was reached, in the same unit; for `percentage_change` what its percent came to. */
  readonly threshold: number;
  /** Where the value came from. Null for a signal. */
  readonly previous: number | null;
  readonly direction: 'up' | 'down' | null;
  /** What a repeating `percentage_change` of a price counts from now; null for all others. */
  readonly nextReference: number | null;
}

/**
 * What the book tells. Called synchronously; the book is consistent, so alerts may be added, changed and removed from
 * within, but no event may be handed in. Must not throw: what the event would have fired after it would be lost.
 */
export interface AlertSink {
  /** `alert` as it was when it fired. A one-shot one is gone from the book already. */
  fired(alert: Alert, firing: Firing): void;
  /** The alert's time was over; it is gone from the book already. */
  expired(alert: Alert): void;
}

/** A minute of the exchange; `CandleEvent` is one. */
export interface AlertCandle {
  /** Start of the minute, ms. */
  readonly time: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly closed: boolean;
  /** What a forming candle's close speaks of, ms; not read of a closed one. */
  readonly exchangeTime: number;
}

/** What was seen of a minute: of its trades, or of the exchange's candle alone. */
export interface SeenCandle extends AlertCandle {
  readonly isTraded: boolean;
}

/** The volume of a candle beside what is usual. A caller may reuse one object. */
export interface VolumeReading {
  readonly timeframeIndex: number;
  /** Start of the candle, ms. */
  readonly candleTime: number;
  /** So far, or in all if `closed`; in lots, so that three times the mean is no rounding less. */
  readonly volume: number;
  /** Mean of the 20 closed candles before this one, in lots; NaN: not known. */
  readonly meanVolume: number;
  /** Exchange time, ms. */
  readonly time: number;
  readonly closed: boolean;
}
