import { columnOf } from '../../../../src/engine/analysis/columns.js';
import { ExternalBook } from '../../../../src/engine/analysis/external-book.js';
import type { Frame } from '../../../../src/engine/analysis/frame.js';
import { AnalysisMarket } from '../../../../src/engine/analysis/market.js';
import type { RegimeAnalysis, RegimeMetrics } from '../../../../src/engine/analysis/regime/analysis.js';
import { RegimeModel } from '../../../../src/engine/analysis/regime/regime-model.js';
import { SeriesBook } from '../../../../src/engine/analysis/series-book.js';
import type { SeriesReader } from '../../../../src/engine/analysis/series-reader.js';
import { StructureBook } from '../../../../src/engine/analysis/structure/structure-book.js';
import { bucketEnd, TIMEFRAMES, type Timeframe, timeframeIndex } from '../../../../src/timeframe.js';
import { readCandleNumbers, sharedData } from '../../../support/recorded.js';

export interface Candle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const ATR = columnOf('atr_14');
const RSI = columnOf('rsi_14');

/** Plays closed candles of the reference market into a regime model, as the orchestrator does. */
export class RegimePlayer {
  readonly book = new SeriesBook();
  readonly structures = new StructureBook();
  readonly external = new ExternalBook();
  readonly market = new AnalysisMarket();
  readonly model = new RegimeModel();
  readonly #volumes: number[][] = TIMEFRAMES.map(() => []);

  constructor() {
    this.book.add(0);
    this.structures.add(0);
    this.market.setAssets([
      {
        asset: 0,
        assetId: 7,
        symbol: 'BTC/USDT',
        base: 'BTC',
        quote: 'USDT',
        sectorId: null,
        simulated: false,
      },
    ]);
  }

  push(timeframe: Timeframe, candle: Candle): void {
    const index = timeframeIndex(timeframe);
    const volumes = this.#volumes[index] as number[];
    const meanVolume =
      volumes.length < 20 ? Number.NaN : volumes.slice(-20).reduce((sum, each) => sum + each, 0) / 20;
    volumes.push(candle.volume);
    this.book.push(0, index, candle);
    const [atr, rsi] = [this.book.value(0, index, ATR), this.book.value(0, index, RSI)];
    this.structures.push(0, index, { ...candle, atr, rsi, meanVolume });
  }

  frame(timeframe: Timeframe, candleTime: number, series: SeriesReader = this.book): Frame {
    return {
      timeframe: timeframeIndex(timeframe),
      time: bucketEnd(timeframe, candleTime),
      candleTime,
      isForming: series.isForming,
      market: this.market,
      series,
      structures: this.structures,
      external: this.external,
    };
  }

  close(timeframe: Timeframe, candle: Candle, metrics: RegimeMetrics | null = null): RegimeAnalysis | null {
    this.push(timeframe, candle);
    return this.model.closed(this.frame(timeframe, candle.time), metrics);
  }

  follow(timeframe: Timeframe, candle: Candle): null {
    this.push(timeframe, candle);
    this.model.follow(this.frame(timeframe, candle.time));
    return null;
  }
}

/** Reads recorded candles of a coin; empty: there is no record. */
export function recorded(base: string, timeframe: Timeframe): readonly Candle[] {
  const path = sharedData(`candles/${base}-USDT_${timeframe}.csv.gz`);
  if (path === null) return [];
  return readCandleNumbers(path);
}

export interface Named {
  /** Start of the candle, ms. */
  readonly time: number;
  readonly close: number;
  readonly regime: string;
}

/** Plays all candles and gives the regime at each close. */
export function regimesOf(timeframe: Timeframe, candles: readonly Candle[]): readonly Named[] {
  const player = new RegimePlayer();
  const index = timeframeIndex(timeframe);
  const named: Named[] = [];
  for (const candle of candles) {
    player.follow(timeframe, candle);
    const state = player.model.newest(index);
    if (state !== null) named.push({ time: candle.time, close: candle.close, regime: state.regime });
  }
  return named;
}

/** Random but repeatable candles; `wild` ones jump by factors. */
export function randomCandles(count: number, seed: number, options: { wild?: boolean; drift?: number } = {}) {
  let state = seed * 2 + 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const candles: Candle[] = [];
  let close = 100;
  for (let i = 0; i < count; i++) {
    const open = close;
    const step = (random() + random() + random() - 1.5) * 0.05 + (options.drift ?? 0);
    close = open * Math.exp(options.wild && random() < 0.05 ? step * 60 : step);
    if (options.wild && random() < 0.1) close = open;
    const high = Math.max(open, close) * (1 + random() * 0.02);
    const low = Math.min(open, close) * (1 - random() * 0.02);
    const volume = options.wild && random() < 0.1 ? 0 : 100 + 900 * random();
    candles.push({ time: Date.UTC(2020, 0, 1) + i * 86_400_000, open, high, low, close, volume });
  }
  return candles;
}
