import { momentText } from '../../../timeframe.js';
import { Gaps } from '../gaps.js';
import { fourDecimals } from '../statistics.js';
import { keySignals } from './key-signals.js';
import { jointOutlook, type Outlook, usualRunHours } from './outlook.js';
import { type AssetScore, COMPONENT_NAMES, mirrored, ranked } from './score.js';
import type { MarketScores } from './scores.js';
import { type ActiveSignals, agreementOf, meanQuality } from './signal-reader.js';
import type { WatchlistInput } from './watchlist-input.js';
import { horizonOf } from './windows.js';

/** A row of `ai_watchlist_analysis` without the ids that only the database knows. */
export interface WatchlistAnalysis {
  readonly watchlistId: number;
  readonly timeframe: '1h' | '4h' | '1d';
  /** Start of the candle, ms. */
  readonly candleTime: number;
  /** Its end, ms; of a forming one the moment of the newest price. */
  readonly analysisTime: number;
  readonly assetScores: readonly ScoreEntry[];
  readonly keySignals: Readonly<Record<string, unknown>>;
  readonly generatedSignals: readonly Readonly<Record<string, unknown>>[];
  readonly aiWatchlistOutlook: Outlook | null;
  /** 0–1. */
  readonly aiConfidenceScore: number | null;
  /** 0–1. */
  readonly signalAgreementScore: number | null;
  /** Hours. */
  readonly outlookDurationEstimate: number | null;
  readonly analysisData: Readonly<Record<string, unknown>>;
}

/** An entry of `asset_scores`. */
export interface ScoreEntry {
  readonly asset_id: number;
  readonly symbol: string;
  readonly position_type: 'long' | 'short';
  readonly score: number | null;
  readonly rank: number | null;
  readonly signal_count: number;
  readonly avg_signal_quality: number | null;
  readonly components: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly missing: Readonly<Record<string, string>>;
}

/** Gives the scores of a list's served assets, as they are watched, ranked within it. */
export function scoresOfList(list: WatchlistInput, scores: MarketScores): readonly AssetScore[] {
  const found: AssetScore[] = [];
  for (const { assetId, positionType } of list.assets) {
    const score = scores.ofId(assetId);
    if (score !== undefined) found.push(positionType === 'short' ? mirrored(score) : score);
  }
  return ranked(found);
}

/**
 * Analyses a list at a moment; null: none of its assets is served.
 *
 * @param candidates scores of assets that are in no default list, which the analysis then keeps for the next days
 */
export function analyseWatchlist(
  list: WatchlistInput,
  market: MarketScores,
  signals: ActiveSignals,
  candidates: readonly AssetScore[] = [],
): WatchlistAnalysis | null {
  const { frame } = market;
  const horizon = horizonOf(frame.timeframe);
  const scores = scoresOfList(list, market);
  if (scores.length === 0) return null;
  const gaps = new Gaps();
  const joint = jointOutlook(scores);
  const all = scores.flatMap(({ asset }) => signals.activeOf(asset));
  const known = scores.filter(({ score }) => score !== null);
  const hours = usualRunHours(
    frame.series,
    frame.timeframe,
    horizon,
    known.map(({ asset }) => asset).toSorted((a, b) => a - b),
  );
  const unscored = 'none of its assets has a score';
  return {
    watchlistId: list.id,
    timeframe: horizon.timeframe as WatchlistAnalysis['timeframe'],
    candleTime: frame.candleTime,
    analysisTime: frame.time,
    assetScores: scores.map((score) => entryOf(score, signals)),
    keySignals: Object.fromEntries(
      scores.map((score) => [String(score.assetId), keySignals(frame, score, signals)]),
    ),
    generatedSignals: scores.flatMap((score) => signalEntries(score, signals)),
    aiWatchlistOutlook: gaps.value('ai_watchlist_outlook', joint?.outlook ?? null, unscored),
    aiConfidenceScore: gaps.number('ai_confidence_score', joint?.confidence ?? null, unscored),
    signalAgreementScore: gaps.number(
      'signal_agreement_score',
      agreementOf(all),
      'no signal is active on its assets',
    ),
    outlookDurationEstimate: gaps.number(
      'outlook_duration_estimate',
      hours,
      known.length === 0 ? unscored : 'no asset has crossed its mean twice in the window',
    ),
    analysisData: {
      rationale: rationaleOf(scores, joint?.direction ?? null),
      notes: notesOf(scores),
      direction: joint === null ? null : fourDecimals(joint.direction),
      listed: list.assets.length,
      served: scores.length,
      scored: known.length,
      window: horizon.words,
      ...(candidates.length === 0 ? {} : { candidates: candidates.map(candidateOf) }),
      missing: gaps.missing,
    },
  };
}

