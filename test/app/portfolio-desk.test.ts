import t from 'tap';
import { LiveTables } from '../../src/app/live-tables.js';
import { PortfolioDesk } from '../../src/app/portfolio-desk.js';
import { AnalysisMarket } from '../../src/engine/analysis/market.js';
import type { PortfolioInput } from '../../src/engine/analysis/portfolios/inputs.js';
import { PortfolioModel } from '../../src/engine/analysis/portfolios/portfolio-model.js';
import { createPool } from '../../src/store/pool.js';
import {
  ASSET_ROWS,
  PORTFOLIO_ASSET_ROWS,
  PORTFOLIO_ROWS,
  RISK_ROWS,
} from '../../src/store/repositories/live-rows.js';
import { recordTrade } from '../../src/store/repositories/trades.js';
import { silent } from '../support/folder.js';
import { recordingLogger } from '../support/recording-logger.js';
import { until } from '../support/until.js';
import { openUserSite } from '../support/user-site.js';

const { owner, engine, as, addUser, addAssets } = await openUserSite(t);
const user = await addUser();
const [asset = 0] = await addAssets(1);
const { rows } = await owner.query<{ id: number; holding: number }>(
  `WITH made AS (INSERT INTO portfolios (user_id) VALUES ($1) RETURNING id)
   INSERT INTO portfolio_assets (portfolio_id, asset_id, asset_type) SELECT id, $2, 'Crypto Asset' FROM made
   RETURNING portfolio_id AS id, id AS holding`,
  [user, asset],
);
const { id: portfolioId = 0, holding = 0 } = rows[0] ?? {};
const market = new AnalysisMarket();
market.setAssets([
  {
    asset: 0,
    assetId: asset,
    symbol: 'X1/USDT',
    base: 'X1',
    quote: 'USDT',
    sectorId: null,
    simulated: false,
  },
]);

/** Tables as `LiveChanges` keeps them, when `read` is called. */
class Tables extends LiveTables {
  async read(): Promise<this> {
    this.assets.apply(await ASSET_ROWS.page(engine, null, 1_000), []);
    this.portfolios.apply(await PORTFOLIO_ROWS.page(engine, null, 1_000), []);
    this.portfolioAssets.apply(await PORTFOLIO_ASSET_ROWS.page(engine, null, 1_000), []);
    this.riskSettings.apply(await RISK_ROWS.page(engine, null, 1_000), []);
    return this;
  }
}

/** A model that keeps what it was given. */
class Told extends PortfolioModel {
  readonly sets: (readonly PortfolioInput[])[] = [];

  override set(portfolios: readonly PortfolioInput[], given: AnalysisMarket): void {
    this.sets.push(portfolios);
    super.set(portfolios, given);
  }

  override update(portfolios: readonly PortfolioInput[], given: AnalysisMarket): void {
    this.sets.push(portfolios);
    super.update(portfolios, given);
  }
}

const buy = (quantity: number, feesPaid: number) =>
  as(user, (db) =>
    recordTrade(db, user, {
      ...{ portfolioAssetId: holding, actionType: 'buy', quantity, feesPaid, assetPrice: 10 },
      ...{ usdPerQuote: 1, timeframe: '1h' },
    }),
  );

t.test('portfolios are taken as they are, and again within a moment of a trade', async (t) => {
  const tables = await new Tables().read();
  const portfolios = new Told();
  const desk = new PortfolioDesk({
    ...{ pool: engine, tables, portfolios, market, dataSource: 'binance', logger: silent, batchMs: 20 },
  });
  await desk.start();
  t.match(portfolios.sets, [[{ id: portfolioId, feesPaidUsd: 0, holdings: [{ openedAt: null }] }]]);
  await buy(2, 1.5);
  await buy(1, 0.25);
  await tables.read();
  await owner.query('INSERT INTO risk_management (user_id, max_position_size) VALUES ($1, 1000)', [user]);
  await tables.read();
  await until('it is taken', () => portfolios.sets.length > 1);
  portfolios.ticked(0, 7);
  const [taken] = portfolios.sets.at(-1) ?? [];
  t.match(taken, { feesPaidUsd: 1.75, risk: { maxPositionSize: '1000' } });
  t.ok(Math.abs((taken?.holdings[0]?.openedAt ?? 0) - Date.now()) < 60_000);
  t.equal(portfolios.value(portfolioId)?.valueUsd, 21);
  t.equal(portfolios.sets.length, 2, 'all changes were one');
  await desk.stop();
  await buy(1, 1);
  await tables.read();
  t.equal(portfolios.sets.length, 2, 'stopped');
});

