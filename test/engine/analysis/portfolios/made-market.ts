import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { columnOf } from '../../../../src/engine/analysis/columns.js';
import type { Contexts, RegimeState, SectorState } from '../../../../src/engine/analysis/contexts.js';
import { ExternalBook } from '../../../../src/engine/analysis/external-book.js';
import type { Frame } from '../../../../src/engine/analysis/frame.js';
import { type AnalysisAsset, AnalysisMarket } from '../../../../src/engine/analysis/market.js';
import type {
  ActiveSignals,
  HoldingInput,
  PortfolioInput,
} from '../../../../src/engine/analysis/portfolios/inputs.js';
import { SeriesBook } from '../../../../src/engine/analysis/series-book.js';
import { StructureBook } from '../../../../src/engine/analysis/structure/structure-book.js';
import { bucketEnd, bucketStart, type Timeframe, timeframeIndex } from '../../../../src/timeframe.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A Monday. */
export const START = Date.UTC(2024, 0, 1);

/** Hourly closes from `START` on of one market; null: no candle. */
export interface MadeSeries {
  readonly symbol: string;
  readonly closes: readonly (number | null)[];
  readonly sectorId?: number | null;
  readonly simulated?: boolean;
  /** Half of a candle's height beyond its body, as a fraction. Default 0.002. */
  readonly wick?: number;
}

/** A market of hourly candles with all that frames read, filled up to a time. */
export class MadeMarket {
  readonly book = new SeriesBook();
  readonly market = new AnalysisMarket();
  readonly external = new ExternalBook();
  readonly structures = new StructureBook();

  /** @param until ms; candles that end later are not known */
  constructor(series: readonly MadeSeries[], until = Number.POSITIVE_INFINITY) {
    const assets = series.map(({ symbol, sectorId = 1, simulated = false }, asset): AnalysisAsset => {
      const [base = '', quote = ''] = symbol.split('/');
      return { asset, assetId: 100 + asset, symbol, base, quote, sectorId, simulated };
    });
    this.market.setAssets(assets);
    this.market.setSectors([
      { id: 1, name: 'L1', coingeckoId: 'layer-1' },
      { id: 2, name: 'DeFi', coingeckoId: 'defi' },
    ]);
    for (const [asset, one] of series.entries()) {
      this.book.add(asset);
      this.structures.add(asset);
      const hours = candlesOf(one).filter(({ time }) => time + HOUR <= until);
      for (const timeframe of ['1h', '4h', '1d'] as const) {
        for (const candle of rolledUp(hours, timeframe, until)) this.#push(asset, timeframe, candle);
      }
    }
  }

  frame(timeframe: '1h' | '4h' | '1d', time: number): Frame {
    const { market, external, structures, book: series } = this;
    const candleTime = bucketStart(timeframe, time - 1);
    return {
      ...{ market, external, structures, series, time, candleTime },
      timeframe: timeframeIndex(timeframe),
      isForming: false,
    };
  }

  #push(asset: number, timeframe: Timeframe, candle: ClosedCandle): void {
    const index = timeframeIndex(timeframe);
    this.book.push(asset, index, candle);
    const at = (name: string): number => this.book.value(asset, index, columnOf(name));
    this.structures.push(asset, index, {
      ...candle,
      atr: at('atr_14'),
      rsi: at('rsi_14'),
      meanVolume: at('volume_sma_20'),
    });
  }
}

function candlesOf({ closes, wick = 0.002 }: MadeSeries): ClosedCandle[] {
  const candles: ClosedCandle[] = [];
  let former: number | null = null;
  for (const [hour, close] of closes.entries()) {
    if (close === null) continue;
    const open: number = former ?? close;
    former = close;
    candles.push({
      time: START + hour * HOUR,
      open,
      close,
      high: Math.max(open, close) * (1 + wick),
      low: Math.min(open, close) * (1 - wick),
      volume: 10 + (hour % 7),
    });
  }
  return candles;
}

