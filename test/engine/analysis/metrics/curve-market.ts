import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import type { ExternalName } from '../../../../src/engine/analysis/external-book.js';
import type { Frame } from '../../../../src/engine/analysis/frame.js';
import { MetricsModel } from '../../../../src/engine/analysis/metrics/metrics-model.js';
import { METRIC_FIELDS, type MetricsSnapshot } from '../../../../src/engine/analysis/metrics/snapshot.js';
import { bucketEnd, bucketStart, bucketsBefore, type Timeframe } from '../../../../src/timeframe.js';
import { FIGURES, inOrder, MadeMarket } from './made-frames.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const NOW = Date.UTC(2025, 5, 18, 14);
export const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'SOL/USDT', 'ADA/USDT'];
/** Some more than are kept of each. */
export const DEPTHS: readonly (readonly [Timeframe, number])[] = [
  ['1m', 130],
  ['5m', 310],
  ['15m', 310],
  ['1h', 810],
  ['4h', 250],
  ['1d', 260],
  ['1w', 210],
  ['1M', 40],
];

const USUAL = [63_000, 2_400, 150, 0.6];

/** What any asset costs at any time: one curve for all timeframes, so that they agree with each other. */
export function priceAt(asset: number, time: number): number {
  const hours = time / HOUR;
  const wave =
    Math.sin(hours / 9 + asset) + 3 * Math.sin(hours / 170 + asset) + 0.2 * Math.sin(hours * 7 + asset);
  return (USUAL[asset] ?? 1) * Math.exp(0.02 * wave);
}

export function candleOf(asset: number, timeframe: Timeframe, start: number, end: number): ClosedCandle {
  const steps = Array.from({ length: 9 }, (_, i) => priceAt(asset, start + ((end - start) * i) / 8));
  const volume = 5 + 2 * Math.sin(start / HOUR / 5) + asset + timeframe.length;
  return {
    time: start,
    open: steps[0] ?? 1,
    high: Math.max(...steps),
    low: Math.min(...steps),
    close: steps.at(-1) ?? 1,
    volume,
  };
}

type IsKnown = (timeframe: Timeframe, end: number, asset: number) => boolean;

/** A market whose candles have all closed by `until`, but for those that are not known. */
export function fed(until: number, isKnown: IsKnown = () => true): MadeMarket {
  const market = new MadeMarket(SYMBOLS);
  const series = SYMBOLS.flatMap((_, asset) =>
    DEPTHS.map(([timeframe, depth]) => {
      const next = bucketStart(timeframe, until);
      const candles = Array.from({ length: depth }, (_, i) => {
        const start = bucketsBefore(timeframe, next, depth - i);
        return candleOf(asset, timeframe, start, bucketEnd(timeframe, start));
      });
      return { asset, timeframe, candles };
    }),
  );
  for (const { asset, timeframe, candle } of inOrder(series)) {
    const isThere = isKnown(timeframe, bucketEnd(timeframe, candle.time), asset);
    if (isThere) market.push(asset, timeframe, candle);
  }
  return market;
}

export function bring(market: MadeMarket, asOf: number, factor = 1): void {
  for (const [name, value] of Object.entries(FIGURES)) {
    const isShare = name.endsWith('dominance') || name === 'total_market_cap';
    market.read(name as ExternalName, isShare ? value : value * factor, asOf, asOf + 2_000);
  }
}

/** A market with all that sources can bring, and a model that has seen a day of it. */
export function whole(
  until: number,
  isKnown?: IsKnown,
): { market: MadeMarket; model: MetricsModel; frame: Frame } {
  const market = fed(until, isKnown);
  const model = new MetricsModel();
  const closes = Array.from({ length: 80 }, (_, i) => {
    const day = bucketStart('1d', until) - (80 - i) * DAY;
    return { day, close: 5_800 * Math.exp(0.01 * Math.sin(i)) };
  });
  market.external.setSeries('sp500', closes);
  for (const name of ['open_interest_btc', 'funding_rate_btc', 'fear_greed_index'] as const) {
    model.remember({ name, value: FIGURES[name] / 1.25, asOf: until - DAY - 5 * MINUTE });
  }
  for (let back = 40; back >= 1; back--) {
    model.rememberTotal2(1e12 * (1 + 0.01 * Math.cos(back)), bucketStart('1d', until) - back * DAY);
  }
  bring(market, until - 5 * MINUTE);
  market.external.apply({ type: 'watching', since: until - DAY, reason: null });
  for (const [side, time] of [
    ['long', until - 3 * HOUR],
    ['short', until - 2 * HOUR],
  ] as const) {
    model.liquidation({ base: 'BTC', side, price: 63_000, amount: 1.5, time });
    model.liquidation({ base: 'ETH', side, price: 2_400, amount: 10, time });
  }
  return { market, model, frame: market.frame('1h', until - HOUR) };
}

export function there(snapshot: MetricsSnapshot | null): MetricsSnapshot {
  if (snapshot === null) throw new Error('there is no snapshot');
  return snapshot;
}

/** All nulls by the names of `METRIC_FIELDS`. */
export function nullsOf(snapshot: MetricsSnapshot): readonly string[] {
  const row = snapshot as unknown as Readonly<Record<string, unknown>>;
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return METRIC_FIELDS.filter((field) => {
    const [column = '', category = '', name = ''] = field.split('.');
    if (name === '') return row[camel(column)] === null;
    const extended = snapshot.extendedMetrics as unknown as Readonly<
      Record<string, Readonly<Record<string, unknown>>>
    >;
    return extended[category]?.[name] === null;
  });
}