t.test('fees in another currency than dollars are not known in dollars', async (t) => {
  await owner.query(`UPDATE assets SET quote_currency = 'EUR' WHERE id = $1`, [asset]);
  const tables = await new Tables().read();
  const portfolios = new Told();
  const desk = new PortfolioDesk({
    ...{ pool: engine, tables, portfolios, market, dataSource: 'binance', logger: silent },
  });
  await desk.start();
  await desk.stop();
  t.match(portfolios.sets, [[{ feesPaidUsd: null }]]);
  await owner.query(`UPDATE assets SET quote_currency = 'USDT' WHERE id = $1`, [asset]);
});

t.test('all are taken when an asset is another; one that is switched off goes alone', async (t) => {
  const other = await addUser();
  await owner.query('INSERT INTO portfolios (user_id) VALUES ($1)', [other]);
  const tables = await new Tables().read();
  const portfolios = new Told();
  const desk = new PortfolioDesk({
    ...{ pool: engine, tables, portfolios, market, dataSource: 'binance', logger: silent, batchMs: 10 },
  });
  await desk.start();
  t.teardown(() => desk.stop());
  await owner.query(`UPDATE assets SET name = 'renamed' WHERE id = $1`, [asset]);
  await tables.read();
  await until('both are taken', () => portfolios.sets.length === 3);
  t.same(
    portfolios.sets
      .slice(1)
      .map(([one]) => one?.userId)
      .toSorted(),
    [user, other],
  );
  await owner.query('UPDATE portfolios SET is_active = false WHERE user_id = $1', [other]);
  await tables.read();
  await until('it is gone', () => portfolios.portfolioIds.length === 1);
  t.equal(portfolios.sets.length, 3);
  await owner.query('UPDATE portfolios SET is_active = true WHERE user_id = $1', [other]);
  await tables.read();
  await until('it is back', () => portfolios.portfolioIds.length === 2);
  t.equal(portfolios.sets.length, 4);
  await owner.query('DELETE FROM portfolios WHERE user_id = $1', [other]);
  tables.portfolios.apply(
    [],
    [...portfolios.portfolioIds].filter((id) => id !== portfolioId),
  );
  await until('it is deleted', () => portfolios.portfolioIds.length === 1);
});

t.test('while trades cannot be read portfolios keep what was known of them', async (t) => {
  const away = createPool({ url: 'postgres://127.0.0.1:1/none', logger: silent });
  t.teardown(() => away.end());
  const { logger, lines } = recordingLogger('warn');
  const tables = await new Tables().read();
  const portfolios = new Told();
  let pool = engine;
  const options = { tables, portfolios, market, dataSource: 'binance', logger, batchMs: 10 };
  const desk = new PortfolioDesk({
    ...options,
    get pool() {
      return pool;
    },
  });
  await desk.start();
  const known = portfolios.sets[0]?.[0]?.feesPaidUsd;
  pool = away;
  await buy(1, 4);
  await tables.read();
  await until('it is taken', () => portfolios.sets.length > 1);
  t.match(portfolios.sets[1], [{ feesPaidUsd: known, holdings: [{ quantity: '5' }] }]);
  t.match(lines, [{ msg: 'trades cannot be read: portfolios keep what was known of them' }]);
  await desk.stop();
});
