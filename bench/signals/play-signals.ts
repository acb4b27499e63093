import { columnOf } from '../../src/engine/analysis/columns.js';
import { outcomeOf, type SignalOutcome } from '../../src/engine/analysis/signals/performance.js';
import type { SignalDraft } from '../../src/engine/analysis/signals/signal.js';
import type { SignalOptions } from '../../src/engine/analysis/signals/signal-options.js';
import { TIMEFRAME_COUNT } from '../../src/timeframe.js';
import { SignalMarket } from '../../test/support/signal-market.js';
import { PriceTrack } from './price-track.js';
import type { Recording } from './recorded-series.js';
import { RegimeContexts } from './regime-contexts.js';

const ATR = columnOf('atr_14');

/** A signal that was given, with what became of it. */
export interface PlayedSignal {
  readonly asset: number;
  readonly draft: SignalDraft;
  /** ATR of its series when it was given. */
  readonly atr: number;
  /** Null: it was not entered, or lives on beyond the record. */
  readonly outcome: SignalOutcome | null;
}

/** Where a series could be entered. */
export interface EntryPoint {
  /** End of the candle, ms. */
  readonly time: number;
  readonly close: number;
  readonly atr: number;
}

/** What came of playing a recording. */
export interface PlayedRecording {
  readonly recording: Recording;
  readonly signals: readonly PlayedSignal[];
  /** Closed candles with an ATR, by `asset * TIMEFRAME_COUNT + timeframe`. */
  readonly points: readonly (readonly EntryPoint[])[];
  /** By asset, of its finest candles. */
  readonly tracks: readonly PriceTrack[];
}

/** Candles of a series before which indicators of the analyses are not all there: nothing is entered. */
const WARM_UP = 200;

/** Plays a recording until `until`, ms, as a server would have seen it. */
export function playSignals(
  recording: Recording,
  options: Partial<SignalOptions>,
  until = Number.POSITIVE_INFINITY,
): PlayedRecording {
  const market = new SignalMarket(recording.bases, recording.finest, options);
  const contexts = new RegimeContexts(market);
  market.contexts = contexts;
  const points: EntryPoint[][] = [];
  const tracks = recording.bases.map(() => new PriceTrack());
  const atrs = new Map<SignalDraft, number>();
  market.onClosed = ({ asset, timeframe, candle }, time) => {
    contexts.closed(asset, timeframe, candle.time, time);
    if (market.isFinest(asset, timeframe)) tracks[asset]?.push(candle);
    const atr = market.series.value(asset, timeframe, ATR);
    const series = asset * TIMEFRAME_COUNT + timeframe;
    if (market.series.count(asset, timeframe) > WARM_UP || timeframe > 4) {
      const list = points[series] ?? [];
      points[series] = list;
      if (atr > 0) list.push({ time, close: candle.close, atr });
    }
    for (let n = market.sink.events.length - 1; n >= 0; n--) {
      const event = market.sink.events[n];
      if (event?.type !== 'opened' || atrs.has(event.signal)) break;
      atrs.set(event.signal, atr);
    }
  };
  for (const played of recording.candles) {
    if (played.candle.time >= until) break;
    market.play(played);
  }
  const outcomes = new Map<SignalDraft, SignalOutcome | null>();
  for (const event of market.sink.events) {
    if (event.type === 'changed') outcomes.set(event.signal, outcomeOf(event.signal, event.change));
  }
  const signals = market.sink.events.flatMap((event) =>
    event.type !== 'opened'
      ? []
      : [
          {
            asset: event.asset,
            draft: event.signal,
            atr: atrs.get(event.signal) ?? Number.NaN,
            outcome: outcomes.get(event.signal) ?? null,
          },
        ],
  );
  return { recording, signals, points, tracks };
}