function orNull(value: number | null): number | null {
  return value === null ? null : fourDecimals(value);
}

/** Gives the components of a score as a row keeps them. */
export function componentsOf(score: AssetScore): ScoreEntry['components'] {
  return Object.fromEntries(
    COMPONENT_NAMES.flatMap((name) => {
      const found = score.components[name];
      if (found === undefined) return [];
      const { value, weight, contribution } = found;
      return [
        [
          name,
          {
            value: fourDecimals(value),
            weight: fourDecimals(weight),
            contribution: fourDecimals(contribution),
          },
        ],
      ];
    }),
  );
}

function entryOf(score: AssetScore, signals: ActiveSignals): ScoreEntry {
  const active = signals.activeOf(score.asset);
  const quality = meanQuality(active);
  return {
    asset_id: score.assetId,
    symbol: score.symbol,
    position_type: score.side,
    score: orNull(score.score),
    rank: score.rank,
    signal_count: active.length,
    avg_signal_quality: orNull(quality),
    components: componentsOf(score),
    missing: {
      ...score.missing,
      ...(quality === null ? { avg_signal_quality: 'no signal is active' } : {}),
    },
  };
}

function candidateOf({ assetId, score }: AssetScore): Readonly<Record<string, unknown>> {
  return { asset_id: assetId, score: orNull(score) };
}

function signalEntries(
  { asset, assetId }: AssetScore,
  signals: ActiveSignals,
): readonly Readonly<Record<string, unknown>>[] {
  return signals.activeOf(asset).map(({ id, type, confidence, entryPrice }) => ({
    signal_id: id,
    asset_id: assetId,
    signal_type: type,
    confidence,
    entry_price: entryPrice,
  }));
}

function rationaleOf(scores: readonly AssetScore[], direction: number | null): readonly string[] {
  const [best] = scores;
  const known = scores.filter(({ score }) => score !== null);
  const lines: string[] = [];
  if (direction !== null) {
    const rising = known.filter((score) => (score.direction ?? 0) > 0.5).length;
    lines.push(
      `The mean direction is ${fourDecimals(direction)}, 0.5 being neutral: ${rising} of ${known.length} assets point up`,
    );
  }
  if (best !== undefined && best.score !== null) lines.push(describe('Highest', best));
  const last = known.at(-1);
  if (last !== undefined && last !== best) lines.push(describe('Lowest', last));
  return lines;
}

function describe(word: string, score: AssetScore): string {
  const parts = COMPONENT_NAMES.flatMap((name) => {
    const found = score.components[name];
    return found === undefined ? [] : [`${name} ${fourDecimals(found.value)}`];
  });
  return `${word}: ${score.symbol} (${score.side}) with ${fourDecimals(score.score ?? 0)}: ${parts.join(', ')}`;
}

function notesOf(scores: readonly AssetScore[]): string {
  const missing = scores.filter(({ score }) => score === null);
  if (missing.length === 0) return `All ${scores.length} served assets have a score.`;
  const named = missing.slice(0, 10).map(({ symbol, missing: reasons }) => `${symbol} (${reasons.score})`);
  const more = missing.length > named.length ? ` and ${missing.length - named.length} more` : '';
  return `Without a score: ${named.join(', ')}${more}.`;
}

/** What goes out on the channel `watchlist:ID`. */
export interface LiveWatchlist {
  readonly watchlist_id: number;
  /** Moment of the newest price, ISO 8601. */
  readonly time: string;
  readonly timeframe: string;
  readonly outlook: Outlook | null;
  readonly direction: number | null;
  readonly scores: readonly Readonly<Record<string, unknown>>[];
}

/** Gives the scores of a list as they stand, without their components; null: none of its assets is served. */
export function liveWatchlist(list: WatchlistInput, market: MarketScores): LiveWatchlist | null {
  const scores = scoresOfList(list, market);
  if (scores.length === 0) return null;
  const joint = jointOutlook(scores);
  return {
    watchlist_id: list.id,
    time: momentText(market.frame.time),
    timeframe: horizonOf(market.frame.timeframe).timeframe,
    outlook: joint?.outlook ?? null,
    direction: joint === null ? null : fourDecimals(joint.direction),
    scores: scores.map(({ assetId, symbol, side, price, score, rank, missing }) => ({
      ...{ asset_id: assetId, symbol, position_type: side, price, score: orNull(score), rank },
      ...(score === null ? { missing } : {}),
    })),
  };
}
