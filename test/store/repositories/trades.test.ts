import t from 'tap';
import { readMigrations } from '../../../src/store/migrate.js';
import type { NewPortfolioAsset, NewTrade, RecordTrade } from '../../../src/store/portfolio-records.js';
import {
  addPortfolioAsset,
  ensurePortfolio,
  getPortfolio,
  updatePortfolioAsset,
} from '../../../src/store/repositories/portfolios.js';
import { closePosition, listTrades, recordTrade } from '../../../src/store/repositories/trades.js';
import { openUserSite, readAll } from '../../support/user-site.js';

const { owner, as, addUser, addAssets } = await openUserSite(t);
const [assetId = 0, otherId = 0] = await addAssets(2);

/** Gives a user with a holding, and a trade of it. */
async function setUp(asset: Partial<NewPortfolioAsset> = {}): Promise<{
  readonly userId: number;
  readonly holdingId: number;
  readonly trade: (of: Partial<NewTrade>) => Promise<RecordTrade>;
}> {
  const userId = await addUser();
  const held = await as(userId, async (db) =>
    addPortfolioAsset(db, userId, await ensurePortfolio(db, userId), {
      assetId,
      assetType: 'Crypto Asset',
      ...asset,
    }),
  );
  const holdingId = held?.id ?? 0;
  const trade = {
    portfolioAssetId: holdingId,
    actionType: 'buy',
    assetPrice: 1,
    timeframe: '1h',
    usdPerQuote: 1,
  } as const;
  return {
    userId,
    holdingId,
    trade: (of) => as(userId, (db) => recordTrade(db, userId, { ...trade, ...of })),
  };
}

t.test(
  'what is bought moves quantity and mean price, what is sold realizes a profit, with every digit',
  async (t) => {
    const { trade, userId } = await setUp();
    t.match(await trade({ quantity: '0.1', assetPrice: '0.00000001', feesPaid: 5 }), {
      outcome: 'recorded',
      trade: {
        symbol: 'X1/USDT',
        actionType: 'buy',
        quantity: '0.1',
        assetPrice: '0.00000001',
        feesPaid: '5',
        pnlRealizedUsd: '0.00',
        actionSource: 'manual',
        timeframe: '1h',
      },
      holding: { quantity: '0.1', entryPrice: '0.00000001', tradeStatus: 'open' },
    });
    const more = await trade({ quantity: '0.3', assetPrice: '0.00000003' });
    t.match(more, { holding: { quantity: '0.4' } });
    t.equal(Number(more.outcome === 'recorded' ? more.holding.entryPrice : 0), 2.5e-8);
    await trade({ quantity: '999999999.6', assetPrice: '0.000000025' });
    t.match(
      await trade({
        actionType: 'partial_sell',
        quantity: '200000000',
        assetPrice: '1',
        feesPaid: 10,
        usdPerQuote: '1.1',
      }),
      {
        trade: { pnlRealizedUsd: '219999983.50' },
        holding: { quantity: '800000000.0', pnlRealizedUsd: '219999983.50', exitPrice: null },
      },
    );
    t.match(await trade({ actionType: 'sell', quantity: 800_000_000, assetPrice: '0.000000015' }), {
      holding: {
        quantity: '0.0',
        tradeStatus: 'closed',
        exitPrice: '0.000000015',
        pnlRealizedUsd: '219999975.50',
      },
    });
    t.same(await trade({ quantity: 1 }), { outcome: 'closed' });
    t.match(await as(userId, (db) => getPortfolio(db, userId)), { assets: [{ tradeStatus: 'closed' }] });
  },
);

t.test('a short position is opened by selling and closed by buying', async (t) => {
  const { trade } = await setUp({ assetType: 'Short Position' });
  t.match(await trade({ actionType: 'sell', quantity: 2, assetPrice: 100 }), {
    holding: { quantity: '2', entryPrice: '100' },
  });
  t.match(await trade({ actionType: 'buy', quantity: 1, assetPrice: 90 }), {
    trade: { pnlRealizedUsd: '10.00' },
    holding: { quantity: '1' },
  });
  t.same(await trade({ actionType: 'partial_sell', quantity: 1 }), { outcome: 'not_applicable' });
  t.match(await trade({ actionType: 'full_exit', assetPrice: 130, quantity: 77 }), {
    trade: { quantity: '1', pnlRealizedUsd: '-30.00' },
    holding: { quantity: '0', pnlRealizedUsd: '-20.00', tradeStatus: 'closed' },
  });
});

