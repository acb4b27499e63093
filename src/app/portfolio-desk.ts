import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AnalysisMarket } from '../engine/analysis/market.js';
import type { PortfolioModel } from '../engine/analysis/portfolios/portfolio-model.js';
import type { Logger } from '../logger.js';
import type { Pool } from '../store/pool.js';
import { type HoldingFacts, holdingFacts } from '../store/repositories/holding-facts.js';
import type { LiveTables } from './live-tables.js';
import { portfolioInputs } from './portfolio-inputs.js';

export interface PortfolioDeskOptions {
  /** Of the engine's role. */
  readonly pool: Pool;
  readonly tables: LiveTables;
  readonly portfolios: PortfolioModel;
  readonly market: AnalysisMarket;
  /** Whose daily regime counts. */
  readonly dataSource: string;
  readonly logger: Logger;
  /** Changes of so many ms are taken in as one. Default 300: users see theirs within a second. */
  readonly batchMs?: number;
}

const BATCH_MS = 300;
/** How long portfolios are taken in before the event loop goes on, ms. */
const TURN_MS = 2;
/** How long a failed reading of trades is left alone, ms. */
const RETRY_MS = 5_000;

/**
 * Keeps the portfolios of the analyses as users have them: what is in them, and what their trades say. Whoever trades
 * changes a holding, so changes of holdings tell of trades too.
 */
export class PortfolioDesk {
  readonly #options: PortfolioDeskOptions;
  readonly #facts = new Map<number, readonly HoldingFacts[]>();
  /** Portfolios of which trades may have come. */
  readonly #changed = new Set<number>();
  /** Portfolios whose users have set other limits. */
  readonly #limited = new Set<number>();
  /** Assets are others: all are taken anew. */
  #isAllDue = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: PortfolioDeskOptions) {
    this.#options = options;
  }

  /**
   * Takes the portfolios as they are and follows them.
   *
   * @throws what the database throws
   */
  async start(): Promise<void> {
    const { pool, dataSource, tables, portfolios, market } = this.#options;
    this.#take([...tables.portfolios.keys()], await holdingFacts(pool, null, dataSource));
    portfolios.set(portfolioInputs(tables, this.#facts), market);
    tables.portfolioAssets.subscribe(({ set, removed }) => {
      for (const { portfolioId } of [...set, ...removed]) this.#changed.add(portfolioId);
      this.#wake();
    });
    tables.portfolios.subscribe(({ set, removed }) => {
      for (const { id } of [...set, ...removed]) this.#changed.add(id);
      this.#wake();
    });
    tables.riskSettings.subscribe(({ set, removed }) => {
      for (const { userId } of [...set, ...removed])
        for (const { id } of tables.portfolios.of(userId)) this.#limited.add(id);
      this.#wake();
    });
    tables.assets.subscribe(() => {
      this.#isAllDue = true;
      this.#wake();
    });
  }

  /** Takes nothing more in; resolves when the query that is running has its answer. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #wake(afterMs = this.#options.batchMs ?? BATCH_MS): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#turn();
    }, afterMs);
  }

  /** Never rejects. While it reads no other begins: changes wait for the next. */
  async #turn(): Promise<void> {
    const { pool, dataSource, logger } = this.#options;
    const ids = [...this.#changed];
    this.#changed.clear();
    let retryMs: number | undefined;
    if (ids.length > 0) {
      try {
        this.#take(ids, await holdingFacts(pool, ids, dataSource));
      } catch (error) {
        for (const id of ids) this.#changed.add(id);
        logger.warn({ err: error }, 'trades cannot be read: portfolios keep what was known of them');
        retryMs = RETRY_MS;
      }
    }
    const due = new Set([...ids, ...this.#limited]);
    this.#limited.clear();
    if (this.#isAllDue) {
      this.#isAllDue = false;
      for (const id of this.#options.tables.portfolios.keys()) due.add(id);
    }
    await this.#update(due);
    this.#timer = undefined;
    if (this.#changed.size > 0 || this.#limited.size > 0 || this.#isAllDue) this.#wake(retryMs);
  }

  #take(ids: readonly number[], facts: readonly HoldingFacts[]): void {
    const { portfolios } = this.#options.tables;
    const found = new Map<number, HoldingFacts[]>(ids.map((id) => [id, []]));
    for (const one of facts) found.get(one.portfolioId)?.push(one);
    for (const [id, known] of found) {
      if (portfolios.get(id) === undefined) this.#facts.delete(id);
      else this.#facts.set(id, known);
    }
  }

  /**
   * Takes some anew, a few in each turn of the event loop: users who trade do not have the portfolios of all others
   * computed with theirs, and prices come through between those of all.
   */
  async #update(ids: Iterable<number>): Promise<void> {
    const { portfolios, tables, market } = this.#options;
    let begun = performance.now();
    for (const id of ids) {
      if (this.#isStopped) return;
      const inputs = portfolioInputs(tables, this.#facts, [id]);
      if (inputs.length === 0) portfolios.remove(id);
      else portfolios.update(inputs, market);
      if (performance.now() - begun < TURN_MS) continue;
      await nextTurn();
      begun = performance.now();
    }
  }
}
