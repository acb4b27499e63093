import type { FrameResult } from '../../src/engine/analysis/look.js';
import type { HoldingInput, PortfolioInput } from '../../src/engine/analysis/portfolios/inputs.js';
import type { WatchlistInput } from '../../src/engine/analysis/watchlists/watchlist-input.js';
import { bucketEnd, bucketStart, DAY_MS, HOUR_MS, MINUTE_MS, type Timeframe } from '../../src/timeframe.js';
import { AnalysisAccount } from './analysis-account.js';
import { AnalysisRun, inOrderOfClose, type PlayedClose, recordedCloses } from './analysis-run.js';
import { MadeSources } from './made-sources.js';
import { PERPETUALS, rolled } from './rolled.js';

/** Recorded candles that the analyses are to be played with. */
export interface Scene {
  readonly name: string;
  readonly bases: readonly string[];
  /** Known before prices flow. */
  readonly history: readonly PlayedClose[];
  readonly closes: readonly PlayedClose[];
  /** Whose candles tell the prices. */
  readonly prices: Timeframe;
  /** How often sources bring figures, ms. */
  readonly every: number;
}

const SPOT = ['BTC', 'ETH', 'BNB', 'SOL'] as const;
/** Many signals, so that there is something to look at. */
const EASY = { minConfidence: 0.6, minRiskReward: 1 };
/** End of the newest whole day in the record of the spot markets, ms. */
const NEWEST = Date.UTC(2025, 8, 19);
/** Of the spot markets all days, and some before the first: then there is no history. */
export const ALL_DAYS = 2_000;

/** How much of shorter candles a start reads, ms; of days and longer ones all. */
const REACH: Partial<Record<Timeframe, number>> = { '1h': 60 * DAY_MS, '4h': 200 * DAY_MS };
const SCENE_TIMEFRAMES = {
  days: ['1d', '1w', '1M'],
  fours: ['4h', '1d', '1w', '1M'],
  hours: ['1h', '4h', '1d', '1w', '1M'],
} as const satisfies Readonly<Record<string, readonly Timeframe[]>>;

/**
 * Gives recorded spot markets: days, four hours or hours and what is longer, over the newest `live` days, with what came
 * before as history. Null: no record is there.
 */
export function spot(name: keyof typeof SCENE_TIMEFRAMES, live: number): Scene | null {
  const timeframes = SCENE_TIMEFRAMES[name];
  const [prices] = timeframes;
  const all = recordedCloses(SPOT, timeframes, { to: NEWEST });
  if (all === null) return null;
  const from = NEWEST - live * DAY_MS;
  const isPast = (close: PlayedClose, by: number): boolean =>
    bucketEnd(close.timeframe, close.candle.time) <= by;
  const history = all.filter((close) => {
    const reach = REACH[close.timeframe] ?? Number.POSITIVE_INFINITY;
    return isPast(close, from) && !isPast(close, from - reach);
  });
  const closes = all.filter((close) => !isPast(close, from));
  const every = { '1d': DAY_MS, '4h': 4 * HOUR_MS, '1h': HOUR_MS }[prices];
  return { name, bases: SPOT, history, closes, prices, every };
}

/** Minutes of twelve perpetuals and what they roll up to: the newest `live` days after `before` days of history. */
export function minutes(live = 1, before = 27): Scene | null {
  const until = Date.UTC(2025, 5, 3);
  const from = until - live * DAY_MS;
  const all = recordedCloses(PERPETUALS, ['1m'], {
    ...{ suffix: '-PERP', from: from - before * DAY_MS, to: until },
  });
  if (all === null) return null;
  const history: PlayedClose[] = [];
  const closes: PlayedClose[] = [];
  for (const asset of PERPETUALS.keys()) {
    const candles = all.filter((close) => close.asset === asset).map(({ candle }) => candle);
    for (const timeframe of ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] as const) {
      for (const candle of timeframe === '1m' ? candles : rolled(candles, timeframe)) {
        const end = bucketEnd(timeframe, candle.time);
        if (end > from) closes.push({ asset, timeframe, candle });
        else if (timeframe !== '1m' || end > from - DAY_MS - 12 * HOUR_MS)
          history.push({ asset, timeframe, candle });
      }
    }
  }
  return {
    ...{ name: 'minutes', bases: PERPETUALS, prices: '1m', every: 30 * MINUTE_MS },
    ...{ history: inOrderOfClose(history), closes: inOrderOfClose(closes) },
  };
}

