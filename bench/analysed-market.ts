import type { AnalysisAsset, AnalysisSector } from '../src/engine/analysis/market.js';
import type { HoldingInput, PortfolioInput } from '../src/engine/analysis/portfolios/inputs.js';
import { HISTORY_DEPTH } from '../src/engine/analysis/series-book.js';
import type { StoredSignal } from '../src/engine/analysis/signals/signal-model.js';
import type { WatchlistInput } from '../src/engine/analysis/watchlists/watchlist-input.js';
import type { CandleEvent } from '../src/events.js';
import type { Candle } from '../src/market.js';
import {
  bucketStart,
  bucketsBefore,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  TIMEFRAMES,
  type Timeframe,
} from '../src/timeframe.js';
import { makeRandom } from './populated-engine.js';

/** A moment (ms) at which a day, a week and a month end: Monday, the 1st of July 2024. */
export const ALL_END = Date.UTC(2024, 6, 1);
/** Where made minutes begin, ms: before closes of hours, of four, and of all. */
export const EVE = ALL_END - 6 * HOUR_MS;
const SECTOR_COUNT = 13;
const NAMED = ['BTC', 'ETH', 'SOL'];
/** How far a price goes in a minute, typically: a fraction. */
const MINUTE_DEVIATION = 0.0008;
const LENGTHS: Readonly<Record<Timeframe, number>> = {
  '1m': 1,
  '5m': 5,
  '15m': 15,
  '1h': 60,
  '4h': 240,
  '1d': 1_440,
  '1w': 10_080,
  '1M': 43_200,
};

/** What the analyses know of a made market: `assets` are numbered 0, 1, … */
export interface MadeMarket {
  readonly assets: readonly AnalysisAsset[];
  readonly sectors: readonly AnalysisSector[];
  /** Two default lists, of 30 and 100 assets. */
  readonly lists: readonly WatchlistInput[];
  /** Of ten positions each. */
  readonly portfolios: readonly PortfolioInput[];
}

export function makeMarket(assetCount: number, portfolioCount: number): MadeMarket {
  const assets = Array.from({ length: assetCount }, (_, asset): AnalysisAsset => {
    const base = NAMED[asset] ?? `C${asset}`;
    const sectorId = 1 + (asset % SECTOR_COUNT);
    return {
      asset,
      assetId: asset + 1,
      symbol: `${base}/USDT`,
      base,
      quote: 'USDT',
      sectorId,
      simulated: true,
    };
  });
  const sectors = Array.from({ length: SECTOR_COUNT }, (_, i) => ({
    ...{ id: i + 1, name: `Sector ${i + 1}`, coingeckoId: `sector-${i + 1}` },
  }));
  const lists = [30, 100].map((size, i) => ({
    ...{ id: i + 1, name: `List ${i + 1}`, userId: null, maxAssets: size },
    assets: assets.slice(0, size).map(({ assetId }) => ({ assetId, positionType: 'long' as const })),
  }));
  const portfolios = Array.from({ length: portfolioCount }, (_, i) => ({
    ...{ id: i + 1, userId: i + 1, risk: null },
    holdings: Array.from({ length: 10 }, (_, n) => holding(i * 10 + n, assets)),
  }));
  return { assets, sectors, lists, portfolios };
}

function holding(number: number, assets: readonly AnalysisAsset[]): HoldingInput {
  const held = assets[(number * 7) % assets.length];
  if (held === undefined) throw new RangeError('a market without assets');
  const price = priceOf(held.asset);
  return {
    ...{ id: number + 1, held: { ...held, isStablecoin: false } },
    assetType: number % 10 < 5 ? 'Crypto Asset' : number % 2 === 0 ? 'Long Position' : 'Short Position',
    ...{
      leverageRatio: number % 10 < 5 ? '1' : '3',
      quantity: String(1_000 / price),
      entryPrice: String(price),
    },
    ...{ tradeStatus: 'open', allocationTargetPercent: '10', maxAllocationPercent: '25' },
    ...{ riskCategory: 'moderate', stopLossPrice: null, takeProfitPrice: null },
  };
}

