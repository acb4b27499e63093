import type { Logger } from '../logger.js';
import { asUser } from '../store/as-user.js';
import { type Connection, type Pool, transaction } from '../store/pool.js';
import { type DailyScore, dailyScores } from '../store/repositories/asset-analyses.js';
import {
  expireRecommendations,
  implementRecommendation,
  refuseRecommendation,
} from '../store/repositories/recommendations.js';
import {
  dayCloses,
  holdApproved,
  isAdmin,
  isSupportedAsset,
  listApprovedTierChanges,
  listDueOutcomes,
  listTierAdvice,
  lockDefaultLists,
  seatsOf,
  type TierAdviceRecord,
  writeOutcome,
} from '../store/repositories/tier-changes.js';
import { bulkChangeAssets, updateWatchlistAsset } from '../store/repositories/watchlist-assets.js';
import type { RecommendationRow } from '../store/signal-records.js';
import { DAY_MS } from '../timeframe.js';
import { readTierChange, type TierChange } from './tier-change.js';
import { outcomeOf } from './tier-outcome.js';

export interface RecommendationDeskOptions {
  /** The server's own work. */
  readonly engine: Pool;
  /** Works as the admin who has approved: the database checks their rights, and the audit log names them. */
  readonly gateway: Pool;
  readonly logger: Logger;
}

/** What one turn has done. */
export interface DeskTurn {
  readonly expired: number;
  readonly implemented: number;
  readonly refused: number;
  readonly measured: number;
}

/** Days after which outcomes are measured. */
const OUTCOME_DAYS = [7, 30] as const;
const LIMIT = 100;
/** Days of which the advisor remembers scores. */
const MEMORY_DAYS = 60;

/** Why a change cannot be carried out: rolls it back. */
class Impossible extends Error {
  override name = 'Impossible';
}

/**
 * Carries out recommendations about the default tiers that an admin has approved, and measures later what became of
 * them. Any number of servers may do so at once: each change is carried out, refused and measured once.
 */
export class RecommendationDesk {
  readonly #options: RecommendationDeskOptions;

  constructor(options: RecommendationDeskOptions) {
    this.#options = options;
  }

  /** Gives what the advisor has to know after a restart: scores of 60 days, and what was recommended. */
  async memory(
    dataSource: string,
  ): Promise<{ readonly days: readonly DailyScore[]; readonly advice: readonly TierAdviceRecord[] }> {
    const { engine } = this.#options;
    return { days: await dailyScores(engine, dataSource, MEMORY_DAYS), advice: await this.advice() };
  }

  /** Gives what has been recommended of assets, and whether it is open. */
  advice(): Promise<readonly TierAdviceRecord[]> {
    return listTierAdvice(this.#options.engine);
  }

  /**
   * Expires what nobody has decided on, carries out what is approved, measures what is due.
   *
   * @param now ms; only how long a candle is waited for depends on it
   * @throws what the database throws; what was done before stays
   */
  async turn(now: number): Promise<DeskTurn> {
    const { engine } = this.#options;
    const expired = await transaction(engine, (connection) => expireRecommendations(connection));
    const done = { implemented: 0, refused: 0, skipped: 0 };
    const errors: unknown[] = [];
    for (const row of await listApprovedTierChanges(engine, LIMIT)) {
      // One that the database refuses holds the others up for no longer than this.
      const outcome = await this.#settle(row).catch((error: unknown) => void errors.push(error));
      if (outcome !== undefined) done[outcome] += 1;
    }
    let measured = 0;
    for (const days of OUTCOME_DAYS) {
      for (const row of await listDueOutcomes(engine, days, LIMIT)) {
        if (await this.#measure(row, days, now)) measured += 1;
      }
    }
    if (errors.length > 0) throw errors[0];
    return { expired: expired.length, implemented: done.implemented, refused: done.refused, measured };
  }

  /** Carries a change out, or refuses it with the reason; `skipped`: another server does. */
  async #settle(row: RecommendationRow): Promise<'implemented' | 'refused' | 'skipped'> {
    const { engine, gateway, logger } = this.#options;
    const change = readTierChange(row);
    try {
      if (change === null) throw new Impossible('it does not say which asset and list it is about');
      const admin = row.reviewedBy;
      if (admin === null) throw new Impossible('who approved it is not a user any more');
      const isDone = await asUser(gateway, admin, (connection) => carryOut(connection, change, admin));
      return isDone ? 'implemented' : 'skipped';
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      const { message } = error;
      const isRefused = await transaction(engine, async (connection) => {
        if (!(await holdApproved(connection, row.id))) return false;
        return refuseRecommendation(connection, row.id, message);
      });
      if (isRefused) logger.warn({ id: row.id, reason: message }, 'an approved recommendation is impossible');
      return isRefused ? 'refused' : 'skipped';
    }
  }

  async #measure(row: RecommendationRow, days: number, now: number): Promise<boolean> {
    const { engine } = this.#options;
    const change = readTierChange(row);
    if (change === null) {
      const missing = {
        asset_return_pct: 'the recommendation does not say which asset and list it was about',
      };
      return writeOutcome(engine, row.id, days, { [`days_${days}`]: { missing } });
    }
    const { time, assetId, benchmark, peers } = change;
    const ids = [assetId, ...(benchmark === null ? [] : [benchmark]), ...peers];
    const closes = await dayCloses(engine, [...new Set(ids)], [time, time + days * DAY_MS]);
    const outcome = outcomeOf(change, days, closes, now);
    return outcome !== null && writeOutcome(engine, row.id, days, outcome);
  }
}