t.test('nothing is sold that is not there, and nothing is traded that is nothing', async (t) => {
  const { trade, userId } = await setUp({ quantity: 1 });
  for (const quantity of ['1.000000000000000000001', 0, -1]) {
    t.same(await trade({ actionType: 'sell', quantity }), { outcome: 'insufficient' }, `${quantity}`);
  }
  await t.rejects(trade({ actionType: 'sell', quantity: 'NaN' }), { code: '23514' });
  t.same(await trade({ actionType: 'buy', quantity: 0 }), { outcome: 'insufficient' });
  const { trade: none } = await setUp();
  t.same(await none({ actionType: 'full_exit' }), { outcome: 'insufficient' });
  t.same((await as(userId, (db) => listTrades(db, userId, {}))).items, []);
  t.match(await trade({ actionType: 'sell', quantity: 1 }), {
    trade: { pnlRealizedUsd: null, pnlMissing: 'entry_price_unknown' },
    holding: { entryPrice: null, pnlRealizedUsd: null },
  });
});

t.test(
  'a profit is not known as long as the entry price is not, and a sum with it is not either',
  async (t) => {
    const { trade } = await setUp({ quantity: 1 });
    t.match(await trade({ quantity: 1, assetPrice: 50 }), {
      trade: { pnlRealizedUsd: '0.00', pnlMissing: null },
      holding: { entryPrice: null, pnlRealizedUsd: '0.00' },
    });
    t.match(await trade({ actionType: 'sell', quantity: 1, assetPrice: 60, feesPaid: 1 }), {
      trade: { pnlRealizedUsd: null, pnlMissing: 'entry_price_unknown' },
      holding: { quantity: '1', pnlRealizedUsd: null },
    });
    t.match(await trade({ actionType: 'modify_sl', stopLoss: 40, assetPrice: 60 }), {
      trade: { pnlRealizedUsd: '0.00', pnlMissing: null },
      holding: { pnlRealizedUsd: null },
    });
  },
);

t.test('profits that were written as 0 before, because nobody knew them, become unknown', async (t) => {
  const migration = (await readMigrations()).find(({ name }) => name.endsWith('_unknown_profit.sql'));
  const { trade, holdingId } = await setUp({ quantity: 3 });
  const { trade: known, holdingId: knownId } = await setUp({ quantity: 3, entryPrice: 5 });
  for (const one of [trade, known]) {
    await one({ quantity: 1, assetPrice: 5 });
    await one({ actionType: 'sell', quantity: 1, assetPrice: 5 });
    await one({ actionType: 'modify_sl', stopLoss: 1, assetPrice: 5 });
  }
  const read = async (id: number): Promise<unknown> => {
    const { rows } = await owner.query(
      `SELECT array_agg(t.pnl_realized_usd::text ORDER BY t.id) AS trades, min(pa.pnl_realized_usd)::text AS holding
       FROM trade_actions t JOIN portfolio_assets pa ON pa.id = t.portfolio_asset_id WHERE pa.id = $1`,
      [id],
    );
    return rows[0];
  };
  await owner.query('UPDATE trade_actions SET pnl_realized_usd = 0 WHERE portfolio_asset_id = $1', [
    holdingId,
  ]);
  await owner.query('UPDATE portfolio_assets SET pnl_realized_usd = 0 WHERE id = $1', [holdingId]);
  await owner.query(migration?.sql ?? '');
  t.same(await read(holdingId), { trades: ['0.00', null, '0.00'], holding: null });
  t.same(await read(knownId), { trades: ['0.00', '0.00', '0.00'], holding: '0.00' });
});

t.test('of sales at once each begins where the one before ended', async (t) => {
  const { trade } = await setUp({ quantity: 3, entryPrice: 1 });
  const sales = await Promise.all(
    Array.from({ length: 6 }, () => trade({ actionType: 'sell', quantity: 1, assetPrice: 2 })),
  );
  t.same(sales.map(({ outcome }) => outcome).toSorted(), [
    'closed',
    'closed',
    'closed',
    'recorded',
    'recorded',
    'recorded',
  ]);
  const { trade: close } = await setUp({ quantity: 1 });
  const exits = await Promise.all([close({ actionType: 'full_exit' }), close({ actionType: 'full_exit' })]);
  t.same(exits.map(({ outcome }) => outcome).toSorted(), ['closed', 'recorded']);
});

