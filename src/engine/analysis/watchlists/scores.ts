import { isDollar } from '../../../dollars.js';
import { momentText } from '../../../timeframe.js';
import type { Contexts } from '../contexts.js';
import type { Frame } from '../frame.js';
import { bounded, type Features, featuresOf, ratio } from './features.js';
import { type AssetScore, type ComponentValues, ranked, scoreOf } from './score.js';
import { horizonOf } from './windows.js';

/** Assets of one step. */
const STEP = 10;

/** Scores of all assets at one moment, for who is long. */
export interface MarketScores {
  readonly frame: Frame;
  /** Ranked among each other, in the order of the engine's numbers. */
  readonly all: readonly AssetScore[];
  /** By the engine's number; undefined: it is not served. */
  of(asset: number): AssetScore | undefined;
  /** By its row in `assets`. */
  ofId(assetId: number): AssetScore | undefined;
}

/**
 * Scores all assets of a frame. The cost lies in reading each asset's window, so it may be had in parts: `scoring` looks
 * at ten assets in each step and gives the scores at the end.
 *
 * @throws RangeError in other timeframes than 1h, 4h and 1d
 */
export function scoreMarket(frame: Frame, contexts: Contexts): MarketScores {
  const steps = scoring(frame, contexts);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** As `scoreMarket`; yields after a few assets. The frame must not move on meanwhile. */
export function* scoring(frame: Frame, contexts: Contexts): Generator<undefined, MarketScores, void> {
  const read: Features[] = [];
  for (const asset of frame.market.assets) {
    read.push(featuresOf(frame, contexts, asset));
    if (read.length % STEP === 0) yield;
  }
  const rivals = rivalsOf(frame, read);
  yield;
  const scores: AssetScore[] = [];
  for (const features of read) {
    scores.push(compare(frame, features, rivals));
    if (scores.length % STEP === 0) yield;
  }
  const all = ranked(scores).toSorted((a, b) => a.asset - b.asset);
  const byNumber = new Map(all.map((score) => [score.asset, score]));
  const byId = new Map(all.map((score) => [score.assetId, score]));
  return { frame, all, of: (asset) => byNumber.get(asset), ofId: (assetId) => byId.get(assetId) };
}

/** What an asset is compared with. */
interface Rivals {
  readonly bitcoin: Features | undefined;
  /** Returns in dollars, ascending. */
  readonly returns: Float64Array;
  /** Mean quote volumes in dollars, ascending. */
  readonly volumes: Float64Array;
}

function rivalsOf({ market }: Frame, read: readonly Features[]): Rivals {
  const reference = market.reference('BTC');
  return {
    bitcoin: read.find(({ asset }) => asset.asset === reference?.asset),
    returns: ascending(read.map(dollarReturn)),
    volumes: ascending(read.map(({ quoteVolume }) => quoteVolume)),
  };
}

function compare(frame: Frame, features: Features, { bitcoin, returns, volumes }: Rivals): AssetScore {
  const { asset, isCurrent, price } = features;
  const values: ComponentValues = {
    trend: features.trend,
    momentum: features.momentum,
    relative_strength: mean(excessOf(features, bitcoin), share(returns, dollarReturn(features))),
    risk_adjusted_return: features.riskAdjustedReturn,
    structure: features.structure,
    sector_strength: features.sectorStrength,
    drawdown: features.drawdown,
    liquidity: share(volumes, features.quoteVolume),
  };
  const whose = { asset: asset.asset, assetId: asset.assetId, symbol: asset.symbol };
  return scoreOf(
    { ...whose, price: isCurrent ? price : null },
    'long',
    values,
    isCurrent ? reasonsOf(frame, features, values) : { score: lateness(frame) },
  );
}

/** Return of the window; NaN where it is not one in dollars, and so not to be compared. */
function dollarReturn({ asset, path }: Features): number {
  return path !== null && isDollar(asset.quote) ? path.total : Number.NaN;
}

/** How much more than Bitcoin it has returned, in its own deviations over the window. */
function excessOf(features: Features, bitcoin: Features | undefined): number {
  const { path, asset } = features;
  if (path === null || bitcoin === undefined || bitcoin.asset.base === asset.base) return Number.NaN;
  const excess = dollarReturn(features) - dollarReturn(bitcoin);
  return bounded(ratio(excess, path.deviation * Math.sqrt(path.count)));
}

function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
}

/** Share of the others that lie below a value that is among them, equal ones half; NaN: there are no others. */
function share(sorted: Float64Array, value: number): number {
  if (Number.isNaN(value) || sorted.length < 2) return Number.NaN;
  const below = firstAtLeast(sorted, value, false);
  const equal = firstAtLeast(sorted, value, true) - below - 1;
  return (below + equal / 2) / (sorted.length - 1);
}

/** Gives how many values lie below `value`, or at it too. */
function firstAtLeast(sorted: Float64Array, value: number, isPassingEqual: boolean): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const found = sorted[middle] as number;
    if (found < value || (isPassingEqual && found === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Of the two that are known. */
function mean(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : (a + b) / 2;
}

function lateness({ candleTime, timeframe }: Frame): string {
  return `its ${horizonOf(timeframe).timeframe} candle of ${momentText(candleTime)} is not there`;
}

/** Says of each component that is NaN why it is. */
function reasonsOf(
  frame: Frame,
  { asset, path }: Features,
  values: ComponentValues,
): Readonly<Record<string, string>> {
  if (!Object.values(values).some(Number.isNaN)) return NOTHING_MISSING;
  const { words, volumeCandles, timeframe } = horizonOf(frame.timeframe);
  const foreign = isDollar(asset.quote) ? null : `its quote ${asset.quote} is not a dollar`;
  const short = path === null ? `it has no candles of ${words}` : null;
  const warming = `the indicators of ${timeframe} need more candles`;
  const reasons: ComponentReasons = {
    trend: warming,
    momentum: short ?? warming,
    relative_strength: foreign ?? short ?? 'there is no other market to compare with',
    risk_adjusted_return: short ?? 'its prices give no return',
    structure: 'too few candles for a structure',
    sector_strength:
      asset.sectorId === null ? 'its sector is not known' : 'its sector has not been analysed before',
    drawdown: short ?? 'its prices give no return',
    liquidity: foreign ?? `it has no ${volumeCandles} candles, or there is no other market to compare with`,
  };
  return Object.fromEntries(
    Object.entries(reasons).filter(([name]) => Number.isNaN(values[name as keyof ComponentValues])),
  );
}

const NOTHING_MISSING: Readonly<Record<string, string>> = {};

type ComponentReasons = Readonly<Record<keyof ComponentValues, string>>;
