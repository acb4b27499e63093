import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { columnOf } from '../../../../src/engine/analysis/columns.js';
import type { Contexts, SectorState } from '../../../../src/engine/analysis/contexts.js';
import { ExternalBook } from '../../../../src/engine/analysis/external-book.js';
import type { Frame } from '../../../../src/engine/analysis/frame.js';
import { type AnalysisAsset, AnalysisMarket } from '../../../../src/engine/analysis/market.js';
import { SeriesBook } from '../../../../src/engine/analysis/series-book.js';
import { StructureBook } from '../../../../src/engine/analysis/structure/structure-book.js';
import { FIXED_TIMEFRAME_MS, HOUR_MS, timeframeIndex } from '../../../../src/timeframe.js';

export const HOUR = timeframeIndex('1h');
export const DAY = timeframeIndex('1d');
/** A midnight, UTC. */
export const BEGIN = Date.UTC(2024, 0, 1);

const ATR = columnOf('atr_14');
const RSI = columnOf('rsi_14');

/** Gives an asset of a symbol; its row is ten times its number and one more. */
export function assetOf(asset: number, symbol: string, sectorId: number | null = null): AnalysisAsset {
  const [base = '', quote = ''] = symbol.split('/');
  return { asset, assetId: asset * 10 + 1, symbol, base, quote, sectorId, simulated: false };
}

/** A market that closed candles are played to. */
export class PlayedMarket {
  readonly book = new SeriesBook();
  readonly structures = new StructureBook();
  readonly market = new AnalysisMarket();
  readonly external = new ExternalBook();

  constructor(assets: readonly AnalysisAsset[]) {
    this.market.setAssets(assets);
    for (const { asset } of assets) {
      this.book.add(asset);
      this.structures.add(asset);
    }
  }

  push(asset: number, timeframe: number, candle: ClosedCandle): void {
    let sum = 0;
    for (let back = 0; back < 20; back++) sum += this.book.volume(asset, timeframe, back);
    this.book.push(asset, timeframe, candle);
    const value = (column: number): number => this.book.value(asset, timeframe, column);
    this.structures.push(asset, timeframe, {
      ...candle,
      atr: value(ATR),
      rsi: value(RSI),
      meanVolume: sum / 20,
    });
  }

  pushAll(asset: number, timeframe: number, candles: readonly ClosedCandle[]): void {
    for (const candle of candles) this.push(asset, timeframe, candle);
  }

  /** Gives the frame of a closed candle that begins at `candleTime`. */
  frame(timeframe: number, candleTime: number): Frame {
    const length = timeframe === DAY ? FIXED_TIMEFRAME_MS['1d'] : HOUR_MS;
    return {
      ...{ timeframe, candleTime, time: candleTime + length, isForming: false },
      ...{ market: this.market, series: this.book, structures: this.structures, external: this.external },
    };
  }
}

/** Contexts of sectors only. */
export function contextsOf(...sectors: readonly SectorState[]): Contexts {
  return {
    regimeBefore: () => null,
    sectorBefore: (sectorId, time) =>
      sectors.find((each) => each.sectorId === sectorId && each.time < time) ?? null,
  };
}

/** Gives a state of a sector at `BEGIN`. */
export function sectorOf(sectorId: number, relativeStrength: number | null, time = BEGIN): SectorState {
  return {
    ...{ sectorId, name: `Sector ${sectorId}`, time, rank: 1, relativeStrength, performance24h: 0 },
    ...{ performance7d: 0, outlook: 'Neutral', inflow: 0, outflow: 0 },
  };
}

/** Gives numbers 0 ≤ x < 1 that a seed tells. */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Gives candles of a walk, `drift` being the mean logarithmic return of a candle. */
export function walk(
  seed: number,
  count: number,
  {
    drift = 0,
    size = 0.02,
    price = 100,
    timeframe = DAY,
  }: Partial<Record<'drift' | 'size' | 'price' | 'timeframe', number>> = {},
): readonly ClosedCandle[] {
  const next = numbersOf(seed);
  const length = timeframe === DAY ? FIXED_TIMEFRAME_MS['1d'] : HOUR_MS;
  let close = price;
  return Array.from({ length: count }, (_, i) => {
    const open = close;
    close = open * Math.exp(drift + size * (next() - 0.5));
    const [high, low] = [
      Math.max(open, close) * (1 + size * next()),
      Math.min(open, close) * (1 - size * next() * 0.5),
    ];
    return { time: BEGIN + i * length, open, high, low, close, volume: 10 + 100 * next() };
  });
}