t.test('levels move by trades of no quantity', async (t) => {
  const { trade } = await setUp({ quantity: 1, entryPrice: 100, stopLossPrice: 90 });
  t.match(await trade({ actionType: 'modify_tp', takeProfit: 120, quantity: 5, assetPrice: 110 }), {
    trade: { quantity: '0', takeProfit: '120', pnlRealizedUsd: '0.00' },
    holding: { quantity: '1', entryPrice: '100', stopLossPrice: '90', takeProfitPrice: '120' },
  });
  t.match(await trade({ actionType: 'modify_sl', assetPrice: 110 }), {
    holding: { stopLossPrice: null, takeProfitPrice: '120' },
  });
});

t.test('a position is closed by what is left of it', async (t) => {
  const { userId, holdingId } = await setUp({ quantity: '2.5', entryPrice: 10 });
  const exit = {
    portfolioAssetId: holdingId,
    assetPrice: 12,
    timeframe: '1d',
    usdPerQuote: 1,
    reason: 'hit_tp',
  } as const;
  t.match(await as(userId, (db) => closePosition(db, userId, exit)), {
    outcome: 'recorded',
    trade: { actionType: 'full_exit', quantity: '2.5', pnlRealizedUsd: '5.00', reason: 'hit_tp' },
    holding: { tradeStatus: 'closed', quantity: '0.0', exitPrice: '12' },
  });
  t.same(await as(userId, (db) => closePosition(db, userId, exit)), { outcome: 'closed' });
  t.equal(
    await as(userId, (db) => updatePortfolioAsset(db, userId, holdingId, { tradeStatus: 'open' })),
    null,
  );
  t.match(await as(userId, (db) => updatePortfolioAsset(db, userId, holdingId, { notes: 'Won.' })), {
    notes: 'Won.',
  });
});

t.test('keeps what was told of a trade', async (t) => {
  const told = {
    emotionState: 'calm',
    confidenceLevel: 7,
    stressLevel: 2,
    marketSentiment: 'bullish',
    volatilityLevel: 'high',
    volumeProfile: 'normal',
    primarySetup: 'breakout',
    confirmationSignals: { rsi: 61.5 },
    chartPattern: 'flag',
    analysisSnapshot: { regime: 'Bull' },
    stopLoss: '0.5',
    takeProfit: '2',
    capitalAmount: '1000.00',
    riskPercent: '1.5',
    reason: 'market_news',
    actionSource: 'algorithm',
    lessonLearned: 'Wait.',
    notes: 'On the road.',
  } as const;
  const { trade, userId } = await setUp();
  t.match(await trade({ ...told, quantity: 1 }), { trade: told });
  t.match(await as(userId, (db) => listTrades(db, userId, {})), { items: [told] });
});

t.test('users trade and list what is theirs, page by page', async (t) => {
  const { trade, userId, holdingId } = await setUp();
  const { userId: bob, trade: bobs } = await setUp({ assetId: otherId });
  for (let n = 1; n <= 7; n++) await trade({ quantity: n });
  await bobs({ quantity: 1 });
  await owner.query('UPDATE trade_actions SET created_at = $1', [new Date(1_700_000_000_000)]);
  for (const limit of [1, 2, 3, 7]) {
    const all = await as(userId, (db) =>
      readAll((cursor) => listTrades(db, userId, { limit, ...(cursor === undefined ? {} : { cursor }) })),
    );
    t.same(
      all.map(({ quantity }) => quantity),
      ['7', '6', '5', '4', '3', '2', '1'],
    );
  }
  const { items } = await as(userId, (db) =>
    listTrades(db, userId, { portfolioAssetId: holdingId, assetId }),
  );
  t.equal(items.length, 7);
  t.same((await as(userId, (db) => listTrades(db, userId, { assetId: otherId }))).items, []);
  t.same((await as(bob, (db) => listTrades(db, userId, {}))).items, []);
  t.same((await listTrades(owner, bob, { portfolioAssetId: holdingId })).items, [], 'the query says it too');
  const theirs = {
    portfolioAssetId: holdingId,
    actionType: 'buy',
    assetPrice: 1,
    timeframe: '1h',
    usdPerQuote: 1,
  } as const;
  t.same(await as(bob, (db) => recordTrade(db, bob, { ...theirs, quantity: 1 })), { outcome: 'not_found' });
});