/** Gives where the price of an asset stands at `EVE`. */
export function priceOf(asset: number): number {
  return 60_000 / (1 + asset);
}

/** Gives closed candles of one series that end with `EVE`, as many as the analyses keep, oldest first. */
export function makeHistory(asset: number, timeframe: number): readonly Candle[] {
  const name = TIMEFRAMES[timeframe];
  if (name === undefined) throw new RangeError(`no timeframe ${timeframe}`);
  const random = makeRandom(1 + asset * TIMEFRAMES.length + timeframe);
  const deviation = MINUTE_DEVIATION * Math.sqrt(LENGTHS[name]);
  const start = bucketStart(name, EVE);
  const count = HISTORY_DEPTH[timeframe] ?? 0;
  const candles: Candle[] = [];
  let close = priceOf(asset);
  // Backwards, so that all timeframes end at one price.
  for (let back = 1; back <= count; back++) {
    const open = close * Math.exp(deviation * swing(random));
    const reach = 1 + (deviation * random()) / 2;
    candles.push({
      ...{ time: bucketsBefore(name, start, back), open, close },
      ...{ high: Math.max(open, close) * reach, low: Math.min(open, close) / reach },
      ...{ volume: 10 * LENGTHS[name] * (0.5 + random()), tradeCount: null, vwap: null },
    });
    close = open;
  }
  return candles.reverse();
}

/** Minutes of all assets, one after the other, as an exchange's stream of final candles tells them. */
export class MadeMinutes {
  readonly #random = makeRandom(99);
  readonly #prices: Float64Array;
  #time = EVE;

  constructor(assets: number) {
    this.#prices = Float64Array.from({ length: assets }, (_, asset) => priceOf(asset));
  }

  /** Start of the next minute, ms. */
  get time(): number {
    return this.#time;
  }

  next(): readonly CandleEvent[] {
    const time = this.#time;
    const random = this.#random;
    this.#time += MINUTE_MS;
    return Array.from(this.#prices, (open, asset): CandleEvent => {
      const close = open * Math.exp(MINUTE_DEVIATION * swing(random));
      this.#prices[asset] = close;
      return {
        ...{ type: 'candle', asset, time, open, close, closed: true, source: 'stream' },
        ...{ high: Math.max(open, close) * 1.0001, low: Math.min(open, close) / 1.0001 },
        ...{ volume: Math.round(1_000 * random()) / 100, exchangeTime: this.#time, receivedAt: this.#time },
      };
    });
  }
}

/** A live signal that nothing in a day of made minutes ends. */
export function farSignal(asset: number): StoredSignal {
  const price = priceOf(asset);
  return {
    ...{
      assetId: asset + 1,
      timeframe: '1d',
      candleTime: ALL_END - 3 * DAY_MS,
      signalType: 'long',
      status: 'active',
    },
    ...{ signalOrigin: 'market_opportunity', signalQuality: 'high', confidenceScore: 0.9, entryPrice: price },
    ...{
      targetPrice: price * 3,
      stopLoss: price / 3,
      riskLevel: 'low',
      riskRewardRatio: 3,
      marketContext: {},
    },
    ...{ sectorContext: null, confluenceFactors: [], riskManagement: {}, timeHorizonHours: 480 },
    ...{
      optimalEntryTimeframe: '1h',
      monitoringTimeframe: '4h',
      signalStrength: 'strong',
      confluenceCount: 5,
    },
    ...{ marketCorrelation: null, expiresAt: EVE + 20 * DAY_MS, actualEntryPrice: price },
    ...{ maxFavorableExcursion: price, maxAdverseExcursion: price },
    invalidationCriteria: [{ condition: 'close_below', level: price / 3, timeframe: '1d', severity: 'high' }],
  };
}

/** Gives standard normal numbers, nearly: the sum of twelve uniform ones. */
function swing(random: () => number): number {
  let sum = -6;
  for (let n = 0; n < 12; n++) sum += random();
  return sum;
}
