import type { FrameResult } from '../../engine/analysis/look.js';
import type { AnalysisMarket } from '../../engine/analysis/market.js';
import type { PortfolioModel } from '../../engine/analysis/portfolios/portfolio-model.js';
import type { Logger } from '../../logger.js';
import type { Pool } from '../../store/pool.js';
import { newestHoldingLooks, newestLooks } from '../../store/repositories/live-looks.js';
import { timeframeIndex } from '../../timeframe.js';
import type { PortfolioData } from '../../user-view-fields.js';
import type { LiveTables } from '../live-tables.js';
import { Batched } from './batched.js';
import { lookOf, type PortfolioLook, storedLooks } from './portfolio-look.js';
import { noPortfolio, type PriceFacts, portfolioState } from './portfolio-state.js';

export interface PortfolioSourceOptions {
  readonly portfolios: PortfolioModel;
  readonly market: AnalysisMarket;
  readonly tables: Pick<LiveTables, 'portfolios'>;
  /** Of the engine's role. */
  readonly pool: Pool;
  readonly dataSource: string;
  readonly factsOf: (asset: number) => PriceFacts | null;
  readonly logger: Logger;
}

const HOUR = timeframeIndex('1h');
/** A look is in the database at the latest so long after it was made, ms: what was read before may be the one before. */
const WRITTEN_MS = 10_000;
/** How long a failed reading is left alone, ms. */
const RETRY_MS = 5_000;
const NOT_ANALYSED = 'it has not been analysed yet: that is done when an hour closes';
const NOT_READ = 'the database cannot be asked for its analysis at the moment';

interface Kept {
  readonly look: PortfolioLook | null;
  /** Why there is none. */
  readonly reason: string;
  /** When to read again, by `performance.now()`; infinity: never. */
  readonly readAgainAt: number;
}

/** The live states of users' portfolios. Keeps what was found at the newest close of an hour of those that are watched. */
export class PortfolioSource {
  readonly #options: PortfolioSourceOptions;
  readonly #kept = new Map<number, Kept>();
  readonly #stored: Batched<number, PortfolioLook>;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PortfolioSourceOptions) {
    this.#options = options;
    const { pool, dataSource } = options;
    this.#stored = new Batched(async (ids) =>
      storedLooks(await newestLooks(pool, ids, dataSource), await newestHoldingLooks(pool, ids, dataSource)),
    );
  }

  /** The portfolio that is a user's: the first that is switched on; null: the user has none. */
  idOf(userId: number): number | null {
    let first: number | null = null;
    for (const { id, isActive } of this.#options.tables.portfolios.of(userId)) {
      if (isActive && (first === null || id < first)) first = id;
    }
    return first;
  }

  /** Says how a user's portfolio stands by the newest prices. */
  state(userId: number): PortfolioData {
    const { portfolios, market, factsOf } = this.#options;
    const id = this.idOf(userId);
    if (id === null) return noPortfolio(null, 'there is no portfolio yet');
    const held = portfolios.held(id);
    const value = portfolios.value(id);
    if (held === null || value === null || held.input.userId !== userId) {
      return noPortfolio(id, 'the portfolio is just being taken in');
    }
    const { look = null, reason = NOT_ANALYSED } = this.#kept.get(id) ?? {};
    return portfolioState({ ...held, value, look, noLook: reason, market, factsOf });
  }

  /** Reads what the database has of a user's portfolio, unless it is known. Never rejects: it is tried again later. */
  async prepare(userId: number): Promise<void> {
    const id = this.idOf(userId);
    if (id === null || !this.#isDue(id)) return;
    await this.#read(id);
  }

  /** Takes what a look at the market found. Gives the users whose portfolios it says something new of. */
  looked({ moment, portfolios }: FrameResult): readonly number[] {
    if (moment.timeframe !== HOUR) return [];
    this.#lookedAt = performance.now();
    const users: number[] = [];
    for (const frame of portfolios) {
      const { portfolioId } = frame.analysis;
      if (!this.#kept.has(portfolioId)) continue;
      this.#kept.set(portfolioId, { look: lookOf(frame), reason: '', readAgainAt: Number.POSITIVE_INFINITY });
      users.push(frame.value.userId);
    }
    return users;
  }

  /** Forgets what is kept of all portfolios but those of some users. */
  keepOnly(userIds: Iterable<number>): void {
    const ids = new Set([...userIds].map((userId) => this.idOf(userId)));
    for (const id of this.#kept.keys()) if (!ids.has(id)) this.#kept.delete(id);
  }

  #isDue(id: number): boolean {
    const kept = this.#kept.get(id);
    return kept === undefined || performance.now() >= kept.readAgainAt;
  }

  async #read(id: number): Promise<void> {
    const isJustLooked = performance.now() - this.#lookedAt < WRITTEN_MS;
    const before = this.#kept.get(id);
    let found: Kept;
    try {
      const look = await this.#stored.get(id);
      const readAgainAt = isJustLooked ? performance.now() + WRITTEN_MS : Number.POSITIVE_INFINITY;
      found = { look, reason: NOT_ANALYSED, readAgainAt };
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'what portfolios were last analysed as cannot be read yet');
      found = { look: before?.look ?? null, reason: NOT_READ, readAgainAt: performance.now() + RETRY_MS };
    }
    const now = this.#kept.get(id)?.look;
    // A look may have come while the database was asked.
    if (now != null && now.analysisTime > (found.look?.analysisTime ?? 0)) return;
    this.#kept.set(id, found);
  }
}
