import type { Logger } from '../../logger.js';
import type { Pool } from '../../store/pool.js';
import { countActiveModels, type UserFacts, userFacts } from '../../store/repositories/user-facts.js';
import { DASHBOARD_FIELDS } from '../../user-view-fields.js';
import type { AnalysisView } from '../../ws/ports.js';
import { Batched } from './batched.js';
import { dashboardState, type MarketOverview, marketOverview } from './dashboard-state.js';
import { type Kept, KeptRow } from './kept-state.js';
import type { SummedPortfolio } from './portfolio-state.js';

export interface DashboardSourceOptions {
  readonly view: Pick<AnalysisView, 'regime' | 'metrics' | 'sectorAnalyses'>;
  /** Of the engine's role. */
  readonly pool: Pool;
  /** Null when the server is ready, else what is missing, in words. */
  readonly notReady: () => string | null;
  /** Trades taken in since the start. */
  readonly tradesTaken: () => number;
  readonly activeSignals: () => number;
  readonly isSimulated: boolean;
  readonly logger: Logger;
  /** How long what is read of users is kept, ms; what their notifications tell is read at once. Default 5,000. */
  readonly factsMs?: number;
}

const FACTS_MS = 5_000;
/** How long the part that all dashboards share is kept, ms. */
const OVERVIEW_MS = 900;
/** Between two counts of trades, ms, and how many are kept: a minute. */
const COUNT_MS = 5_000;
const COUNTS = 13;
const NOT_READ = 'the database has not told it yet';

/** What dashboards show besides portfolios. */
export class DashboardSource {
  readonly #options: DashboardSourceOptions;
  readonly #facts = new Map<number, UserFacts>();
  readonly #read: Batched<number, UserFacts>;
  readonly #counts: { readonly at: number; readonly trades: number }[] = [];
  #overview: { readonly at: number; readonly value: MarketOverview } | null = null;
  readonly #models: Batched<'active', number>;
  #activeModels: number | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: DashboardSourceOptions) {
    this.#options = options;
    this.#read = new Batched(
      async (ids) => new Map((await userFacts(options.pool, ids)).map((facts) => [facts.id, facts])),
    );
    this.#models = new Batched(async () => new Map([['active', await countActiveModels(options.pool)]]));
  }

  /** Begins to keep what a user's dashboard shows. @param sums the user's portfolio by the newest prices */
  open(userId: number, sums: () => SummedPortfolio): Kept {
    return new KeptRow(() => {
      const data = dashboardState(this.overview(), sums(), this.#facts.get(userId) ?? null, NOT_READ);
      return DASHBOARD_FIELDS.map((field) => data[field]);
    });
  }

  /** How the market and the layers stand; kept for a moment, since all dashboards share it. */
  overview(): MarketOverview {
    const now = performance.now();
    if (this.#overview === null || now - this.#overview.at >= OVERVIEW_MS) {
      const { view, notReady, activeSignals, isSimulated } = this.#options;
      const value = marketOverview({
        ...{ view, isSimulated, notReady: notReady(), activeSignals: activeSignals() },
        ...{ activeModels: this.#activeModels, tradesPerMinute: this.#tradesPerMinute() },
      });
      this.#overview = { at: now, value };
    }
    return this.#overview.value;
  }

  /** Reads what is to be known of a user, unless it is. Never rejects: it is tried again later. */
  async prepare(userId: number): Promise<void> {
    if (!this.#facts.has(userId)) await this.refresh(userId);
    if (this.#activeModels === null) await this.#readModels();
  }

  /** Reads anew what is to be known of a user, as `prepare` does. */
  async refresh(userId: number): Promise<void> {
    try {
      const facts = await this.#read.get(userId);
      if (facts === null) this.#facts.delete(userId);
      else this.#facts.set(userId, facts);
    } catch (error) {
      this.#options.logger.warn(
        { err: error },
        'what dashboards show of users cannot be read; they keep what is known',
      );
    }
  }

  /** Counts trades, and from time to time reads users anew; call it once in a second with those who watch. */
  async turn(userIds: ReadonlySet<number>): Promise<void> {
    const now = performance.now();
    if (now - (this.#counts.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= COUNT_MS) {
      this.#counts.push({ at: now, trades: this.#options.tradesTaken() });
      if (this.#counts.length > COUNTS) this.#counts.shift();
    }
    for (const userId of this.#facts.keys()) if (!userIds.has(userId)) this.#facts.delete(userId);
    if (userIds.size === 0 || now - this.#readAt < (this.#options.factsMs ?? FACTS_MS)) return;
    this.#readAt = now;
    await Promise.all([this.#readModels(), ...[...userIds].map((userId) => this.refresh(userId))]);
  }

  async #readModels(): Promise<void> {
    try {
      this.#activeModels = await this.#models.get('active');
    } catch (error) {
      this.#options.logger.warn(
        { err: error },
        'the active models cannot be counted; the count of before stays',
      );
    }
  }

  #tradesPerMinute(): number | null {
    const first = this.#counts[0];
    const last = this.#counts.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return null;
    return Math.round(((last.trades - first.trades) / (last.at - first.at)) * 60_000);
  }
}