function rolledUp(hours: readonly ClosedCandle[], timeframe: Timeframe, until: number): ClosedCandle[] {
  if (timeframe === '1h') return [...hours];
  const buckets = new Map<number, ClosedCandle[]>();
  for (const candle of hours) {
    const start = bucketStart(timeframe, candle.time);
    buckets.set(start, [...(buckets.get(start) ?? []), candle]);
  }
  const last = (hours.at(-1)?.time ?? 0) + HOUR;
  return [...buckets]
    .filter(([start]) => bucketEnd(timeframe, start) <= Math.min(until, last))
    .map(([time, parts]) => ({
      time,
      open: parts[0]?.open ?? 0,
      high: Math.max(...parts.map(({ high }) => high)),
      low: Math.min(...parts.map(({ low }) => low)),
      close: parts.at(-1)?.close ?? 0,
      volume: parts.reduce((sum, { volume }) => sum + volume, 0),
    }));
}

/** A wandering price, the same for the same seed. */
export function walk(seed: number, hours: number, price: number, size = 0.02): number[] {
  let state = seed;
  let close = price;
  return Array.from({ length: hours }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    close *= Math.exp((state / 2 ** 32 - 0.5) * size);
    return close;
  });
}

/** A holding of the asset of this number, unlevered and bought for 100. */
export function holding(asset: number, different: Partial<HoldingInput> = {}, symbol = ''): HoldingInput {
  const [base = '', quote] = (symbol === '' ? `A${asset}/USDT` : symbol).split('/');
  return {
    id: 1000 + asset,
    held: {
      assetId: 100 + asset,
      symbol: quote === undefined ? base : `${base}/${quote}`,
      base,
      quote: quote ?? null,
      isStablecoin: false,
    },
    assetType: 'Crypto Asset',
    leverageRatio: '1',
    quantity: '1',
    entryPrice: '100',
    tradeStatus: 'open',
    allocationTargetPercent: null,
    maxAllocationPercent: '100',
    riskCategory: 'moderate',
    stopLossPrice: null,
    takeProfitPrice: null,
    ...different,
  };
}

/** 500 units of a dollar by its peg. */
export function cash(different: Partial<HoldingInput> = {}): HoldingInput {
  return {
    ...holding(900, { assetType: 'Stablecoin', quantity: '500', entryPrice: '1' }, 'USDC'),
    held: { assetId: 1, symbol: 'USDC', base: 'USDC', quote: null, isStablecoin: true },
    ...different,
  };
}

export function portfolio(
  holdings: readonly HoldingInput[],
  different: Partial<PortfolioInput> = {},
): PortfolioInput {
  return {
    id: 7,
    userId: 70,
    holdings,
    risk: { maxPositionSize: '1000', maxPortfolioRisk: '0.02' },
    ...different,
  };
}

export const NO_SIGNALS: ActiveSignals = { activeOf: () => [] };
export const NO_CONTEXTS: Contexts = { regimeBefore: () => null, sectorBefore: () => null };

/** A bull market and a strong sector, known since `START`. */
export function contexts(regime: Partial<RegimeState> = {}, sector: Partial<SectorState> = {}): Contexts {
  const time = START;
  return {
    regimeBefore: () => ({
      ...{ timeframe: '1d', time, regime: 'Bull', confidence: 0.8, strength: 0.7, since: time },
      ...{ transitionProbability: 0.05, volatility: 0.4, riskFactor: 1 },
      ...regime,
    }),
    sectorBefore: (sectorId) => ({
      ...{ sectorId, name: sectorId === 1 ? 'L1' : 'DeFi', time, rank: 1, relativeStrength: 0.7 },
      ...{ performance24h: 1, performance7d: 4, outlook: 'Bullish', inflow: 0.6, outflow: 0.2 },
      ...sector,
    }),
  };
}
