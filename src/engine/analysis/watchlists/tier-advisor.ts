import { isDollar } from '../../../dollars.js';
import { DAY_MS, timeframeIndex } from '../../../timeframe.js';
import type { AnalysisAsset } from '../market.js';
import { fourDecimals } from '../statistics.js';
import { type AssetScore, mirrored } from './score.js';
import type { MarketScores } from './scores.js';
import { recommendationOf, type Swap, type TierAction, type TierRecommendation } from './tier-advice.js';
import { type DayScore, HISTORY_DAYS, type Streak, TierHistory, type Zone } from './tier-history.js';
import { TierRoom } from './tier-room.js';
import type { WatchlistInput } from './watchlist-input.js';

const DAY = timeframeIndex('1d');
/** Category at CoinGecko of coins that are not there to be chosen by how they move. */
const STABLECOINS = 'stablecoins';

/** When changes are recommended. Entering is harder than staying, so that a score on a threshold changes nothing. */
const ZONES: Readonly<Record<TierAction, Zone>> = {
  add: { kind: 'high', enter: 0.65, exit: 0.6, days: 5 },
  promote: { kind: 'high', enter: 0.7, exit: 0.65, days: 7 },
  demote: { kind: 'low', enter: 0.4, exit: 0.45, days: 7 },
  remove: { kind: 'low', enter: 0.3, exit: 0.35, days: 7 },
};

/** An asset that something was recommended of is left alone for so long, ms. */
const COOLDOWN_MS = 14 * DAY_MS;
/** Until somebody says what became of it, advice keeps its place for as long as it may be reviewed, ms. */
const OPEN_MS = 7 * DAY_MS;
/** Who is to leave a full list must be so much worse than who comes. */
const SWAP_MARGIN = 0.1;
const MOST_A_DAY = 10;
const DEFAULT_LEAST_CONFIDENCE = 0.7;

/** A day's scores, as they were stored. */
export interface PastDay extends DayScore {
  readonly assetId: number;
}

/** Something that was recommended before. */
export interface PastAdvice {
  readonly assetId: number;
  /** End of the day of which it was, ms. */
  readonly time: number;
  /** It has been approved, or nobody has decided on it yet. */
  readonly isOpen: boolean;
  /** The list in which it would take a place that was free; null: none, or it is not open. */
  readonly to: number | null;
}

/** Where assets come from, by their rows in `assets`: lists are limited by data source. */
export type DataSourceOf = (assetId: number) => string | undefined;

/** An asset whose streak is ripe. */
interface Ripe {
  readonly action: TierAction;
  readonly score: AssetScore;
  readonly streak: Streak;
  readonly confidence: number;
}

/**
 * Recommends changes of the default tiers to the admins, once a day. What it remembers, daily scores and what it has
 * recommended, is stored with the analyses and comes back by `restore`.
 */
export class TierAdvisor {
  readonly #history = new TierHistory();
  /** Newest advice by asset. */
  readonly #advised = new Map<number, PastAdvice>();
  #leastConfidence = DEFAULT_LEAST_CONFIDENCE;
  #decided = Number.NEGATIVE_INFINITY;

  /** Sets the least confidence of a recommendation, 0–1 (`ai_thresholds.suggestion_confidence_min`). */
  configure(leastConfidence: number): void {
    this.#leastConfidence = leastConfidence;
  }

  /** Takes what was stored before: days oldest first. */
  restore(days: readonly PastDay[], advice: readonly PastAdvice[]): void {
    for (const { assetId, ...day } of days) {
      this.#history.record(assetId, day);
      this.#decided = Math.max(this.#decided, day.time);
    }
    this.setAdvice(advice);
  }

  /** Takes what has become of recommendations: an asset with an open one is left alone. */
  setAdvice(advice: readonly PastAdvice[]): void {
    for (const given of advice) {
      const known = this.#advised.get(given.assetId);
      if (known === undefined || given.time >= known.time) this.#advised.set(given.assetId, given);
    }
  }