/** Plays a scene and keeps account of every row; with made-up figures of all sources, or with none. */
export function playScene(scene: Scene, hasSources: boolean): AnalysisAccount {
  const { bases, history, closes, prices, every } = scene;
  const account = new AnalysisAccount();
  const run = new AnalysisRun(bases, EASY, false);
  const { analysis } = run;
  run.onLooked = (result: FrameResult) => account.looked(result);
  analysis.watchlists.set(listsOf(bases));
  const newest = new Map<string, number>();
  const sources = new MadeSources(analysis, (base) => newest.get(base) ?? Number.NaN, every);
  let month = Number.NaN;
  const note = ({ asset, candle }: PlayedClose): unknown => newest.set(bases[asset] ?? '', candle.close);
  run.begin(history);
  history.forEach(note);
  for (const close of closes) {
    const end = bucketEnd(close.timeframe, close.candle.time);
    if (hasSources && newest.has('BTC')) sources.tell(end);
    note(close);
    if (bucketStart('1M', end) !== month) {
      month = bucketStart('1M', end);
      const inputs = portfoliosOf(bases, (base) => newest.get(base) ?? null, end);
      analysis.portfolios.set(inputs, analysis.market);
    }
    run.play([close], prices);
  }
  for (const heard of run.signals) if (heard.type !== 'looked') account.heard(heard);
  return account;
}

/** Two tiers as they are when a database is new, and a list of a user with both directions. */
function listsOf(bases: readonly string[]): readonly WatchlistInput[] {
  const list = (id: number, name: string, from: number, to: number): WatchlistInput => ({
    ...{ id, name, userId: null, maxAssets: 10 },
    assets: bases.slice(from, to).map((_, place) => ({ assetId: 100 + from + place, positionType: 'long' })),
  });
  const middle = Math.ceil(bases.length / 3);
  const both = bases.map((_, place) => ({
    assetId: 100 + place,
    positionType: place % 2 === 0 ? ('long' as const) : ('short' as const),
  }));
  return [
    list(1, 'Tier 1', 0, middle),
    list(2, 'Tier 2', middle, 2 * middle),
    { id: 3, name: 'both ways', userId: 70, maxAssets: 100, assets: both },
  ];
}

/** A portfolio of which all is told, and one of which nothing is that need not be. */
function portfoliosOf(
  bases: readonly string[],
  price: (base: string) => number | null,
  time: number,
): readonly PortfolioInput[] {
  const holding = (id: number, base: string, different: Partial<HoldingInput>): HoldingInput => ({
    id,
    held: {
      ...{ assetId: 100 + bases.indexOf(base), symbol: `${base}/USDT`, base, quote: 'USDT' },
      isStablecoin: false,
    },
    assetType: 'Crypto Asset',
    leverageRatio: '1',
    quantity: quantityFor(5_000, price(base)),
    entryPrice: price(base)?.toString() ?? null,
    tradeStatus: 'open',
    allocationTargetPercent: null,
    maxAllocationPercent: '60',
    riskCategory: 'moderate',
    stopLossPrice: null,
    takeProfitPrice: null,
    openedAt: time,
    regimeAtEntry: 'Bull',
    ...different,
  });
  const dollars = {
    ...holding(19, 'BTC', { assetType: 'Stablecoin', quantity: '4000', entryPrice: '1' }),
    held: { assetId: 1, symbol: 'USDC', base: 'USDC', quote: null, isStablecoin: true },
  };
  const [long, short] = [price('ETH'), price('SOL')];
  const levels = (entry: number | null, stop: number, target: number): Partial<HoldingInput> =>
    entry === null ? {} : { stopLossPrice: String(entry * stop), takeProfitPrice: String(entry * target) };
  return [
    {
      ...{
        id: 1,
        userId: 70,
        feesPaidUsd: 12.5,
        risk: { maxPositionSize: '20000', maxPortfolioRisk: '0.02' },
      },
      holdings: [
        holding(10, 'BTC', { allocationTargetPercent: '40', riskCategory: 'conservative' }),
        holding(11, 'ETH', { assetType: 'Long Position', leverageRatio: '3', ...levels(long, 0.9, 1.3) }),
        holding(12, 'SOL', { assetType: 'Short Position', leverageRatio: '2', ...levels(short, 1.2, 0.7) }),
        dollars,
      ],
    },
    {
      ...{ id: 2, userId: 71, risk: null },
      holdings: [
        holding(20, 'BNB', { entryPrice: null, openedAt: null, regimeAtEntry: null }),
        holding(21, 'BTC', { openedAt: null, regimeAtEntry: null }),
      ],
    },
  ];
}

function quantityFor(dollars: number, price: number | null): string {
  return price === null ? '1' : String(Number((dollars / price).toPrecision(6)));
}
