import { bucketEnd, bucketsBefore, TIMEFRAMES, timeframeIndex } from '../../../timeframe.js';
import { columnOf } from '../columns.js';
import type { Contexts } from '../contexts.js';
import type { Structures } from '../frame.js';
import type { AnalysisMarket } from '../market.js';
import type { SeriesReader } from '../series-reader.js';
import type { KeyLevel, Structure } from '../structure/structure.js';
import { composeSignal } from './compose-signal.js';
import { bestConfidence, confidenceOf, FACTOR_COUNT, ROOM, TREND } from './factors.js';
import { marketCorrelation } from './market-correlation.js';
import { planTrade, type TradePlan } from './plan.js';
import type { SeriesMemory } from './series-memory.js';
import { BEST_BOUNCE, combined, findSetups, mayBounce, SETUPS, scoreBounce } from './setups.js';
import type { ConfluenceFactor, SignalDraft } from './signal.js';
import { isSignalTimeframe, SIGNAL_PACE, type SignalOptions } from './signal-options.js';
import { factorTimeframes, scoreDirection, scoreVolume, volumeRatio } from './signal-scorer.js';
import { isLastBefore } from './trend-score.js';

const ATR = columnOf('atr_14');
const REGIME_AT = TIMEFRAMES.map((timeframe) =>
  isSignalTimeframe(timeframe) ? timeframeIndex(SIGNAL_PACE[timeframe].regime) : -1,
);

/** The close that is looked at. */
export interface ClosedSeries {
  readonly asset: number;
  readonly timeframe: number;
  readonly series: SeriesReader;
  readonly structure: Structure;
  readonly structures: Structures;
  readonly contexts: Contexts;
  /** End of the candle, ms. */
  readonly time: number;
}

interface Candidate {
  readonly side: 1 | -1;
  readonly confidence: number;
  readonly plan: TradePlan;
}

/**
 * Looks for signals at a close. First what is cheap: what cannot reach the least confidence any more, whatever else is
 * found, is left at once, and that is nearly every close. Nothing is allocated on that way.
 */
export class SignalFinder {
  readonly #market: AnalysisMarket;
  readonly #memory: SeriesMemory;
  readonly #scores = new Float64Array(FACTOR_COUNT);
  readonly #setups = new Float64Array(SETUPS.length);
  #volumeRatio = Number.NaN;

  constructor(market: AnalysisMarket, memory: SeriesMemory) {
    this.#market = market;
    this.#memory = memory;
  }

