import type { DayClose } from '../store/repositories/tier-changes.js';
import { DAY_MS } from '../timeframe.js';
import type { TierChange } from './tier-change.js';

/** A daily candle that is not stored so long after its end is not waited for any longer, ms. */
const PATIENCE_MS = 3 * DAY_MS;

/** What is added to `outcome_result`. */
export type TierOutcome = Readonly<Record<string, unknown>>;

/**
 * Measures what became of an asset in the days after a recommendation, from daily closes, beside Bitcoin and the mean of
 * the tier's assets as they were then. Null: a candle is not stored yet, and may still come.
 *
 * `success_score` is the share of the two comparisons that came out as the recommendation would have it: better for who
 * was to go up, worse for who was to go down; of a short the other way round.
 *
 * @param now ms
 */
export function outcomeOf(
  change: TierChange,
  days: number,
  closes: readonly DayClose[],
  now: number,
): TierOutcome | null {
  const { time, assetId, benchmark, peers } = change;
  const end = time + days * DAY_MS;
  const at = new Map(closes.map((each) => [`${each.assetId}:${each.time}`, each.close]));
  const returnOf = (id: number): number | null => {
    const [first, last] = [at.get(`${id}:${time}`), at.get(`${id}:${end}`)];
    return first === undefined || last === undefined || !(first > 0) ? null : (last / first - 1) * 100;
  };
  const own = returnOf(assetId);
  const wanted = benchmark === null ? [assetId] : [assetId, benchmark];
  if (wanted.some((id) => returnOf(id) === null) && now < end + PATIENCE_MS) return null;
  const bitcoin = benchmark === null ? null : returnOf(benchmark);
  const known = peers.flatMap((id) => returnOf(id) ?? []);
  const tier = known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0) / known.length;
  const beyond = (other: number | null): number | null =>
    own === null || other === null ? null : own - other;
  const [overBitcoin, overTier] = [beyond(bitcoin), beyond(tier)];
  const success = successOf(change, [overBitcoin, overTier]);
  const missing: Record<string, string> = {};
  if (own === null) missing.asset_return_pct = 'its daily candles are not stored';
  if (bitcoin === null) {
    missing.btc_return_pct =
      benchmark === null
        ? 'no Bitcoin market in dollars was served'
        : 'daily candles of Bitcoin are not stored';
  }
  if (tier === null) {
    missing.tier_return_pct =
      peers.length === 0 ? 'the tier had no other served asset' : 'no daily candles of the tier are stored';
  }
  return {
    [`days_${days}`]: {
      from: new Date(time).toISOString(),
      to: new Date(end).toISOString(),
      asset_return_pct: rounded(own),
      btc_return_pct: rounded(bitcoin),
      tier_return_pct: rounded(tier),
      tier_assets: known.length,
      tier_assets_missing: peers.length - known.length,
      excess_over_btc_pct: rounded(overBitcoin),
      excess_over_tier_pct: rounded(overTier),
      success_score: success,
      missing,
    },
    ...(own === null ? {} : { actual_return: rounded(own) }),
    ...(success === null ? {} : { success_score: success }),
  };
}

function successOf({ action, side }: TierChange, excesses: readonly (number | null)[]): number | null {
  const known = excesses.filter((each) => each !== null);
  if (known.length === 0) return null;
  const wantsMore = (action === 'add' || action === 'promote') === (side === 'long');
  return known.filter((each) => (wantsMore ? each > 0 : each < 0)).length / known.length;
}

/** Four decimals of a percent. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e4) / 1e4;
}