/** Changes the lists. False: it is carried out already, or another server is about it. @throws Impossible */
async function carryOut(connection: Connection, change: TierChange, admin: number): Promise<boolean> {
  if (!(await isAdmin(connection))) throw new Impossible('who approved it is not an admin any more');
  if (!(await holdApproved(connection, change.id))) return false;
  const { action, assetId, symbol, from, to, tiers } = change;
  const wanted = [...new Set([from, to, change.swap?.to ?? null, ...tiers].filter((id) => id !== null))];
  const lists = await lockDefaultLists(connection, wanted);
  for (const id of [from, to]) {
    if (id !== null && !lists.includes(id))
      throw new Impossible(`there is no default watchlist ${id} any more`);
  }
  if (action !== 'remove' && !(await isSupportedAsset(connection, assetId))) {
    throw new Impossible(`${symbol} is not served any more`);
  }
  const seats = await seatsOf(connection, assetId, lists);
  const seat = seats.find(({ watchlistId }) => watchlistId === from);
  if (from !== null && seat === undefined) throw new Impossible(`${symbol} is not in its list any more`);
  const elsewhere = seats.find(({ watchlistId }) => watchlistId !== from);
  if (action !== 'remove' && elsewhere !== undefined) {
    throw new Impossible(`${symbol} is in the default watchlist ${elsewhere.watchlistId} already`);
  }
  const { swap } = change;
  const swapSeats = swap === null || to === null ? [] : await seatsOf(connection, swap.assetId, [to]);
  // First everybody gets up, then they sit down: full lists can swap.
  await move(connection, change.action, [assetId], from, null, admin);
  const [swapSeat] = swapSeats;
  if (swap !== null && swapSeat !== undefined) {
    await move(connection, 'swap_out', [swap.assetId], to, null, admin);
  }
  await move(connection, change.action, [assetId], null, to, admin);
  if (seat !== undefined && to !== null) await keep(connection, assetId, to, seat, admin);
  if (swap !== null && swapSeat !== undefined && swap.to !== null) {
    await move(connection, 'swap_in', [swap.assetId], null, swap.to, admin);
    await keep(connection, swap.assetId, swap.to, swapSeat, admin);
  }
  return implementRecommendation(connection, change.id);
}

/** Takes assets out of a list or puts them into one. @throws Impossible */
async function move(
  connection: Connection,
  action: string,
  assetIds: readonly number[],
  removeFrom: number | null,
  addTo: number | null,
  userId: number,
): Promise<void> {
  if (removeFrom === null && addTo === null) return;
  const lists = removeFrom === null ? [] : [removeFrom];
  const { outcome } = await bulkChangeAssets(connection, {
    ...{ userId, action, assetIds, addTo, removeFrom: lists },
    reviewNotes: 'recommended, and approved',
  });
  if (outcome === 'full') throw new Impossible('the watchlist is full');
  if (outcome === 'not_found') throw new Impossible('the watchlist is not there any more');
}

/** Has a moved asset keep how it is watched. */
async function keep(
  connection: Connection,
  assetId: number,
  watchlistId: number,
  { positionType, notes }: { readonly positionType: 'long' | 'short'; readonly notes: string | null },
  admin: number,
): Promise<void> {
  await updateWatchlistAsset(connection, null, watchlistId, assetId, { positionType, notes }, admin);
}
