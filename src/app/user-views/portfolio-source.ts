import type { FrameResult } from '../../engine/analysis/look.js';
import type { AnalysisMarket } from '../../engine/analysis/market.js';
import type { PortfolioInput, Position } from '../../engine/analysis/portfolios/inputs.js';
import type { PortfolioModel } from '../../engine/analysis/portfolios/portfolio-model.js';
import { valuePortfolio } from '../../engine/analysis/portfolios/valuation.js';
import type { Logger } from '../../logger.js';
import type { Pool } from '../../store/pool.js';
import { newestHoldingLooks, newestLooks } from '../../store/repositories/live-looks.js';
import { timeframeIndex } from '../../timeframe.js';
import { PORTFOLIO_FIELDS, type PortfolioData } from '../../user-view-fields.js';
import type { LiveTables } from '../live-tables.js';
import { Batched } from './batched.js';
import { type Kept, KeptState } from './kept-state.js';
import { lookOf, type PortfolioLook, storedLooks } from './portfolio-look.js';
import { noPortfolio, portfolioState, type SummedPortfolio, summedPortfolio } from './portfolio-state.js';
import type { PriceFacts, PriceReader } from './seen-prices.js';

export interface PortfolioSourceOptions {
  readonly portfolios: PortfolioModel;
  readonly market: AnalysisMarket;
  readonly tables: Pick<LiveTables, 'portfolios'>;
  /** Of the engine's role. */
  readonly pool: Pool;
  readonly dataSource: string;
  /** As `PriceReader` has it. */
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

interface KnownLook {
  readonly look: PortfolioLook | null;
  /** Why there is none. */
  readonly reason: string;
  /** When to read again, by `performance.now()`; infinity: never. */
  readonly readAgainAt: number;
}

interface Held {
  readonly input: PortfolioInput;
  readonly positions: readonly Position[];
}

/** What a portfolio's state is made of besides prices. */
type Parts = readonly [
  /** Null: there is none. */
  id: number | null,
  /** Null: it is just being taken in. */
  held: Held | null,
  look: PortfolioLook | null,
  noLook: string,
  sectors: AnalysisMarket['sectors'],
];

const NONE = 'there is no portfolio yet';
const NOT_TAKEN = 'the portfolio is just being taken in';

/** The live states of users' portfolios. Keeps what was found at the newest close of an hour of those that are watched. */
export class PortfolioSource {
  readonly #options: PortfolioSourceOptions;
  readonly #kept = new Map<number, KnownLook>();
  readonly #stored: Batched<number, PortfolioLook>;
  readonly #prices: PriceReader;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PortfolioSourceOptions) {
    this.#options = options;
    const { pool, dataSource, portfolios, factsOf } = options;
    this.#prices = { priceOf: (asset) => portfolios.price(asset), factsOf };
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

  /** Begins to keep how a user's portfolio stands by the newest prices. */
  open(userId: number): Kept {
    return new KeptState<Parts>({
      parts: () => this.#partsOf(userId),
      assetsOf: ([, held]) => assetsOf(held),
      row: (parts, prices) => {
        const data = this.#state(parts, prices);
        return PORTFOLIO_FIELDS.map((field) => data[field]);
      },
      prices: this.#prices,
    });
  }

  /** Sums a user's portfolio up by the newest prices. */
  sums(userId: number): SummedPortfolio {
    const [id, held] = this.#partsOf(userId);
    if (held === null) return noPortfolio(id, id === null ? NONE : NOT_TAKEN);
    const { input, positions } = held;
    const { priceOf, factsOf } = this.#prices;
    return summedPortfolio({ positions, value: valuePortfolio(input, positions, priceOf), factsOf });
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

  #partsOf(userId: number): Parts {
    const { portfolios, market } = this.#options;
    const id = this.idOf(userId);
    const { look = null, reason = NOT_ANALYSED } = (id === null ? null : this.#kept.get(id)) ?? {};
    const held = id === null ? null : portfolios.held(id);
    return [id, held?.input.userId === userId ? held : null, look, reason, market.sectors];
  }

  #state([id, held, look, noLook]: Parts, { priceOf, factsOf }: PriceReader): PortfolioData {
    if (held === null) return noPortfolio(id, id === null ? NONE : NOT_TAKEN);
    const { input, positions } = held;
    const value = valuePortfolio(input, positions, priceOf);
    const { market } = this.#options;
    return portfolioState({ input, positions, value, look, noLook, market, factsOf });
  }

  #isDue(id: number): boolean {
    const kept = this.#kept.get(id);
    return kept === undefined || performance.now() >= kept.readAgainAt;
  }

  async #read(id: number): Promise<void> {
    const isJustLooked = performance.now() - this.#lookedAt < WRITTEN_MS;
    const before = this.#kept.get(id);
    let found: KnownLook;
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

/** The assets whose prices are in a portfolio. */
function* assetsOf(held: Held | null): Generator<number> {
  for (const { asset, quoteAsset } of held?.positions ?? []) {
    if (asset >= 0) yield asset;
    if (quoteAsset >= 0) yield quoteAsset;
  }
}