  /**
   * Decides at the close of a day. A day that is decided already, and any other frame, gives nothing.
   *
   * @param lists all lists
   */
  decide(
    scores: MarketScores,
    lists: readonly WatchlistInput[],
    dataSourceOf: DataSourceOf,
  ): readonly TierRecommendation[] {
    const { frame } = scores;
    if (frame.timeframe !== DAY || frame.isForming || frame.time <= this.#decided) return [];
    this.#decided = frame.time;
    const [first, second] = ['Tier 1', 'Tier 2'].map((name) =>
      lists.find((list) => list.userId === null && list.name === name),
    );
    if (first === undefined || second === undefined) return [];
    const tiers = new TierRoom([first, second], scores, dataSourceOf);
    for (const { assetId, to, isOpen, time } of this.#advised.values()) {
      if (to !== null && (isOpen || frame.time - time < OPEN_MS)) tiers.reserve(to, assetId);
    }
    const ripe = this.#ripe(scores, first, second, tiers);
    const made: TierRecommendation[] = [];
    const taken = new Set<number>();
    for (const each of ripe) {
      if (made.length === MOST_A_DAY) break;
      if (taken.has(each.score.assetId)) continue;
      const row = this.#place(each, first, second, tiers, taken);
      if (row !== null) made.push(row);
    }
    return made;
  }

  /** Records the day and gives who is ripe for a change: those to go down before those to go up, the clearest first. */
  #ripe(
    scores: MarketScores,
    first: WatchlistInput,
    second: WatchlistInput,
    tiers: TierRoom,
  ): readonly Ripe[] {
    const { time } = scores.frame;
    const ripe: Ripe[] = [];
    for (const long of scores.all) {
      const seat = tiers.seatOf(long.assetId);
      const score = seat?.positionType === 'short' ? mirrored(long) : long;
      if (score.score === null) continue;
      // As it is stored, so that a restart changes nothing.
      this.#history.record(score.assetId, { time, side: score.side, score: fourDecimals(score.score) });
      const actions: readonly TierAction[] =
        seat?.list === first ? ['demote'] : seat?.list === second ? ['remove', 'promote'] : ['add'];
      for (const action of actions) {
        const streak = this.#history.streak(score.assetId, score.side, time, ZONES[action]);
        if (streak === null || this.#isQuiet(score.assetId, time, streak.since)) continue;
        if (action === 'add' && !isEligible(scores, score, tiers)) continue;
        const confidence = confidenceOf(score, streak, ZONES[action]);
        if (confidence >= this.#leastConfidence) ripe.push({ action, score, streak, confidence });
      }
    }
    this.#history.forgetBefore(time - HISTORY_DAYS * DAY_MS);
    const order: readonly TierAction[] = ['remove', 'demote', 'promote', 'add'];
    return ripe.toSorted(
      (a, b) =>
        order.indexOf(a.action) - order.indexOf(b.action) ||
        Math.abs(b.streak.mean - 0.5) - Math.abs(a.streak.mean - 0.5) ||
        a.score.asset - b.score.asset,
    );
  }

  /** Says whether an asset is left alone: advice is open, or lately given, or given in this very streak. */
  #isQuiet(assetId: number, time: number, since: number): boolean {
    const last = this.#advised.get(assetId);
    return last !== undefined && (last.isOpen || time - last.time < COOLDOWN_MS || last.time >= since);
  }

  /** Finds a place in the list it goes to, and makes the row; null: there is none. */
  #place(
    { action, score, streak, confidence }: Ripe,
    first: WatchlistInput,
    second: WatchlistInput,
    tiers: TierRoom,
    taken: Set<number>,
  ): TierRecommendation | null {
    const { time } = tiers;
    const zone = ZONES[action];
    const from = tiers.seatOf(score.assetId)?.list ?? null;
    let to = action === 'remove' ? null : action === 'promote' ? first : second;
    let swap: Swap | null = null;
    let final = action;
    if (to !== null && !tiers.hasRoom(to, score.assetId)) {
      swap = this.#weakest(to, from, score, streak.mean, tiers, taken, zone.days);
      // Who is to be demoted and finds no place below leaves the tiers; who comes up waits.
      if (swap === null && action !== 'demote') return null;
      if (swap === null) [final, to] = ['remove', null];
    }
    if (to !== null && swap === null) tiers.take(to, score.assetId);
    const place = swap === null ? (to?.id ?? null) : null;
    for (const id of swap === null ? [score.assetId] : [score.assetId, swap.assetId]) {
      taken.add(id);
      this.#advised.set(id, { assetId: id, time, isOpen: false, to: place });
    }
    return recommendationOf({
      ...{ action: final, score, streak, zone, confidence, swap, time },
      isCrowdedOut: final !== action,
      from: refOf(from),
      to: refOf(to),
      bitcoin: tiers.bitcoin,
      tiers: [first.id, second.id],
      peers: tiers.peers(action === 'add' || action === 'promote' ? to : from, score.assetId),
    });
  }

