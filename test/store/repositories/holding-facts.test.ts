import t from 'tap';
import { holdingFacts } from '../../../src/store/repositories/holding-facts.js';
import { upsertRegimes } from '../../../src/store/repositories/regimes.js';
import { recordTrade } from '../../../src/store/repositories/trades.js';
import { HOUR, makeSnapshot, plansOf, regime } from '../../support/analyses.js';
import { makeModel } from '../../support/signals.js';
import { openUserSite } from '../../support/user-site.js';

const { owner, engine, as, addUser, addAssets } = await openUserSite(t);
const user = await addUser();
const model = await makeModel(owner);
const [first = 0, second = 0, third = 0] = await addAssets(3);
const DAY = 24 * HOUR;
const NOW = Date.now();

async function insert(sql: string, ...values: unknown[]): Promise<number> {
  const { rows } = await owner.query<{ id: number }>(`${sql} RETURNING id`, values);
  return rows[0]?.id ?? 0;
}

const portfolioId = await insert('INSERT INTO portfolios (user_id) VALUES ($1)', user);
const other = await insert('INSERT INTO portfolios (user_id) VALUES ($1)', await addUser());

function hold(assetId: number, type: string, quantity = 0, portfolio = portfolioId): Promise<number> {
  return insert(
    `INSERT INTO portfolio_assets (portfolio_id, asset_id, asset_type, quantity, entry_price) VALUES ($1, $2, $3, $4, 10)`,
    ...[portfolio, assetId, type, quantity],
  );
}

/** Trades as users do, and dates the trade back to `daysAgo`. */
async function trade(
  portfolioAssetId: number,
  actionType: 'buy' | 'sell' | 'entry' | 'partial_exit' | 'full_exit' | 'modify_sl',
  quantity: number,
  daysAgo: number,
  more: { feesPaid?: number; stopLoss?: number } = {},
): Promise<number> {
  const made = await as(user, (db) =>
    recordTrade(db, user, {
      ...{ portfolioAssetId, actionType, quantity, assetPrice: 10, usdPerQuote: 1, timeframe: '1h' },
      ...more,
    }),
  );
  if (made.outcome !== 'recorded') throw new Error(made.outcome);
  const time = NOW - daysAgo * DAY;
  await owner.query('UPDATE trade_actions SET created_at = to_timestamp($2::float8 / 1000) WHERE id = $1', [
    ...[made.trade.id, time],
  ]);
  return time;
}

async function storeRegime(
  daysAgo: number,
  currentRegime: 'Bull' | 'Bear' | 'Sideways',
  dataSource = 'binance',
  timeframe: '1d' | '1h' = '1d',
): Promise<void> {
  const analysisTime = NOW - daysAgo * DAY;
  const id = await makeSnapshot(owner, { dataSource, timeframe, snapshotTime: analysisTime });
  await upsertRegimes(owner, [
    regime(model, id, { analysisTime, analysisTimeframe: timeframe, currentRegime }),
  ]);
}

const long = await hold(first, 'Crypto Asset');
const short = await hold(second, 'Short Position');
const brought = await hold(third, 'Crypto Asset', 5);
const foreign = await hold(first, 'Crypto Asset', 3, other);

t.test('without trades nothing is known but that no fees were paid', async (t) => {
  const facts = await holdingFacts(engine, null, 'binance');
  t.strictSame(
    facts,
    [long, short, brought, foreign].map((holdingId) => ({
      ...{ portfolioId: holdingId === foreign ? other : portfolioId, holdingId, quoteCurrency: 'USDT' },
      ...{ feesPaid: 0, openedAt: null, regimeAtEntry: null },
    })),
  );
});

t.test('the first trade opened what was empty before, in the regime of its day', async (t) => {
  await storeRegime(20.5, 'Bear');
  await storeRegime(19.5, 'Bull');
  await storeRegime(20.2, 'Sideways', 'binance', '1h');
  await storeRegime(20.1, 'Sideways', 'kraken');
  const opened = await trade(long, 'buy', 2, 20, { feesPaid: 1.25 });
  await trade(long, 'buy', 1, 19, { feesPaid: 0.5 });
  await trade(long, 'sell', 0.5, 18, { feesPaid: -0.25 });
  await trade(long, 'modify_sl', 0, 17, { stopLoss: 5 });
  const sold = await trade(short, 'sell', 4, 30);
  await trade(short, 'partial_exit', 1, 29);
  await trade(brought, 'buy', 1, 20);
  const facts = await holdingFacts(engine, [portfolioId], 'binance');
  const base = { portfolioId, quoteCurrency: 'USDT' };
  t.strictSame(facts, [
    { ...base, holdingId: long, feesPaid: 1.5, openedAt: opened, regimeAtEntry: 'Bear' },
    // Nothing is stored of its two days.
    { ...base, holdingId: short, feesPaid: 0, openedAt: sold, regimeAtEntry: null },
    // Five were there before the first trade.
    { ...base, holdingId: brought, feesPaid: 0, openedAt: null, regimeAtEntry: null },
  ]);
});

t.test('what is closed keeps its fees and its beginning', async (t) => {
  await trade(long, 'full_exit', 0, 1, { feesPaid: 1 });
  const [closed] = await holdingFacts(engine, [portfolioId], 'binance');
  t.match(closed, { holdingId: long, feesPaid: 2.5, openedAt: NOW - 20 * DAY });
  t.strictSame(await holdingFacts(engine, [], 'binance'), []);
});

t.test('the regime of a moment is found by an index', async (t) => {
  const plan = await plansOf(engine, (database) => holdingFacts(database, [portfolioId], 'binance'));
  t.notMatch(plan, /Seq Scan on ai_regime_analysis/);
});