  /**
   * Gives the signal of a close; null: none. If both directions qualify it is the one of more confidence, and neither
   * if they are alike.
   *
   * @param mayLong whether a long one may be given
   */
  find(at: ClosedSeries, options: SignalOptions, mayLong: boolean, mayShort: boolean): SignalDraft | null {
    const { asset, timeframe, series, structure, contexts, time } = at;
    const atr = series.value(asset, timeframe, ATR);
    const member = this.#market.asset(asset);
    if (!(atr > 0) || member === undefined || !(mayLong || mayShort)) return null;
    const regime = contexts.regimeBefore(REGIME_AT[timeframe] as number, time);
    const sector = member.sectorId === null ? null : contexts.sectorBefore(member.sectorId, time);
    scoreDirection(this.#scores, asset, timeframe, series, structure, regime, sector, time);
    this.#volumeRatio = Number.NaN;
    const long = mayLong ? this.#candidate(1, at, atr, options) : null;
    const short = mayShort ? this.#candidate(-1, at, atr, options) : null;
    if (long === null && short === null) return null;
    if (long?.confidence === short?.confidence) return null;
    const best = (long?.confidence ?? 0) > (short?.confidence ?? 0) ? long : short;
    return best === null ? null : this.#compose(best, at, atr, options);
  }

  #candidate(side: 1 | -1, at: ClosedSeries, atr: number, options: SignalOptions): Candidate | null {
    const { asset, timeframe, series, structure } = at;
    const least = options.minConfidence;
    if (bestConfidence(side, this.#scores, 1) < least) return null;
    if (Number.isNaN(this.#volumeRatio)) {
      this.#volumeRatio = volumeRatio(asset, timeframe, series);
      scoreVolume(this.#scores, this.#volumeRatio);
    }
    if (bestConfidence(side, this.#scores, 1) < least) return null;
    const trend = this.#scores[TREND] as number;
    findSetups(this.#setups, side, asset, timeframe, series, structure, this.#memory, atr, trend);
    const open = 1 - combined(this.#setups);
    const bounce = mayBounce(side, asset, timeframe, series, atr) ? BEST_BOUNCE : 0;
    const most = 1 - open * (1 - bounce);
    if (most === 0 || bestConfidence(side, this.#scores, most) < least) return null;
    const own = structure.levels();
    scoreBounce(this.#setups, side, asset, timeframe, series, own, atr);
    const setup = combined(this.#setups);
    if (setup === 0 || bestConfidence(side, this.#scores, setup) < least) return null;
    const close = series.close(asset, timeframe, 0);
    const plan = planTrade(side, close, atr, structure, allLevels(at, own), options);
    if (plan === null) return null;
    this.#scores[ROOM] = plan.room;
    const confidence = confidenceOf(side, this.#scores, this.#setups, timeframe);
    this.#scores[ROOM] = Number.NaN;
    return confidence >= least ? { side, confidence, plan } : null;
  }

  #compose(
    { side, plan }: Candidate,
    at: ClosedSeries,
    atr: number,
    options: SignalOptions,
  ): SignalDraft | null {
    const { asset, timeframe, series, structure, contexts, time } = at;
    const name = TIMEFRAMES[timeframe];
    const member = this.#market.asset(asset);
    if (name === undefined || !isSignalTimeframe(name) || member === undefined) return null;
    const pace = SIGNAL_PACE[name];
    // The other direction may have been looked at since.
    const trend = this.#scores[TREND] as number;
    findSetups(this.#setups, side, asset, timeframe, series, structure, this.#memory, atr, trend);
    scoreBounce(this.#setups, side, asset, timeframe, series, structure.levels(), atr);
    this.#scores[ROOM] = plan.room;
    const factors: ConfluenceFactor[] = [];
    const timeframes = factorTimeframes(timeframe, pace.regime);
    const confidence = confidenceOf(side, this.#scores, this.#setups, timeframe, factors, timeframes);
    const breakout = structure.breakout();
    const isBreakout = factors.some(({ factor }) => factor.startsWith('breakout'));
    const sector = member.sectorId === null ? null : contexts.sectorBefore(member.sectorId, time);
    return composeSignal(
      {
        side,
        assetId: member.assetId,
        timeframe: name,
        candleTime: series.time(asset, timeframe, 0),
        time,
        expiresAt: bucketsBefore(name, time, -pace.horizon),
        confidence,
        factors,
        plan,
        atr,
        trend,
        volumeRatio: this.#volumeRatio,
        regime: contexts.regimeBefore(REGIME_AT[timeframe] as number, time),
        sector,
        sectorReason:
          member.sectorId === null
            ? 'the asset has no sector'
            : 'nothing is known of its sector before this close',
        ...this.#correlation(asset, series, time),
        simulated: member.simulated,
        brokenLevel: isBreakout ? (breakout?.level ?? null) : null,
      },
      options,
    );
  }

  #correlation(
    asset: number,
    series: SeriesReader,
    time: number,
  ): { readonly correlation: number | null; readonly correlationReason: string } {
    const reference = this.#market.reference('BTC');
    if (reference === undefined)
      return { correlation: null, correlationReason: 'no market of BTC is served' };
    return {
      correlation: marketCorrelation(asset, reference.asset, series, time),
      correlationReason: 'fewer than 20 daily returns are known of both the asset and BTC',
    };
  }
}

/** Levels of its own timeframe, and of the next longer one as far as they are of candles that ended before. */
function allLevels(
  { asset, timeframe, series, structures, time }: ClosedSeries,
  own: readonly KeyLevel[],
): readonly KeyLevel[] {
  const longer = structures.of(asset, timeframe + 1);
  if (longer === null || !isLastBefore(asset, timeframe + 1, series, time)) return own;
  return [...own, ...longer.levels()];
}

/** Says whether the newest candle of a series ended at `time`, ms. */
export function hasClosedAt(asset: number, timeframe: number, series: SeriesReader, time: number): boolean {
  const name = TIMEFRAMES[timeframe];
  return name !== undefined && bucketEnd(name, series.time(asset, timeframe, 0)) === time;
}
