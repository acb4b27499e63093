import { LiveTables } from '../../../src/app/live-tables.js';
import { portfolioInputs } from '../../../src/app/portfolio-inputs.js';
import { DashboardSource } from '../../../src/app/user-views/dashboard-source.js';
import { LiveScores } from '../../../src/app/user-views/live-scores.js';
import { LiveUserViews } from '../../../src/app/user-views/live-user-views.js';
import { PortfolioSource } from '../../../src/app/user-views/portfolio-source.js';
import type { PriceFacts } from '../../../src/app/user-views/seen-prices.js';
import { WatchlistSource } from '../../../src/app/user-views/watchlist-source.js';
import { MemoryBroker } from '../../../src/broker/broker-memory.js';
import { Analysis } from '../../../src/engine/analysis/analysis.js';
import type { AnalysisAsset } from '../../../src/engine/analysis/market.js';
import { watchlistInputs } from '../../../src/engine/analysis/watchlists/watchlist-input.js';
import type { Publication } from '../../../src/events.js';
import type { LiveAsset, LivePortfolioAsset } from '../../../src/store/live-records.js';
import type { Pool } from '../../../src/store/pool.js';
import { PORTFOLIO_FIELDS, type PortfolioData } from '../../../src/user-view-fields.js';
import { silent } from '../../support/folder.js';

export const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'SOL/USDT', 'DOGE/USDT'];
/** The exchange's time of all prices. */
export const MOMENT = Date.UTC(2026, 0, 5);

/** What the database says when it is asked, by words of the query. */
export type Answers = Readonly<Record<string, readonly unknown[] | Error>>;

/** A pool that answers what a test says; everything else has no rows. */
export function answering(answers: () => Answers): Pool {
  const query = async (text: string) => {
    for (const [words, rows] of Object.entries(answers())) {
      if (!text.includes(words)) continue;
      if (rows instanceof Error) throw rows;
      return { rows };
    }
    return { rows: [] };
  };
  return { query } as unknown as Pool;
}

/** The live states of users over the real models, with prices that a test moves; the database is what `answers` says. */
export class ViewsSite {
  readonly tables = new LiveTables();
  readonly broker = new MemoryBroker<Publication>();
  readonly analysis: Analysis;
  readonly views: LiveUserViews;
  readonly heard = new Map<string, Publication[]>();
  readonly facts = new Map<number, PriceFacts>();
  answers: Answers = {};
  #holdings = 0;

  constructor(symbols: readonly string[] = SYMBOLS, periodMs = 20) {
    this.analysis = new Analysis({
      sink: { looked: () => undefined, opened: () => undefined, changed: () => undefined },
      forming: () => null,
    });
    const assets = symbols.map((symbol, asset): AnalysisAsset => {
      const [base = '', quote = ''] = symbol.split('/');
      return { asset, assetId: 100 + asset, symbol, base, quote, sectorId: 1, simulated: true };
    });
    this.analysis.setMarket(assets, [{ id: 1, name: 'L1', coingeckoId: 'layer-1' }]);
    const { portfolios: model, market } = this.analysis;
    this.tables.assets.apply(
      assets.map(
        ({ assetId, symbol, base, quote }): LiveAsset => ({
          ...{ id: assetId, symbol, name: base, assetType: 'crypto', quoteCurrency: quote },
          ...{ dataSource: 'demo', isActive: true, isSupported: true },
        }),
      ),
      [],
    );
    const pool = answering(() => this.answers);
    const factsOf = (asset: number): PriceFacts | null => this.facts.get(asset) ?? null;
    const { tables, broker, analysis } = this;
    this.views = new LiveUserViews({
      ...{ broker, model, tables, logger: silent, now: Date.now, periodMs, ageMs: 60_000 },
      portfolios: new PortfolioSource({
        ...{ portfolios: model, market, tables, pool, dataSource: 'demo', factsOf, logger: silent },
      }),
      watchlists: new WatchlistSource({ analysis, scores: new LiveScores(analysis), tables, factsOf }),
      dashboards: new DashboardSource({
        view: { regime: () => null, metrics: () => null, sectorAnalyses: () => [] },
        ...{ pool, notReady: () => null, tradesTaken: () => 0, activeSignals: () => 3 },
        ...{ isSimulated: true, logger: silent, factsMs: 60_000 },
      }),
    });
  }

  /** Gives a user a portfolio, whose id is ten times the user's. */
  give(userId: number, isActive = true): void {
    this.tables.portfolios.apply([{ id: 10 * userId, userId, isActive, isPublic: false }], []);
    this.take();
  }

  /** Puts a holding into a user's portfolio; gives its id. */
  hold(userId: number, asset: number, quantity: number, more: Partial<LivePortfolioAsset> = {}): number {
    const id = ++this.#holdings;
    this.tables.portfolioAssets.apply(
      [
        {
          ...{ id, portfolioId: 10 * userId, assetId: 100 + asset, assetType: 'Crypto Asset' },
          ...{ leverageRatio: '1', quantity: String(quantity), entryPrice: '10', exitPrice: null },
          ...{ tradeStatus: 'open', pnlRealizedUsd: '0', allocationTargetPercent: null },
          ...{ investmentTimeframe: null, riskCategory: 'moderate', stopLossPrice: null },
          ...{ takeProfitPrice: null, maxAllocationPercent: '100', sortOrder: 0, isActive: true },
          ...more,
        },
      ],
      [],
    );
    this.take();
    return id;
  }

  /** Makes a list of assets, watched long; null: a default one. */
  list(id: number, userId: number | null, assets: readonly number[]): void {
    const { watchlists, watchlistAssets } = this.tables;
    const type = userId === null ? 'default' : 'personal';
    watchlists.apply(
      [
        {
          ...{ id, userId, name: `list ${id}`, watchlistType: type, isActive: true, isPublic: false },
          ...{ maxAssets: 50, sortOrder: 0 },
        },
      ],
      [],
    );
    watchlistAssets.apply(
      assets.map((asset, place) => ({
        ...{ id: 1_000 * id + asset, watchlistId: id, assetId: 100 + asset, positionType: 'long' as const },
        ...{ sortOrder: place, isActive: true },
      })),
      [],
    );
    this.analysis.watchlists.set(watchlistInputs(watchlists.values(), (list) => watchlistAssets.of(list)));
  }

  /** What the desk of portfolios does after a change. */
  take(): void {
    this.analysis.portfolios.set(portfolioInputs(this.tables, new Map()), this.analysis.market);
  }

  tick(asset: number, price: number): void {
    this.facts.set(asset, { time: MOMENT, open24h: price / 2, change24hPercent: 100 });
    this.analysis.ticked(asset, price, MOMENT);
  }

  /** Subscribes to a topic as a gateway does; what is told is kept in `heard`. */
  async subscribe(topic: string): Promise<void> {
    const told: Publication[] = [];
    this.heard.set(topic, told);
    await this.broker.subscribe(topic, (publication) => told.push(publication));
  }

  /** The newest publication of a topic. */
  newest(topic: string): Publication | undefined {
    return this.heard.get(topic)?.at(-1);
  }
}

/** A row as a map. */
export function mapOf<T>(fields: readonly string[], row: readonly unknown[] | null | undefined): T {
  return Object.fromEntries(fields.map((field, i) => [field, row?.[i]])) as T;
}

export function portfolioOf(row: readonly unknown[] | null | undefined): PortfolioData {
  return mapOf<PortfolioData>(PORTFOLIO_FIELDS, row);
}
