import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { ExternalBook } from '../../../../src/engine/analysis/external-book.js';
import type { Frame } from '../../../../src/engine/analysis/frame.js';
import {
  type AnalysisAsset,
  AnalysisMarket,
  type AnalysisSector,
} from '../../../../src/engine/analysis/market.js';
import { SeriesBook } from '../../../../src/engine/analysis/series-book.js';
import {
  bucketEnd,
  bucketStart,
  TIMEFRAMES,
  type Timeframe,
  timeframeIndex,
} from '../../../../src/timeframe.js';

/** Candles of one base timeframe, by the asset's number. */
export type Record1 = ReadonlyMap<number, readonly ClosedCandle[]>;

export function assetOf(asset: number, base: string, sectorId: number | null, quote = 'USDT'): AnalysisAsset {
  return {
    asset,
    assetId: 100 + asset,
    symbol: `${base}/${quote}`,
    base,
    quote,
    sectorId,
    simulated: false,
  };
}

export function sectorOf(id: number, name: string): AnalysisSector {
  return { id, name, coingeckoId: name.toLowerCase() };
}

/** Plays candles of several assets into series of all longer timeframes, and says which frames closed, in order. */
export class MarketPlayer {
  readonly book = new SeriesBook();
  readonly market = new AnalysisMarket();
  readonly external = new ExternalBook();
  readonly #base: number;
  readonly #forming = new Map<string, ClosedCandle>();
  readonly #reversed: boolean;

  constructor(
    base: Timeframe,
    assets: readonly AnalysisAsset[],
    sectors: readonly AnalysisSector[],
    reversed = false,
  ) {
    this.#base = timeframeIndex(base);
    this.#reversed = reversed;
    for (const { asset } of assets) this.book.add(asset);
    this.market.setAssets(assets);
    this.market.setSectors(sectors);
  }

  /** Plays all that ends by `until`; calls `closed` for each frame, the shortest first. */
  play(record: Record1, until: number, closed: (frame: Frame) => void): void {
    const length = bucketEnd(TIMEFRAMES[this.#base] as Timeframe, 0);
    const rows = [...record].flatMap(([asset, candles]) => candles.map((candle) => ({ asset, candle })));
    const byTime = new Map<number, typeof rows>();
    for (const row of rows) {
      const due = byTime.get(row.candle.time + length);
      if (due === undefined) byTime.set(row.candle.time + length, [row]);
      else due.push(row);
    }
    for (const time of [...byTime.keys()].toSorted((a, b) => a - b)) {
      if (time > until) return;
      const due = (byTime.get(time) ?? []).toSorted((a, b) => a.asset - b.asset);
      const order = this.#reversed ? due.toReversed() : due;
      const last = order.at(-1);
      for (const { asset, candle } of order.slice(0, -1)) {
        for (const timeframe of TIMEFRAMES.keys()) this.#take(asset, candle, time, timeframe);
      }
      // As on the wire: a frame is complete when the last asset has closed it, and its longer candles close after that.
      for (const [timeframe, name] of TIMEFRAMES.entries()) {
        if (last !== undefined) this.#take(last.asset, last.candle, time, timeframe);
        const candleTime = bucketStart(name, time - 1);
        if (timeframe < this.#base || bucketEnd(name, candleTime) !== time) continue;
        closed(this.frame(timeframe, time));
      }
    }
  }

  frame(timeframe: number, time: number): Frame {
    const { market, external } = this;
    const candleTime = bucketStart(TIMEFRAMES[timeframe] as Timeframe, time - 1);
    const structures = { of: () => null };
    return { timeframe, time, candleTime, isForming: false, market, series: this.book, structures, external };
  }

  #take(asset: number, candle: ClosedCandle, time: number, timeframe: number): void {
    if (timeframe < this.#base) return;
    const name = TIMEFRAMES[timeframe] as Timeframe;
    const start = bucketStart(name, candle.time);
    const key = `${asset} ${timeframe}`;
    const known = this.#forming.get(key);
    const merged =
      known?.time === start
        ? {
            time: start,
            open: known.open,
            high: Math.max(known.high, candle.high),
            low: Math.min(known.low, candle.low),
            close: candle.close,
            volume: known.volume + candle.volume,
          }
        : { ...candle, time: start };
    this.#forming.set(key, merged);
    if (bucketEnd(name, start) === time) this.book.push(asset, timeframe, merged);
  }
}

/** A seeded walk; the same for the same seed. */
export function walk(
  seed: number,
  start: number,
  length: number,
  count: number,
  price = 100,
): ClosedCandle[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let close = price;
  return Array.from({ length: count }, (_, i) => {
    const open = close;
    close = open * Math.exp((random() - 0.5) / 20);
    const volume = random() * 1000;
    const high = Math.max(open, close) * (1 + random() / 200);
    const low = Math.min(open, close) * (1 - random() / 200);
    return { time: start + i * length, open, high, low, close, volume };
  });
}