  /** Finds who is to leave a full list: the worst that is clearly worse than who comes. */
  #weakest(
    list: WatchlistInput,
    from: WatchlistInput | null,
    score: AssetScore,
    mean: number,
    tiers: TierRoom,
    taken: ReadonlySet<number>,
    days: number,
  ): Swap | null {
    let worst: Swap | null = null;
    for (const { assetId, positionType, symbol } of tiers.served(list, score.assetId)) {
      if (taken.has(assetId) || this.#isQuiet(assetId, tiers.time, Number.POSITIVE_INFINITY)) continue;
      const its = this.#history.mean(assetId, positionType, tiers.time, days);
      if (its === null || its > mean - SWAP_MARGIN || (worst !== null && its >= worst.mean)) continue;
      // The place that who comes leaves behind is free for who goes, one tier below.
      worst = { assetId, symbol, mean: its, to: from === null || isTierOne(from) ? null : refOf(from) };
    }
    return worst;
  }
}

/** A list that is left downwards: who is swapped against an asset of it does not go up. */
function isTierOne({ name }: WatchlistInput): boolean {
  return name === 'Tier 1';
}

function refOf(list: WatchlistInput | null): { readonly id: number; readonly name: string } | null {
  return list === null ? null : { id: list.id, name: list.name };
}

/**
 * Mean of three, each 0–1: the share of the score's weights that is known; how steady it has been, 1 − 4 × the standard
 * deviation of the days that count; and how long, the streak's length against twice the days that are asked for.
 */
function confidenceOf(score: AssetScore, streak: Streak, { days }: Zone): number {
  const steady = Math.max(0, 1 - 4 * streak.deviation);
  const long = Math.min(1, streak.scores.length / (2 * days));
  return (score.coverage + steady + long) / 3;
}

/** Only spot markets in dollars of coins that no tier has, one of each coin, and no stablecoins. */
function isEligible({ frame, all }: MarketScores, score: AssetScore, tiers: TierRoom): boolean {
  const { market } = frame;
  const asset = market.asset(score.asset);
  const stable = market.sectors.find(({ coingeckoId }) => coingeckoId === STABLECOINS);
  if (asset === undefined || !isSpotInDollars(asset) || tiers.hasCoin(asset)) return false;
  if (stable !== undefined && asset.sectorId === stable.id) return false;
  const rival = all.find(({ asset: number }) => {
    const other = market.asset(number);
    return other !== undefined && other.base === asset.base && isSpotInDollars(other);
  });
  return rival?.asset === asset.asset;
}

function isSpotInDollars({ symbol, quote }: AnalysisAsset): boolean {
  return isDollar(quote) && !symbol.includes(':');
}
